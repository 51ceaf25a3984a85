"""A new school with a drafted code (拟编), and the code corrected while it is only drafted (clause B1)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from xueji.doors.web.actors import actor_of
from xueji.doors.web.help import help_for
from xueji.doors.web.places import BUREAU_POSTS
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations import services
from xueji.ground.organisations.kinds import PRIVATE, PUBLIC, SchoolKind
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level, Refused

_PLAIN = {"autocomplete": "off", "spellcheck": "false"}


class SchoolForm(forms.Form):
    """What annex 2 asks of a school."""

    name = forms.CharField(
        label="学校名称", max_length=80, help_text="与公章一致。", widget=forms.TextInput(attrs=_PLAIN)
    )
    code = forms.CharField(
        label="学校代码（拟编）",
        max_length=16,
        help_text="11 位数字；确定以前可以更正，确定以后永不更改。",
        widget=forms.TextInput(attrs={**_PLAIN, "inputmode": "numeric"}),
    )
    kind = forms.ChoiceField(label="类别", choices=SchoolKind.choices)
    ownership = forms.ChoiceField(label="举办", choices=[(PUBLIC, "公办"), (PRIVATE, "民办")])
    approved = forms.ChoiceField(
        label="是否经批准",
        choices=[("yes", "已批准"), ("no", "未经批准（民工子女学校）")],
        help_text="未经批准的须写明代管学校。",
    )
    central_school = forms.ChoiceField(
        label="由哪所中心校代办", required=False, help_text="农村学校由中心校管理学籍的，选中心校；其他留空。"
    )
    host = forms.ChoiceField(label="代管学校", required=False, help_text="只用于未经批准的民工子女学校。")

    def __init__(self, *args: Any, schools: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("central_school", "host"):
            self.fields[name].choices = [("", "没有"), *schools]  # type: ignore[attr-defined]


def new(request: HttpRequest) -> HttpResponse:
    """The form for one school."""
    actor = actor_of(request)
    if actor.level is Level.SCHOOL or actor.role not in BUREAU_POSTS:
        raise Http404
    schools = [(str(one.id), one.name) for one in organisations.schools_of(actor.organisation)]
    form = SchoolForm(request.POST or None, schools=schools)
    refused: Refused | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = services.open_school(actor=actor, draft=_draft(actor, form.cleaned_data), effective_on=today())
        except Refused as error:
            refused = error
        else:
            messages.success(request, "学校已登记，代码为拟编；由负责人确定后生效。", extra_tags="done")
            return redirect("web:organisation", made.id)
    context = {"form": form, "refused": refused, "help": help_for("organisations")}
    return render(request, "manage/school_new.html", context, status=409 if refused else 200)


def _draft(actor: Actor, values: dict[str, Any]) -> services.SchoolDraft:
    return services.SchoolDraft(
        code="".join(values["code"].split()),
        name="".join(values["name"].split()),
        kind=values["kind"],
        bureau=actor.organisation,
        central_school=UUID(values["central_school"]) if values["central_school"] else None,
        host=UUID(values["host"]) if values["host"] else None,
        ownership=values["ownership"],
        is_approved=values["approved"] == "yes",
    )
