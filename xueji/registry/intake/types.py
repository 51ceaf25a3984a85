"""The typed answers of the room ``intake``."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from xueji.pure.kernel.types import Refused
from xueji.registry.applications.types import Parked
from xueji.registry.intake.checking import Found


@dataclass(frozen=True, slots=True)
class UploadView:
    """An upload as pages and commands show it."""

    id: UUID
    school: UUID
    kind: str
    state: str
    progress: int
    file_name: str
    file_digest: str
    rows: int
    clean: int
    errors: int
    queries: int
    notes: int
    answer: str  # the sentence for an unreadable file, else ""
    answer_code: str
    revision: int
    application: UUID | None
    uploaded_by: UUID
    uploaded_at: datetime
    checked_at: datetime | None
    already_uploaded: bool = False

    @property
    def finished(self) -> bool:
        """Whether the check has ended."""
        return self.state not in ("waiting", "checking")

    @property
    def may_lodge(self) -> bool:
        """Whether nothing blocks lodging."""
        return self.state == "checked" and self.errors == 0 and self.rows > 0


@dataclass(frozen=True, slots=True)
class Cell:
    """A corrected cell: its text, version and who changed it last."""

    row: int
    field: str
    value: str
    version: int
    editor: UUID
    edited_at: datetime


class CellChanged(Refused):
    """Someone else changed the cell meanwhile; ``cell`` is what stands there now."""

    def __init__(self, cell: Cell, editor_name: str) -> None:
        who = editor_name or "另一位老师"
        super().__init__(
            "intake.cell_changed",
            f"第 {cell.row} 行的这一格刚才已由{who}改为“{cell.value}”。请看过后再决定是否修改。",
            "通知三（校对）",
        )
        self.cell = cell


@dataclass(frozen=True, slots=True)
class ClassPreview:
    """What will be written for one class."""

    grade: int
    class_no: int
    site: str
    pupils: int
    numbered: int  # with a given number
    to_number: int  # that will get one


@dataclass(frozen=True, slots=True)
class Preview:
    """What lodging would write, class by class."""

    pupils: int
    classes: tuple[ClassPreview, ...]
    parked: int  # rows that will wait for a check of duplicates


@dataclass(frozen=True, slots=True)
class LodgeOutcome:
    """What lodging led to. ``state``: ``refused`` where an error stands, else the application's."""

    application: UUID | None
    state: str
    rows: int
    findings: tuple[Found, ...] = ()
    parked: tuple[Parked, ...] = ()
    already_lodged: bool = False

    def as_json(self) -> dict[str, Any]:
        """The answer of ``xueji intake lodge --json`` and of the API."""
        return {
            "application": str(self.application) if self.application else None,
            "state": self.state,
            "rows": self.rows,
            "findings": [one.as_json() for one in self.findings],
        }


@dataclass(frozen=True, slots=True)
class ProofList:
    """One class of a roster as it is proofread on paper (校对单): header labels and rows of shown values."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(default_factory=tuple)
