"""The school asks for attestation: of its leavers, of one by the 19 digits, of a leaver known from paper archives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from xueji.doors.web.actors import actor_of
from xueji.doors.web.dates import listed_day, read_day
from xueji.doors.web.help import help_for
from xueji.duties.certificates import selectors, services
from xueji.duties.certificates.claims import ArchiveLeaver
from xueji.duties.certificates.custody import archives_of, may_request, places_of
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.pure.kernel.school_year import STAGE_NAMES
from xueji.pure.kernel.types import Actor, Level, Refused
from xueji.registry.register.selectors import numbers_in_use

_MONTH = r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$"


class ArchiveForm(forms.Form):
    """A leaver as the paper archive has him. ``archives``: the schools of whose leavers it is asked (none: the own)."""

    school = forms.ChoiceField(label="毕业学校", choices=())
    name = forms.CharField(label="姓名", max_length=60)
    gender = forms.ChoiceField(label="性别", choices=())
    birth_date = forms.CharField(label="出生日期", max_length=12, help_text="可以直接输入 19930304。")
    stage = forms.ChoiceField(label="学段", choices=[(one.value, name) for one, name in STAGE_NAMES.items()])
    enrolled = forms.RegexField(_MONTH, label="入学年月", help_text="例如 1999-09。")
    ended = forms.RegexField(_MONTH, label="毕业年月", help_text="例如 2005-07。")
    archive_number = forms.CharField(label="档案号", max_length=60, help_text="纸质学籍档案的卷号、页号。")

    def __init__(self, archives: Mapping[UUID, str], data: Any = None) -> None:
        super().__init__(data)
        school = self.fields["school"]
        assert isinstance(school, forms.ChoiceField)
        school.choices = [(str(key), name) for key, name in archives.items()]
        if not archives:
            del self.fields["school"]
        rows = parameters.rulebook(today()).codes["gender"].rows
        gender = self.fields["gender"]
        assert isinstance(gender, forms.ChoiceField)
        gender.choices = [(row.code, row.name) for row in rows if row.code in ("1", "2")]
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"
            field.error_messages |= {"required": "请填写。", "invalid": "请按 1999-09 的样子填写。"}

    def clean_birth_date(self) -> Any:
        """The day that was typed."""
        day = read_day(self.cleaned_data["birth_date"])
        if day is None:
            raise forms.ValidationError("请按 19930304 或 1993-03-04 的样子填写。")
        return day

    def clean_school(self) -> UUID:
        """The school that was chosen."""
        return UUID(self.cleaned_data["school"])


def new(request: HttpRequest, kind: str = "") -> HttpResponse:
    """GET: the leavers of whom this kind speaks, with what stands in the way. POST: the request."""
    actor = actor_of(request)
    kinds = {code: one for code, one in parameters.rulebook(today()).certificates.items() if one.attested}
    if not may_request(actor) or not kinds or (kind and kind not in kinds):
        raise Http404
    wanted = kinds[kind] if kind else next(iter(kinds.values()))
    refused: Refused | None = None
    archives = archives_of(actor.organisation)
    form = ArchiveForm(
        {} if [*archives] == [actor.organisation] else archives,
        request.POST if request.POST.get("what") == "archive" else None,
    )
    if request.method == "POST":
        try:
            made = _request(actor, wanted, request, form)
        except Refused as error:
            refused = error
        else:
            if made is not None:
                ways = {True: "分管校长审核，再由主管教育局核对、验印", False: "本局经办人核对，负责人验印"}
                said = f"已提出验印申请，共 {made.lines} 人。下一步：{ways[actor.level is Level.SCHOOL]}。"
                messages.success(request, said, extra_tags="done")
                return redirect("web:attestation", made.order)
    rows = selectors.candidates(actor.organisation, wanted, today())
    picked = set(request.POST.getlist("student"))
    classes = class_ticks((one.class_name for one in rows if not one.why), "student")
    keys = {one["name"]: one["key"] for one in classes}
    context = {
        "kinds": [{"code": one.kind, "title": one.title, "current": one is wanted} for one in kinds.values()],
        "wanted": wanted,
        "rows": [
            {
                "it": one,
                "ended_on": listed_day(one.ended_on),
                "ticked": str(one.student) in picked if picked else not one.why,
                "class_key": keys.get(one.class_name, ""),
            }
            for one in rows
        ],
        "classes": classes if len(classes) > 1 else [],
        "asked_days": parameters.rulebook(today()).settings["leavers_asked_days"],
        "ready": sum(1 for one in rows if not one.why),
        "form": form if wanted.archive_before else None,
        "number": request.POST.get("number", ""),
        "refused": refused,
        "help": help_for("attestation_new"),
    }
    return render(request, "certificates/order_new.html", context, status=409 if refused else 200)


def class_ticks(names: Iterable[str], field: str) -> list[dict[str, Any]]:
    """One tick a class: its name, how many of the list are of it, and which boxes of ``field`` it ticks."""
    counts = Counter(name for name in names if name)
    return [
        {"name": name, "count": count, "key": f"c{place}", "boxes": f"input[name={field}][data-class=c{place}]"}
        for place, (name, count) in enumerate(counts.items(), start=1)
    ]


def _request(actor: Actor, kind: CertificateKind, request: HttpRequest, form: ArchiveForm) -> services.Requested | None:
    """What was asked; None where the form has errors of its own."""
    what = request.POST.get("what", "")
    if what == "archive":
        if not form.is_valid():
            return None
        return services.request(actor=actor, kind=kind.kind, archive=[ArchiveLeaver(**form.cleaned_data)])
    if what == "number":
        number = "".join(request.POST.get("number", "").split())
        known = numbers_in_use([number]).get(number)
        if known is None or known.student is None or known.school not in places_of(actor.organisation):
            raise Refused("certificate.no_such_number", "本单位没有这个学籍号。请核对 19 位学籍号。", kind.basis)
        return services.request(actor=actor, kind=kind.kind, students=[known.student])
    students = []
    for text in request.POST.getlist("student"):
        try:
            students.append(UUID(text))
        except ValueError:
            continue
    return services.request(actor=actor, kind=kind.kind, students=students)
