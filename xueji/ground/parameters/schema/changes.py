"""``changes.yaml``: the kinds of status change: who acts, steps, days, evidence, limits."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from xueji.pure.kernel.rulebook import FINAL_GRADE_STOP, Act, Party
from xueji.pure.kernel.types import Role
from xueji.pure.procedures.limits import LIMITS, VALUED
from xueji.pure.procedures.roster_limits import ANSWERED

from .base import ADD_ONLY, AT_LEAST, AT_MOST, FIXED, OWN, Dated, Identifier, MonthDayText, Part, Words

Status = Literal["in_school", "suspended", "dropped_out", "abroad"]


class StepPart(Part):
    """A step; ``after`` places an added one (before the last step where it is not given)."""

    identity: ClassVar[tuple[str, ...]] = ("key",)
    key: Identifier
    act: Act
    role: Role
    title: Words
    register_check: Annotated[bool, AT_LEAST] = False
    after: Annotated[Identifier | None, OWN] = None


class PhasePart(Part):
    """The steps of one organisation; ``days`` working days for all of them together."""

    identity: ClassVar[tuple[str, ...]] = ("key",)
    key: Identifier
    at: Party
    days: Annotated[int | None, AT_MOST] = Field(None, ge=1, le=250)
    steps: Annotated[tuple[StepPart, ...], ADD_ONLY] = Field(min_length=1)
    after: Annotated[Identifier | None, OWN] = None


class VariantPart(Part):
    """One way a change can go (a transfer: same_bureau, two_bureaus)."""

    identity: ClassVar[tuple[str, ...]] = ("variant",)
    variant: Identifier
    phases: Annotated[tuple[PhasePart, ...], ADD_ONLY] = Field(min_length=1)


class EvidencePart(Part):
    """A paper that an application needs."""

    identity: ClassVar[tuple[str, ...]] = ("key",)
    key: Identifier
    title: Words
    required: Annotated[bool, AT_LEAST] = True
    basis: Annotated[str, OWN] = ""


class ChoicePart(Part):
    """A choice of a form's field that no code table holds."""

    identity: ClassVar[tuple[str, ...]] = ("code",)
    code: str
    name: Words


class AskPart(Part):
    """A field of the form of a change."""

    identity: ClassVar[tuple[str, ...]] = ("key",)
    key: Identifier
    label: Words
    type: Literal["date", "text", "long_text", "choice", "class_group", "school", "pupil", "field"]
    required: bool = True
    codes: str = ""
    choices: Annotated[tuple[ChoicePart, ...], ADD_ONLY] = ()
    hint: str = ""
    default: Literal["", "today"] = ""

    @model_validator(mode="after")
    def _choices(self) -> Self:
        if (self.type == "choice") != bool(self.codes or self.choices):
            raise ValueError("type 写 choice 时要写 codes（代码表）或 choices（选项），其他类型不写")
        return self


class LimitPart(Part):
    """A limit; ``from_day`` and ``to_day`` for a frozen period of each year, ``value`` a number of days, months …

    ``kind`` names the check (``xueji.pure.procedures.limits``).
    """

    identity: ClassVar[tuple[str, ...]] = ("code",)
    code: Identifier
    kind: Identifier
    value: int | None = None
    severity: Literal["error", "query"] = "error"
    message: Words
    from_day: MonthDayText | None = None
    to_day: MonthDayText | None = None
    basis: Annotated[str, OWN] = ""

    @model_validator(mode="after")
    def _known(self) -> Self:
        known = sorted(LIMITS.keys() - {FINAL_GRADE_STOP})
        if self.kind not in known:
            raise ValueError(f"没有 {self.kind} 这种限制，可用的有：{'、'.join(known)}")
        if (self.kind in VALUED) != (self.value is not None):
            raise ValueError(f"限制 {self.kind} {'要' if self.kind in VALUED else '不'}写 value")
        return self

    @model_validator(mode="after")
    def _period(self) -> Self:
        if (self.kind == "frozen_period") != (self.from_day is not None and self.to_day is not None):
            raise ValueError("冻结期（frozen_period）要写 from_day 和 to_day，其他限制不写")
        return self


