"""Correcting a record: each field with what stands in it now, masked, beside what it should be.

Key data becomes an application to the bureau, other data is corrected at once. A second person at the same pupil is
shown what the first has changed, and submits again in full knowledge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.changes.asking import ChangeForm
from xueji.doors.web.changes.forms import from_paper
from xueji.doors.web.changes.steps import route_lines
from xueji.doors.web.dates import read_day
from xueji.doors.web.help import help_for
from xueji.doors.web.pupils.words import masked, section_of
from xueji.pure.kernel.catalogue import Column, FieldType
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import ChangeKind, Rulebook
from xueji.pure.kernel.types import Actor, Refused
from xueji.pure.kernel.value_words import in_words
from xueji.pure.procedures.correction import CHANGED, CHANGED_ON, NATURE, NEVER_SET, WRONG
from xueji.pure.procedures.frame import EXPLANATION
from xueji.registry.applications import services
from xueji.registry.applications.placement import PLACEMENT
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.applications.writers import writers_to
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import StudentRecord

CORRECT, SEEN, CLEAR = "correct_", "seen_", "clear_"
_KEEP = ("", "不更正")


class FieldsMixin(forms.Form):
    """One input a field of the record; left empty it is not corrected."""

    def add_fields(self, columns: Iterable[Column], record: StudentRecord, book: Rulebook) -> None:
        """The inputs, with what stands in the record now as a hint."""
        known = {**record.fields, **record.sensitive}
        self.codes: list[str] = []
        self.groups: dict[str, list[str]] = {}
        first = book.fields["name"].field.section
        for column in sorted(columns, key=lambda one: (one.field.section != first, one.index or 0)):
            self.codes.append(column.code)
            self.groups.setdefault(section_of(column), []).append(CORRECT + column.code)
            words = in_words(book, column, known.get(column.code))
            shown = masked(column, words) if column.field.sensitive else words
            hint = f"档案现为：{shown or '（空）'}"
            self.fields[CORRECT + column.code] = _input(column, book, hint)
            entry = record.state.field_entries.get(column.code)
            self.fields[SEEN + column.code] = forms.CharField(
                initial=str(entry) if entry else NEVER_SET, required=False, widget=forms.HiddenInput
            )

    def corrected(self) -> dict[str, str]:
        """Field → value as typed, of those that were filled in; "" of those to be emptied."""
        values = {code: str(self.cleaned_data.get(CORRECT + code) or "").strip() for code in self.codes}
        cleared = set(self.cleaned_data.get("cleared") or [])
        return {code: value for code, value in values.items() if value or code in cleared}

    def seen(self) -> dict[str, str]:
        """Field → the entry that had set it when the form was opened."""
        return {code: str(self.cleaned_data[SEEN + code]) for code in self.codes if self.cleaned_data.get(SEEN + code)}


class KeyForm(ChangeForm, FieldsMixin):
    """Key data: the fields, then what the rulebook asks for and the papers."""

    def __init__(self, *args: Any, record: StudentRecord, book: Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, book=book, **kwargs)
        asked = dict(self.fields)
        self.fields.clear()
        self.add_fields([one for one in book.fields.columns if one.field.key_data], record, book)
        self.fields.update(asked)
        self.fields[EXPLANATION] = _explanation()


class OtherForm(FieldsMixin):
    """All other data of the record."""

    def __init__(self, *args: Any, record: StudentRecord, book: Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        columns = [one for one in book.fields.columns if not one.field.key_data and one.code not in PLACEMENT]
        self.add_fields(columns, record, book)
        known = {**record.fields, **record.sensitive}
        may_go = [(one.code, one.label) for one in columns if known.get(one.code) and one.required.never]
        self.fields["cleared"] = forms.MultipleChoiceField(
            label="要清空的项目",
            required=False,
            choices=may_go,
            help_text="档案中有、实际没有的，在这里选中；一般不用选。",
            widget=forms.SelectMultiple(attrs={"size": 4}),
        )
        self.fields[NATURE] = forms.ChoiceField(
            label="更正的性质",
            choices=[(CHANGED, "情况有变化（自今天起）"), (WRONG, "登记时就写错了（自登记之日起更正）")],
        )
        self.fields[EXPLANATION] = _explanation()


def _explanation() -> forms.CharField:
    return forms.CharField(
        label="需要特别说明的理由",
        required=False,
        max_length=500,
        help_text="一般情况不用填；提交时如提示有疑问，核对无误后在这里说明。",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def _input(column: Column, book: Rulebook, hint: str) -> forms.Field:
    common: dict[str, Any] = {"label": column.label, "required": False, "help_text": hint}
    plain = {"autocomplete": "off", "spellcheck": "false"}
    kind = column.field.type
    if kind is FieldType.CODE and column.field.code_table:
        rows = book.codes[column.field.code_table].rows
        return forms.ChoiceField(choices=[_KEEP, *((row.code, row.name) for row in rows)], **common)
    if kind is FieldType.BOOLEAN:
        return forms.ChoiceField(choices=[_KEEP, ("1", "是"), ("0", "否")], **common)
    if kind is FieldType.DATE:
        plain |= {"data-date": "1", "inputmode": "numeric"}
    return forms.CharField(max_length=200, widget=forms.TextInput(attrs=plain), **common)


def key_data(request: HttpRequest, actor: Actor, change: ChangeKind, student: UUID) -> HttpResponse:
    """关键数据更正: the form, and its lodging."""
    book, record = _subject(actor, student)
    posted = request.method == "POST"
    given: tuple[Any, ...] = (request.POST, request.FILES) if posted else ()
    form = KeyForm(*given, change=change, book=book, school=actor.organisation, record=record)
    refused = None
    if posted and form.is_valid():
        try:
            return _lodge(request, actor, change, form, student)
        except Refused as found:
            refused = found
    context: dict[str, Any] = {"route": route_lines(change), "submit": "提交申请", "papers": True}
    for paper in ("form", "notice"):
        context[f"{paper}_url"] = reverse("web:change-print-of", args=[change.kind, student, paper])
    return _page(request, change, form, record, context, refused)


def _lodge(request: HttpRequest, actor: Actor, change: ChangeKind, form: KeyForm, student: UUID) -> HttpResponse:
    from xueji.doors.web.changes.new import stored_papers

    values = form.cleaned_data
    with transaction.atomic():
        made = services.lodge_key_correction(
            actor=actor,
            school=actor.organisation,
            student=student,
            values=form.corrected(),
            nature=values.get(NATURE) or WRONG,
            changed_on=read_day(values[CHANGED_ON]) if values.get(CHANGED_ON) else None,
            reason=values.get("reason") or "",
            explanation=values.get(EXPLANATION) or "",
            seen=form.seen(),
            evidence=stored_papers(actor, change, values),
            **from_paper(values),
        )
    messages.success(request, "申请已提交，进展见本页的“办理步骤”。", extra_tags="done")
    return redirect("web:application", made.application)


def other_data(request: HttpRequest, actor: Actor, change: ChangeKind, student: UUID) -> HttpResponse:
    """信息更正: the school alone, at once."""
    book, record = _subject(actor, student)
    form = OtherForm(*((request.POST,) if request.method == "POST" else ()), record=record, book=book)
    refused = None
    if request.method == "POST" and form.is_valid():
        nature = form.cleaned_data[NATURE]
        try:
            done = services.correct_record(
                actor=actor,
                school=actor.organisation,
                student=student,
                values=form.corrected(),
                nature=nature,
                changed_on=today() if nature == CHANGED else None,
                explanation=form.cleaned_data.get(EXPLANATION) or "",
                seen=form.seen(),
            )
        except Refused as found:
            refused = found
        else:
            labels = "、".join(book.fields[code].label for code in done)
            messages.success(request, f"已更正：{labels}。", extra_tags="done")
            return redirect("web:pupil", student)
    return _page(request, change, form, record, {"route": (), "submit": "立即更正"}, refused)


def _subject(actor: Actor, student: UUID) -> tuple[Rulebook, StudentRecord]:
    book = school_rulebook(actor.organisation, today())
    record = register.student_record(student)
    if record is None:
        raise Http404
    return book, record


def _page(
    request: HttpRequest,
    change: ChangeKind,
    form: FieldsMixin,
    record: StudentRecord,
    context: Mapping[str, Any],
    refused: Refused | None,
) -> HttpResponse:
    if refused is not None and refused.code == "changed_meanwhile":
        _see_anew(form, record)
    status = 409 if refused else 422 if form.is_bound and not form.is_valid() else 200
    groups = [(title, [form[name] for name in names]) for title, names in form.groups.items()]
    rest = [one for one in form if not one.is_hidden and not one.name.startswith(CORRECT)]
    pupil = {"name": record.name, "number": record.latest.number, "url": reverse("web:pupil", args=[record.student])}
    shown = {"form": form, "change": change, "groups": groups, "rest": rest, "pupil": pupil, "refused": refused}
    return render(
        request,
        "changes/correct.html",
        {**shown, "hidden": form.hidden_fields(), "help": help_for("correct"), **context},
        status=status,
    )


def _see_anew(form: Any, record: StudentRecord) -> None:
    """What was typed stays; what was seen is what stands there now, said at each field with who set it and when."""
    now = {code: str(record.state.field_entries.get(code) or NEVER_SET) for code in form.codes}
    before = form.seen()
    changed = {code: record.state.field_entries.get(code) for code in before if before[code] != now[code]}
    writers = writers_to(record.student, filter(None, changed.values()))
    for code, entry in changed.items():
        by = writers.get(entry, "") if entry else ""
        form[CORRECT + code].help_text += f"（已由{by}更正）" if by else "（刚刚由其他人更正）"
    form.data = {**form.data.dict(), **{SEEN + code: entry for code, entry in now.items()}}
