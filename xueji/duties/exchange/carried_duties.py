"""Filings, courses, problems and reopenings between nodes: what a bureau filed, held, reported and asked, and what
became of it.

A line is an object ``{"part": "filing" | "course" | "problem" | "reopening", …}``. Unlike journals these are few and
small, so all of them stand in every package, and one is made when they are not what the receiver last acknowledged
(``digest_of``): a lost package heals itself, one taken in twice changes nothing. What is here already is only followed
forward. A school code that the city acknowledges is confirmed by the node that writes the district's journal, when the
news arrives.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from xueji.duties.exchange import carried_reopenings
from xueji.duties.exchange.envelope import altered
from xueji.duties.exchange.plain import as_json, values
from xueji.duties.exchange.writers import own_of
from xueji.duties.filings import services as filings
from xueji.duties.filings.models import Filing, FilingState
from xueji.duties.maintenance.models import Problem, ProblemNote, ProblemState
from xueji.duties.training import selectors as training
from xueji.duties.training.models import Course
from xueji.ground.keys.sealing import canonical_json
from xueji.ground.organisations.models import Organisation
from xueji.pure.kernel.types import Refused
from xueji.registry.cases.services.notices import notify

Line = Mapping[str, Any]
_FILED = ("id", "kind", "year", "bureau", "content", "digest", "made_by", "made_at", "filed_by", "filed_at")
_DECIDED = ("id", "state", "reason", "decided_by", "decided_at")
_COURSE = ("id", "bureau", "title", "kind", "held_on", "pass_mark", "opened_by", "opened_at")
_PROBLEM = ("id", "organisation", "handler", "title", "state", "reported_at", "moved_at")
_NOTE = ("id", "kind", "text", "person", "place", "at")
_CLOSED = (FilingState.FILED, FilingState.ACKNOWLEDGED, FilingState.SENT_BACK)


def upward(own: str) -> list[Line]:
    """What this bureau filed and held, the problems that are with the bureau above, and the reopenings of returns."""
    bureau = next(iter(own_of(own)), None)
    filed = Filing.objects.filter(bureau__in=own_of(own), filed_at__isnull=False, state__in=_CLOSED)
    above = Problem.objects.filter(handler__in=Organisation.objects.filter(level="city").values("id"))
    return [
        *({"part": "filing", **as_json(one, _FILED)} for one in filed.order_by("kind", "year")),
        *_courses(bureau),
        *_problems(above.order_by("id")),
        *carried_reopenings.upward(own),
    ]


def downward(own: str, writers: Iterable[UUID]) -> list[Line]:
    """What became of the filings, problems and reopenings of the node's organisations (``writers``), and this bureau's
    courses."""
    wanted = set(writers)
    bureau = next(iter(own_of(own)), None)
    decided = Filing.objects.filter(bureau__in=wanted, decided_at__isnull=False).order_by("kind", "year", "bureau")
    return [
        *({"part": "filing", **as_json(one, _DECIDED)} for one in decided),
        *_courses(bureau),
        *_problems(Problem.objects.filter(organisation__in=wanted).order_by("id")),
        *carried_reopenings.downward(own, wanted),
    ]


def digest_of(lines: Sequence[Line]) -> str:
    """SHA-256 (hex) of the lines; '' of none."""
    return hashlib.sha256(b"\n".join(map(canonical_json, lines))).hexdigest() if lines else ""


def _courses(bureau: UUID | None) -> Iterable[Line]:
    for one in training.courses(bureau) if bureau else []:
        yield {
            "part": "course",
            **as_json(one.course, _COURSE),
            "counts": {"entered": one.entered, "passed": one.passed},
        }


def _problems(found: Iterable[Problem]) -> Iterable[Line]:
    every = list(found)
    notes: dict[UUID, list[Line]] = {}
    for note in ProblemNote.objects.filter(problem__in=[one.pk for one in every]).order_by("at", "id"):
        notes.setdefault(note.problem_id, []).append(as_json(note, _NOTE))
    for one in every:
        yield {"part": "problem", **as_json(one, _PROBLEM), "notes": notes.get(one.pk, [])}


def take(
    lines: Iterable[Line], *, sender: str, writers: frozenset[UUID], own: frozenset[UUID], from_below: bool
) -> int:
    """Follow what the other node says; how many rows were written.

    ``writers``: the organisations of the sender's node; ``own``: those that this node writes. Raises ``Refused``
    ``exchange.altered`` for what is no such line, ``exchange.not_writer`` for what is not the sender's to say.
    """
    bureaus = own_of(sender)
    told = 0
    for line in lines:
        part = line.get("part")
        if part == "filing":
            told += _filed(line, bureaus) if from_below else _decided(line, own)
        elif part == "course":
            told += _course(line, bureaus)
        elif part == "problem":
            told += _problem(line, writers if from_below else own)
        elif part == "reopening":
            told += carried_reopenings.take(
                line, bureaus=bureaus, concerned=writers if from_below else own, from_below=from_below
            )
        else:
            raise altered()
    return told


def _filed(line: Line, bureaus: frozenset[UUID]) -> int:
    """A filing from below: new, or filed again after it was sent back; what was filed never moves otherwise."""
    made = Filing(**values(Filing, line, _FILED), state=FilingState.FILED)
    _require(made.bureau in bureaus)
    known = Filing.objects.select_for_update().filter(pk=made.pk).first()
    _require(known is None or known.bureau == made.bureau)
    if known is None:
        made.save(force_insert=True)
    elif known.state == FilingState.SENT_BACK and _later(made.filed_at, known.filed_at):
        made.save(force_update=True)
    elif known.digest != made.digest and made.filed_at == known.filed_at:
        raise Refused("exchange.fork", "包里的报备与已收到的同一份不一致，已拒收。请双方核对。")
    else:
        return 0
    title = filings.title_of(made)
    notify(Organisation.objects.filter(level="city").values_list("id", flat=True), "filing_filed",
        params={"title": title, "name": Organisation.objects.get(pk=made.bureau).name})  # fmt: skip
    return 1


def _decided(line: Line, own: frozenset[UUID]) -> int:
    """What the bureau above decided about a filing of this node; codes that it acknowledged are confirmed here."""
    news = values(Filing, line, _DECIDED)
    known = Filing.objects.select_for_update().filter(pk=news["id"]).first()
    if known is None or known.bureau not in own or known.state != FilingState.FILED:
        return 0
    if news["state"] not in (FilingState.ACKNOWLEDGED, FilingState.SENT_BACK) or news["decided_at"] < known.filed_at:
        return 0
    for name in _DECIDED[1:]:
        setattr(known, name, news[name])
    if known.state == FilingState.ACKNOWLEDGED:
        filings.confirm_acknowledged(filing=known)
    known.save(update_fields=list(_DECIDED[1:]))
    code = "filing_acknowledged" if known.state == FilingState.ACKNOWLEDGED else "filing_sent_back"
    notify([known.bureau], code, params={"title": filings.title_of(known)})
    return 1


def _later(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and one > other


def _course(line: Line, bureaus: frozenset[UUID]) -> int:
    """A course of the sender's bureau, with how many it was entered for; who they are stays where it was held."""
    made = Course(**values(Course, line, _COURSE, also=("counts",)), counts=_counts(line))
    _require(made.bureau in bureaus)
    known = Course.objects.filter(pk=made.pk).first()
    _require(known is None or known.bureau == made.bureau)
    if known is not None and as_json(known, (*_COURSE, "counts")) == as_json(made, (*_COURSE, "counts")):
        return 0
    made.save(force_insert=known is None, force_update=known is not None)
    return 1