class SetPart(Part):
    """A field of the record that a change sets; "" takes the value away."""

    identity: ClassVar[tuple[str, ...]] = ("field",)
    field: Identifier
    value: str = ""


class ChangePart(Dated):
    """A kind of change. Either ``phases`` (one way) or ``variants``."""

    identity: ClassVar[tuple[str, ...]] = ("kind",)
    kind: Identifier
    title: Words
    kind_no: Annotated[str, FIXED] = Field(pattern=r"^[0-9]{2}$")
    lodged_by: Role = Role.REGISTRAR
    bulk: bool = False
    from_status: tuple[Status, ...] = ()
    to_status: Status | None = None
    effective: Literal["decision", "term_start", "base_date", "day", "claimed"] = "decision"
    effective_day: MonthDayText | None = None
    open_from: Annotated[MonthDayText | None, FIXED] = None
    phases: Annotated[tuple[PhasePart, ...], ADD_ONLY] = ()
    variants: Annotated[tuple[VariantPart, ...], ADD_ONLY] = ()
    evidence: Annotated[tuple[EvidencePart, ...], ADD_ONLY] = ()
    limits: Annotated[tuple[LimitPart, ...], ADD_ONLY] = ()
    asks: Annotated[tuple[AskPart, ...], ADD_ONLY] = ()
    group: str = ""
    forbidden: str = ""
    paper_entry: bool = False
    no_paper_entry: Annotated[str, OWN] = ""
    sets: Annotated[tuple[SetPart, ...], ADD_ONLY] = ()
    notify: Annotated[tuple[Literal["hukou_bureau", "attended_school", "bureaus"], ...], ADD_ONLY] = ()
    file_number: Annotated[str, FIXED] = ""
    form: Annotated[str, FIXED] = ""
    form_title: Annotated[str, OWN] = ""
    signed_by: Annotated[Literal["family", "school"], OWN] = "family"
    sheet: Annotated[str, OWN] = ""
    arrival_days: Annotated[int | None, AT_MOST] = Field(None, ge=1, le=250)

    @model_validator(mode="after")
    def _one_way_or_several(self) -> Self:
        if (self.effective == "day") != (self.effective_day is not None):
            raise ValueError("effective 写 day 时要写 effective_day，其他情况不写")
        if self.forbidden and (self.phases or self.variants):
            raise ValueError("不能办理（forbidden）的变动不写步骤")
        if not self.forbidden and bool(self.phases) == bool(self.variants):
            raise ValueError("步骤写在 phases（一种走法）或 variants（几种走法）里，只能选一种")
        if self.paper_entry and self.no_paper_entry:
            raise ValueError("可以补录（paper_entry）的变动不写不能补录的理由（no_paper_entry）")
        unanswered = sorted({limit.kind for limit in self.limits} - ANSWERED) if self.bulk else []
        if unanswered:
            raise ValueError(f"成批办理（bulk）的变动不能写限制 {'、'.join(unanswered)}：名册里的一行回答不了")
        try:
            self.file_number.format(bureau="320102", year=2008, kind_no="01", serial=1)
        except (KeyError, IndexError, ValueError):
            raise ValueError("卷号格式只能用 {bureau}、{year}、{kind_no}、{serial:04d}") from None
        return self


class FinalGradeStopPart(Dated):
    """A time of each year in which nothing new is taken in about the final grade (``kernel.FinalGradeStop``)."""

    identity: ClassVar[tuple[str, ...]] = ("stop",)
    stop: Identifier
    title: Words
    kinds: Annotated[tuple[Identifier, ...], ADD_ONLY] = Field(min_length=1)
    from_day: MonthDayText
    closed_from: MonthDayText
    to_day: MonthDayText
    message: Words


class ChangesFile(Part):
    """The whole file."""

    changes: Annotated[tuple[ChangePart, ...], ADD_ONLY] = ()
    final_grade_stops: Annotated[tuple[FinalGradeStopPart, ...], ADD_ONLY] = ()
