"""The form of a kind of change, made from the rulebook's ``asks`` and ``evidence``: no kind has a form of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms

from xueji.doors.web.changes.forms import explanation_field, paper_fields
from xueji.doors.web.dates import read_day
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import Ask, ChangeKind, Rulebook
from xueji.pure.procedures.frame import EXPLANATION
from xueji.registry.register import selectors as register

_PLAIN = {"autocomplete": "off", "spellcheck": "false"}
OTHER_SCHOOL = "other_school"
_PICK = ("", "请选择")


@dataclass(frozen=True, slots=True)
class Answered:
    """What was filled in: the claim by key, and the school on the other side where the kind has one."""

    claim: Mapping[str, str]
    other_school: UUID | None


class ChangeForm(forms.Form):
    """The fields that the rulebook asks for, then one for each paper.

    ``class_group``: the class of the pupil; of the classes to choose from, those of his grade stand first.
    """

    def __init__(
        self,
        *args: Any,
        change: ChangeKind,
        book: Rulebook,
        school: UUID,
        class_group: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.change, self._book, self._school, self._class_group = change, book, school, class_group
        for ask in change.asks:
            self.fields[ask.key] = self._field(ask)
        if any(limit.severity == "query" for limit in change.limits):
            self.fields[EXPLANATION] = explanation_field()
        if change.paper_entry:
            self.fields.update(paper_fields())
        for paper in change.evidence:
            self.fields[f"paper_{paper.key}"] = forms.FileField(
                label=paper.title,
                required=paper.required,
                help_text="扫描件或照片：PDF、JPEG、PNG。",
                widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
            )

    def _field(self, ask: Ask) -> forms.Field:
        common: dict[str, Any] = {"label": ask.label, "required": ask.required, "help_text": ask.hint}
        if ask.type == "date":
            initial = today().isoformat() if ask.default == "today" else None
            widget = forms.TextInput(attrs={**_PLAIN, "data-date": "1", "inputmode": "numeric"})
            return forms.CharField(max_length=12, initial=initial, widget=widget, **common)
        if ask.type in ("choice", "class_group"):
            choices = self._choices(ask)
            if ask.required and len(choices) == 1:
                common["initial"] = choices[0][0]
            return forms.ChoiceField(choices=[_PICK, *choices], **common)
        if ask.type == "school":
            widget = forms.TextInput(attrs=_PLAIN)
            common["help_text"] = ask.hint or "填写 11 位学校代码，或学校全称。"
            return forms.CharField(max_length=64, widget=widget, **common)
        if ask.type == "pupil":
            common["help_text"] = ask.hint or "填写本校学生的学籍号（19 位或 8 位）；没有同名的也可以填姓名。"
            return forms.CharField(max_length=64, widget=forms.TextInput(attrs=_PLAIN), **common)
        if ask.type == "long_text":
            return forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 2}), **common)
        return forms.CharField(max_length=200, widget=forms.TextInput(attrs=_PLAIN), **common)

    def _choices(self, ask: Ask) -> list[tuple[str, str]]:
        if ask.type == "class_group":
            stages = self._book.stages
            groups = organisations.class_groups(self._school, stages=stages)
            own = next((one for one in groups if one.id == self._class_group), None)
            if own is not None:
                groups = sorted(
                    groups, key=lambda one: (one.stage != own.stage, abs(one.intake_year - own.intake_year))
                )
            return [(str(one.id), organisations.class_display_name(one, stages=stages)) for one in groups]
        if ask.codes:
            return [(row.code, row.name) for row in self._book.codes[ask.codes].rows]
        return list(ask.choices)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        dates = [ask.key for ask in self.change.asks if ask.type == "date"]
        for key in [*dates, "paper_date"]:
            text = values.get(key)
            if text:
                found = read_day(text)
                if found is None:
                    self.add_error(key, "日期读不出来，请写成 2008-09-03 或 20080903。")
                else:
                    values[key] = found.isoformat()
        for ask in self.change.asks:
            if ask.type == "school" and values.get(ask.key):
                school = organisations.meant_school(values[ask.key])
                if school is None:
                    self.add_error(ask.key, "没有找到这所学校，请核对 11 位学校代码，或填写学校全称。")
                else:
                    values[ask.key] = str(school.id)
        for ask in self.change.asks:
            if ask.type == "pupil" and values.get(ask.key):
                self._pupil(ask.key, values)
        return values

    def _pupil(self, key: str, values: dict[str, Any]) -> None:
        """The one pupil of the school that was meant."""
        found = register.find_students(schools=[self._school], query=values[key].strip(), limit=2).pupils
        if len(found) == 1:
            values[key] = str(found[0].student)
        elif found:
            self.add_error(key, "本校有几名学生符合，请填写 19 位学籍号。")
        else:
            self.add_error(key, "本校没有找到这名学生，请核对学籍号或姓名。")

    def answered(self) -> Answered:
        """The claim, after the form was found valid."""
        claim = {ask.key: str(self.cleaned_data.get(ask.key) or "") for ask in self.change.asks}
        claim[EXPLANATION] = str(self.cleaned_data.get(EXPLANATION) or "")
        other = claim.pop(OTHER_SCHOOL, "")
        return Answered({key: value for key, value in claim.items() if value}, UUID(other) if other else None)


def answer_words(ask: Ask, value: str, book: Rulebook, names: Mapping[UUID, str]) -> str:
    """An answer as one reads it: names of choices, classes and schools."""
    if ask.type == "choice":
        if ask.codes:
            return book.codes[ask.codes].name_of(value) or value
        return dict(ask.choices).get(value, value)
    if ask.type == "pupil":
        return register.student_names([UUID(value)]).get(UUID(value), "")
    if ask.type in ("class_group", "school"):
        return names.get(UUID(value), "")
    return value
