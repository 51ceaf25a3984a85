"""Findings across nodes: pupils whose entries do not fit together yet, and document numbers borne twice.

They are found where the packages of several nodes come together; the nodes concerned are told with the next package
(section ``findings``): all open ones each time, so that what is not named any more is settled.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from xueji.duties.exchange.envelope import altered
from xueji.duties.exchange.models import Finding
from xueji.duties.exchange.writers import own_of
from xueji.ground.journals.models import JournalEntry
from xueji.ground.organisations.models import Organisation, OrganisationRelation
from xueji.pure.kernel.environment import environment
from xueji.registry.cases.services.notices import notify
from xueji.registry.register.models import Student
from xueji.registry.register.services import CarriedFold

WAITING, DOUBLE = "waiting", "document_twice"
WORDS = {
    WAITING: "变动记录前后接不上，等待另一节点的数据包",
    DOUBLE: "证件号与另一名学生相同，须双方教育局核实",
}
NOTICE = "node_finding"
_LINE = {"id", "kind", "student", "found_at", "elsewhere"}


def waiting_students() -> list[UUID]:
    """Pupils whose state waits for entries that another node has not sent yet."""
    open_ones = Finding.objects.filter(kind=WAITING, origin="", settled_at__isnull=True)
    return list(open_ones.values_list("student", flat=True))


def note_findings(folded: CarriedFold, *, package: str, own: str) -> None:
    """Keep what does not fit, settle what fits by now, tell the bureau of this node (``own``) what is new.

    ``package``: the digest of what brought it.
    """
    now, source = environment().now(), UUID(bytes=hashlib.sha256(package.encode()).digest()[:16])
    open_ones = Finding.objects.filter(origin="", settled_at__isnull=True)
    open_ones.filter(kind=WAITING).exclude(student__in=list(folded.waiting)).update(settled_at=now)
    _settle_doubles(list(open_ones.filter(kind=DOUBLE)), now)
    known = set(open_ones.values_list("kind", "student"))
    found: list[tuple[str, UUID, UUID | None]] = [(WAITING, student, None) for student in folded.waiting]
    found += [(DOUBLE, student, other) for student, other in folded.doubles]
    fresh = [one for one in found if one[:2] not in known]
    elsewhere = {} if not fresh else _bureaus({one for _, *pair in fresh for one in pair if one})
    Finding.objects.bulk_create(
        [
            Finding(
                id=environment().new_id(), kind=kind, student=student, other=other, package=source, found_at=now,
                elsewhere="、".join(sorted(elsewhere.get(other or student, ()))),
            )
            for kind, student, other in fresh
        ]
    )  # fmt: skip
    if fresh:
        notify(own_of(own), NOTICE, params={"count": len(fresh)})


def _settle_doubles(doubles: list[Finding], now: datetime) -> None:
    """Two who do not bear one document number any more, or of whom one has died, are no double."""
    ids = {one.student for one in doubles} | {one.other for one in doubles if one.other}
    index = {
        student: bytes(held) if held is not None and living else None
        for student, held, living in Student.objects.filter(id__in=ids).values_list("id", "id_index", "living")
    }
    mended = [
        one.id
        for one in doubles
        if one.other is not None and (index.get(one.student) is None or index.get(one.student) != index.get(one.other))
    ]
    Finding.objects.filter(id__in=mended).update(settled_at=now)


def _bureaus(students: Collection[UUID]) -> dict[UUID, set[str]]:
    """The names of the bureaus in whose schools' journals pupils stand."""
    places: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for student, organisation in _places(students):
        places[student].add(organisation)
    wanted = {one for found in places.values() for one in found}
    under = dict(
        OrganisationRelation.objects.filter(relation="competent_bureau", organisation_id__in=wanted)
        .order_by("started_on")
        .values_list("organisation_id", "other_id")
    )
    names = dict(Organisation.objects.filter(id__in=set(under.values())).values_list("id", "name"))
    return {student: {names[under[one]] for one in found if one in under} for student, found in places.items()}


def _places(students: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    rows = JournalEntry.objects.filter(student__in=list(students)).values_list("student", "organisation")
    return {(student, organisation) for student, organisation in rows if student is not None}


def downward(writers: Collection[UUID]) -> list[Mapping[str, Any]]:
    """The open findings of this node that concern pupils in the journals of these organisations.

    Of a document number borne twice each side hears of its own pupil, and which bureau the other one's is.
    """
    found = list(Finding.objects.filter(origin="", settled_at__isnull=True).order_by("found_at", "id"))
    if not found:
        return []
    sides = [(one, student, other) for one in found for student, other in _sides(one)]
    ids = {student for _, *pair in sides for student in pair if student}
    theirs = {student for student, organisation in _places(ids) if organisation in writers}
    bureaus = _bureaus(ids)
    return [
        {
            "id": str(UUID(bytes=hashlib.sha256(one.id.bytes + student.bytes).digest()[:16])),
            "kind": one.kind,
            "student": str(student),
            "found_at": one.found_at.isoformat(),
            "elsewhere": "、".join(sorted(bureaus.get(other or student, ()))),
        }
        for one, student, other in sides
        if student in theirs
    ]


def _sides(one: Finding) -> list[tuple[UUID, UUID | None]]:
    return [(one.student, one.other)] + ([(one.other, one.student)] if one.other else [])


def take(lines: Iterable[Mapping[str, Any]], *, origin: str, own: str) -> None:
    """Keep what the node above found of pupils here; what it does not name any more is settled."""
    now = environment().now()
    named = {(made.kind, made.student): made for made in map(_read, lines)}
    open_ones = Finding.objects.filter(origin=origin, settled_at__isnull=True)
    gone = [one.id for one in open_ones if (one.kind, one.student) not in named]
    Finding.objects.filter(id__in=gone).update(settled_at=now)
    known = set(open_ones.values_list("kind", "student"))
    fresh = [made for key, made in named.items() if key not in known]
    for made in fresh:
        made.id, made.origin = environment().new_id(), origin
    Finding.objects.bulk_create(fresh)
    if fresh:
        notify(own_of(own), NOTICE, params={"count": len(fresh)})


def _read(line: Mapping[str, Any]) -> Finding:
    try:
        if set(line) != _LINE or line["kind"] not in WORDS:
            raise ValueError("no finding")
        return Finding(
            kind=line["kind"], student=UUID(line["student"]), package=UUID(line["id"]),
            found_at=datetime.fromisoformat(line["found_at"]), elsewhere=str(line["elsewhere"])[:200],
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError):
        raise altered() from None


def open_findings() -> list[Finding]:
    """What is open, the oldest first; as the viewer sees it."""
    return list(Finding.objects.filter(settled_at__isnull=True).order_by("found_at", "id"))
