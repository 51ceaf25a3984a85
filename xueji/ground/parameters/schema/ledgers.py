"""``ledgers.yaml`` and ``reminders.yaml``: which entries stand in which ledger, of what a post is reminded and when."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from xueji.pure.kernel.ledgers import SOURCES
from xueji.pure.kernel.types import Role

from .base import ADD_ONLY, OWN, Dated, Identifier, Part, Words


class LedgerColumnPart(Part):
    """A column; ``keys``: what ``claim`` shows of a claim, ``other_school`` where that side is not in the register."""

    identity: ClassVar[tuple[str, ...]] = ("key",)
    key: Identifier
    title: Words
    source: Identifier
    width: int = Field(12, ge=4, le=60)
    keys: Annotated[tuple[Identifier, ...], ADD_ONLY] = ()

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.source not in SOURCES:
            raise ValueError(f"没有 {self.source} 这种栏目来源，可用的有：{'、'.join(SOURCES)}")
        if self.source == "claim" and not self.keys:
            raise ValueError("来源为 claim 的栏目要写 keys（申请表的项目）")
        if self.keys and self.source not in ("claim", "other_school"):
            raise ValueError("keys 只能写在来源为 claim 或 other_school 的栏目里")
        return self


class LedgerPart(Dated):
    """One ledger."""

    identity: ClassVar[tuple[str, ...]] = ("ledger",)
    ledger: Identifier
    title: Words
    short: Words
    kinds: Annotated[tuple[Identifier, ...], ADD_ONLY] = Field(min_length=1)
    columns: Annotated[tuple[LedgerColumnPart, ...], ADD_ONLY] = Field(min_length=1)
    signatures: Annotated[tuple[Words, ...], ADD_ONLY] = ()
    bureau_signatures: Annotated[tuple[Words, ...], ADD_ONLY] = ()


class LedgersFile(Part):
    """The whole file."""

    ledgers: Annotated[tuple[LedgerPart, ...], ADD_ONLY] = ()


class ReminderPart(Dated):
    """One sort of reminder."""

    identity: ClassVar[tuple[str, ...]] = ("reminder",)
    reminder: Identifier
    title: Words
    source: Literal[
        "spell_ends", "step", "arrival", "receipt", "outside", "term_registration", "return", "evidence", "inspection",
        "training", "filing",
    ]  # fmt: skip
    roles: Annotated[tuple[Role, ...], ADD_ONLY] = ()  # of a step: its own post
    days: Annotated[tuple[int, ...], ADD_ONLY] = ()
    every: Annotated[int | None, OWN] = Field(None, ge=1, le=250)
    kinds: Annotated[tuple[Identifier, ...], ADD_ONLY] = ()
    status: str = ""
    within: Annotated[int | None, OWN] = Field(None, ge=0, le=250)

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if not self.days and self.every is None:
            raise ValueError("要写提前几天提醒（days），或过期后每几天提醒一次（every）")
        if any(not 0 <= day <= 366 for day in self.days):
            raise ValueError("days 写 0 到 366 之间的天数")
        return self


class RemindersFile(Part):
    """The whole file."""

    reminders: Annotated[tuple[ReminderPart, ...], ADD_ONLY] = ()