def _counts(line: Line) -> dict[str, int]:
    try:
        return {name: int(line["counts"][name]) for name in ("entered", "passed")}
    except (KeyError, TypeError, ValueError):
        raise altered() from None


def _problem(line: Line, concerned: frozenset[UUID]) -> int:
    """A problem and what was said about it: notes are only added, the later move holds."""
    made = Problem(**values(Problem, line, _PROBLEM, also=("notes",)))
    _require(made.organisation in concerned)
    known = Problem.objects.select_for_update().filter(pk=made.pk).first()
    _require(known is None or known.organisation == made.organisation)
    moved = known is None or made.moved_at > known.moved_at
    if known is None:
        made.save(force_insert=True)
    elif moved:
        made.save(update_fields=["handler", "state", "moved_at"])
    if not isinstance(line["notes"], list):
        raise altered()
    said = [ProblemNote(**values(ProblemNote, one, _NOTE), problem=made) for one in line["notes"]]
    there = set(ProblemNote.objects.filter(pk__in=[one.pk for one in said]).values_list("pk", flat=True))
    fresh = [one for one in said if one.pk not in there]
    ProblemNote.objects.bulk_create(fresh)
    if moved and made.state != ProblemState.CLOSED:
        answered = made.state == ProblemState.ANSWERED
        told = made.organisation if answered else made.handler
        notify([told], "problem_answered" if answered else "problem_reported", params={"title": made.title})
    return int(moved or bool(fresh))


def _require(right: bool) -> None:
    if not right:
        raise Refused("exchange.not_writer", "包里有不归发送方管辖的报备、培训或问题，已拒收。请与发送方核对。")
