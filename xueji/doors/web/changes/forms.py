"""Forms of applications, in the words of the official form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from xueji.doors.web.dates import read_day
from xueji.pure.kernel.rulebook import Evidence
from xueji.pure.kernel.types import Refused
from xueji.pure.procedures.frame import EXPLANATION

_PLAIN = {"autocomplete": "off", "spellcheck": "false"}


def explanation_field() -> forms.CharField:
    """Why all the same, where a limit gives way to an explanation."""
    return forms.CharField(
        label="需要特别说明的理由",
        required=False,
        max_length=500,
        help_text="一般情况不用填；提交时如提示“请写明理由”，在这里填写。",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def paper_fields() -> dict[str, forms.CharField]:
    """补录: the paper's date and why it was not entered then, by the names under which services take them."""
    return {
        "paper_date": forms.CharField(
            label="补录：纸质材料的日期",
            required=False,
            max_length=12,
            help_text="只在系统停用期间先办了纸质手续、现在补录时填写；档案中会注明“补录”。",
            widget=forms.TextInput(attrs={**_PLAIN, "data-date": "1", "inputmode": "numeric"}),
        ),
        "paper_reason": forms.CharField(
            label="补录：系统停用的情况",
            required=False,
            max_length=200,
            help_text="填了上面的日期才需要写，例如：9 月 16 日机房停电。",
            widget=forms.TextInput(attrs=_PLAIN),
        ),
    }


def from_paper(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same as typed, for a service; raises ``Refused`` where the date cannot be read."""
    typed = str(values.get("paper_date") or "").strip()
    found = read_day(typed) if typed else None
    if typed and found is None:
        raise Refused("web.day", f"纸质材料的日期“{typed}”读不出来，请写成 2008-09-03 或 20080903。")
    return {"paper_date": found, "paper_reason": str(values.get("paper_reason") or "")}


class FindForm(forms.Form):
    """The pupil's name with one whole number."""

    name = forms.CharField(label="学生姓名", max_length=64, widget=forms.TextInput(attrs=_PLAIN))
    registration_number = forms.CharField(
        label="学籍号（19 位）",
        required=False,
        max_length=32,
        help_text="在学生证、成绩报告单或原学校的证明上。",
        widget=forms.TextInput(attrs={**_PLAIN, "inputmode": "numeric"}),
    )
    id_number = forms.CharField(
        label="身份证件号",
        required=False,
        max_length=32,
        help_text="没有学籍号时填写；两项填一项即可。",
        widget=forms.TextInput(attrs=_PLAIN),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for field in ("registration_number", "id_number"):
            values[field] = "".join(str(values.get(field) or "").split()).upper()
        if not values["registration_number"] and not values["id_number"] and "name" in values:
            self.add_error("registration_number", "请填写学籍号，或填写身份证件号。")
        return values


class TransferForm(forms.Form):
    """Class, reason and what the papers say; the papers themselves as files."""

    class_group = forms.ChoiceField(label="转入班级", help_text="与该生现在的年级相同。")
    gender = forms.ChoiceField(label="性别", help_text="按户口簿填写，用来与学籍库比对。")
    birth_date = forms.CharField(
        label="出生日期",
        max_length=10,
        help_text="可直接输入 20010903。",
        widget=forms.TextInput(attrs={**_PLAIN, "data-date": "1", "inputmode": "numeric"}),
    )
    reason = forms.CharField(
        label="转学理由", max_length=500, help_text="例如：全家迁居本施教区。", widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(
        self,
        *args: Any,
        classes: Sequence[tuple[str, str]],
        genders: Sequence[tuple[str, str]],
        papers: Sequence[Evidence],
        explained: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["class_group"].choices = [("", "请选择"), *classes]  # type: ignore[attr-defined]
        self.fields["gender"].choices = [("", "请选择"), *genders]  # type: ignore[attr-defined]
        if explained:
            self.fields[EXPLANATION] = explanation_field()
        for paper in papers:
            self.fields[f"paper_{paper.key}"] = forms.FileField(
                label=paper.title,
                required=paper.required,
                help_text="扫描件或照片：PDF、JPEG、PNG。",
                widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
            )

    def clean_birth_date(self) -> str:
        found = read_day(self.cleaned_data["birth_date"])
        if found is None:
            raise forms.ValidationError("日期读不出来，请写成 2001-09-03 或 20010903。")
        return found.isoformat()
