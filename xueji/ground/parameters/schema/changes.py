"""``changes.yaml``: the kinds of status change: who acts, steps, days, evidence, limits."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from xueji.pure.kernel.rulebook import Act, Party
from xueji.pure.kernel.types import Role

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


class LimitPart(Part):
    """A limit; ``from_day`` and ``to_day`` for a frozen period of each year."""

    identity: ClassVar[tuple[str, ...]] = ("code",)
    code: Identifier
    kind: Literal["frozen_period", "final_grade", "first_term", "age", "pending_application"]
    severity: Literal["error", "query"] = "error"
    message: Words
    from_day: MonthDayText | None = None
    to_day: MonthDayText | None = None
    basis: Annotated[str, OWN] = ""

    @model_validator(mode="after")
    def _period(self) -> Self:
        if (self.kind == "frozen_period") != (self.from_day is not None and self.to_day is not None):
            raise ValueError("冻结期（frozen_period）要写 from_day 和 to_day，其他限制不写")
        return self


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
    effective: Literal["decision", "term_start", "base_date", "day"] = "decision"
    effective_day: MonthDayText | None = None
    open_from: Annotated[MonthDayText | None, FIXED] = None
    phases: Annotated[tuple[PhasePart, ...], ADD_ONLY] = ()
    variants: Annotated[tuple[VariantPart, ...], ADD_ONLY] = ()
    evidence: Annotated[tuple[EvidencePart, ...], ADD_ONLY] = ()
    limits: Annotated[tuple[LimitPart, ...], ADD_ONLY] = ()
    file_number: Annotated[str, FIXED] = ""
    form: Annotated[str, FIXED] = ""
    arrival_days: Annotated[int | None, AT_MOST] = Field(None, ge=1, le=250)

    @model_validator(mode="after")
    def _one_way_or_several(self) -> Self:
        if (self.effective == "day") != (self.effective_day is not None):
            raise ValueError("effective 写 day 时要写 effective_day，其他情况不写")
        if bool(self.phases) == bool(self.variants):
            raise ValueError("步骤写在 phases（一种走法）或 variants（几种走法）里，只能选一种")
        try:
            self.file_number.format(bureau="320102", year=2008, kind_no="01", serial=1)
        except (KeyError, IndexError, ValueError):
            raise ValueError("卷号格式只能用 {bureau}、{year}、{kind_no}、{serial:04d}") from None
        return self


class ChangesFile(Part):
    """The whole file."""

    changes: Annotated[tuple[ChangePart, ...], ADD_ONLY] = ()
