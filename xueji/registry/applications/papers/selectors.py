"""Reads of an application's papers: what is there, by whom and when, what it stands in place of, what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from xueji.ground.accounts import selectors as accounts
from xueji.ground.documents import selectors as documents
from xueji.ground.documents.inspection import Limits
from xueji.pure.kernel.rulebook import ChangeKind, Evidence, Rulebook
from xueji.registry.applications.models import Evidence as Row

#: Papers that any application may have beside those that its kind names.
FORM, OTHER = "form", "other"
_MEGA = 1024 * 1024


@dataclass(frozen=True, slots=True)
class PaperView:
    """A paper of an application. ``superseded_by`` is the later paper's id; ``name`` '' where it is out of sight."""

    id: UUID
    key: str
    title: str
    document: UUID
    name: str
    media_type: str
    size: int
    pages: int | None
    added_by: UUID
    added_name: str
    added_at: datetime
    scanned: bool
    supersedes: UUID | None
    superseded_by: UUID | None
    content: str = ""  # SHA-256 (hex) of what the file holds


@dataclass(frozen=True, slots=True)
class Wanting:
    """The papers of a kind against those that are there (一次性告知): ``until`` is the last day to hand in."""

    there: tuple[Evidence, ...]
    missing: tuple[Evidence, ...]
    free: tuple[Evidence, ...]
    until: date | None


def limits_of(book: Rulebook) -> Limits:
    """What one file of evidence may be, by the rulebook's settings ``evidence_*``."""
    setting = {name: int(book.settings[f"evidence_{name}"]) for name in ("file_megabytes", "pages", "megapixels")}
    return Limits(
        file_bytes=setting["file_megabytes"] * _MEGA,
        pages=setting["pages"],
        pixels=setting["megapixels"] * 1_000_000,
        memory_bytes=int(book.settings["evidence_memory_megabytes"]) * _MEGA,
        seconds=int(book.settings["evidence_seconds"]),
    )


def titles(change: ChangeKind | None) -> dict[str, str]:
    """The names of all papers that an application of a kind may have, by key."""
    named = {paper.key: paper.title for paper in change.evidence} if change else {}
    title = change.title if change else ""
    return {**named, FORM: f"{title}申请表（扫描件）", OTHER: "其他补充材料"}


def papers_of(application: UUID, change: ChangeKind | None) -> tuple[PaperView, ...]:
    """The papers of an application in the order in which they were added, those of one moment in the rulebook's."""
    return papers_of_several({application: change}).get(application, ())


def papers_of_several(changes: Mapping[UUID, ChangeKind | None]) -> dict[UUID, tuple[PaperView, ...]]:
    """The same of several applications, each with its kind; one without papers is missing."""
    rows = list(Row.objects.filter(application__in=list(changes)).order_by("added_at", "id"))
    order = {key: _places(change) for key, change in changes.items()}
    rows.sort(key=lambda row: (row.added_at, order[row.application_id].get(row.key, len(order[row.application_id]))))
    found = documents.documents(row.document for row in rows)
    names, known = {key: titles(one) for key, one in changes.items()}, accounts.names_of(row.added_by for row in rows)
    later = {row.supersedes: row.id for row in rows if row.supersedes is not None}
    views: dict[UUID, list[PaperView]] = {}
    for row in rows:
        one = found.get(row.document)
        views.setdefault(row.application_id, []).append(
            PaperView(
                id=row.id,
                key=row.key,
                title=names[row.application_id].get(row.key, "材料"),
                document=row.document,
                name=one.name if one else "",
                media_type=one.media_type if one else "",
                size=one.size if one else 0,
                pages=one.pages if one else None,
                added_by=row.added_by,
                added_name=known.get(row.added_by, ""),
                added_at=row.added_at,
                scanned=row.scanned,
                supersedes=row.supersedes,
                superseded_by=later.get(row.id),
                content=one.content if one else "",
            )
        )
    return {key: tuple(papers) for key, papers in views.items()}


def _places(change: ChangeKind | None) -> dict[str, int]:
    """The order of a kind's papers in the rulebook."""
    return {paper.key: place for place, paper in enumerate(change.evidence)} if change else {}


def counts_of(applications: Iterable[UUID]) -> dict[UUID, int]:
    """How many papers each application in reach has, those no longer in force left out; one query."""
    rows = list(Row.objects.filter(application__in=set(applications)).values_list("id", "application", "supersedes"))
    superseded = {supersedes for _, _, supersedes in rows}
    return dict(Counter(application for paper, application, _ in rows if paper not in superseded))


def given_keys(papers: Iterable[PaperView]) -> set[str]:
    """The kinds of paper that are there, those no longer in force left out."""
    return {paper.key for paper in papers if paper.superseded_by is None}


def wanting(change: ChangeKind, given: Collection[str], book: Rulebook, *, told_on: date) -> Wanting:
    """What a kind needs, what of it is there, what is missing and by when (working days of the rulebook)."""
    needed = [paper for paper in change.evidence if paper.required]
    missing = tuple(paper for paper in needed if paper.key not in given)
    days = int(book.settings["evidence_notice_days"])
    return Wanting(
        there=tuple(paper for paper in change.evidence if paper.key in given),
        missing=missing,
        free=tuple(paper for paper in change.evidence if not paper.required and paper.key not in given),
        until=book.calendar.due(told_on, days).on if missing else None,
    )
