"""The comparison itself: from the whole to the organisation, from there to pupil and field."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from xueji.duties.exchange.reconcile.authors import EntryName, authored
from xueji.duties.exchange.reconcile.entries import Found, Row, differing_entries
from xueji.duties.exchange.reconcile.opening import OpenedParts, differing_parts
from xueji.duties.exchange.reconcile.sides import Side

#: Of a pupil whose earlier entries stand at another node, what follows from the whole history is not compared.
_OF_WHOLE_HISTORY = frozenset({"fields_from"})
_Details: TypeAlias = dict[tuple[UUID | None, str, str], str]  # (student, place, field) → digest


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """One thing that is not alike. ``organisation``: its code; ``student``: id, '' for what concerns no pupil;
    ``here``, ``there``: digests, '' where that side has nothing. ``number``: the pupil's; ``here_entry``,
    ``there_entry``: the entry of each side that it comes from (``authors``)."""

    organisation: str
    student: str
    field: str
    here: str
    there: str
    number: str = ""
    here_entry: EntryName | None = None
    there_entry: EntryName | None = None


@dataclass(frozen=True, slots=True)
class Reconciled:
    """``organisations`` were compared, by code ``compared``; ``equal`` where there is no difference."""

    equal: bool
    organisations: int
    differences: list[Difference]
    compared: tuple[str, ...]


def reconcile(here: Side, there: Side, *, deep: bool = False) -> Reconciled:
    """Compare what both nodes should hold; ``deep`` opens every sealed part on both sides.

    Compared are all journals of the lower node and what the upper one has of its schools; between homes of one kind
    all. Digests are compared of the whole, then by district, then by organisation; rows are read only where these
    differ.
    """
    tree = {row[0]: row for side in (there, here) for row in side.rows("tree")}
    journals, states = _pairs(here, there, "journals"), _pairs(here, there, "states")
    scope = _scope(here, there, journals, tree)
    found: list[Difference] = []
    for organisation in _unequal(scope, tree, *journals):
        found += named(tree, organisation, differing_entries(here, there, organisation))
    for organisation in _unequal(scope, tree, *states):
        found += named(tree, organisation, _differing_state(here, there, organisation))
    if deep:
        for organisation, theirs in _opened(there, sorted(scope)):
            found += named(tree, organisation, differing_parts(here, there, organisation, theirs()))
    unique = authored(here, there, sorted(set(found)), tree)
    codes = sorted(tree[one][1] if one in tree else str(one) for one in scope)
    return Reconciled(not unique, len(scope), unique, tuple(codes))


def _pairs(here: Side, there: Side, question: str) -> list[dict[UUID, str]]:
    """The digests of both sides by organisation, asked at once."""
    coming = there.begin(question)
    return [{row[0]: row[1] for row in rows} for rows in (here.rows(question), coming())]


def _opened(there: Side, organisations: Sequence[UUID]) -> Iterator[tuple[UUID, Callable[[], OpenedParts]]]:
    """What the other side opens, begun one organisation ahead."""
    coming = None
    for place, organisation in enumerate(organisations):
        theirs = coming or there.begin_opened(organisation)
        coming = there.begin_opened(organisations[place + 1]) if place + 1 < len(organisations) else None
        yield organisation, theirs


def _scope(here: Side, there: Side, journals: list[dict[UUID, str]], tree: Mapping[UUID, Row]) -> set[UUID]:
    """The organisations that both should have."""
    levels = {row[1]: row[2] for row in tree.values()}
    order = ("school", "district", "city")
    codes = [side.code for side in (here, there)]
    ranks = [order.index(levels[code]) if code is not None and code in levels else None for code in codes]
    if None in ranks or ranks[0] == ranks[1]:
        return set(journals[0]) | set(journals[1])
    lower = 0 if (ranks[0] or 0) < (ranks[1] or 0) else 1
    under = {one for one in journals[1 - lower] if one in tree and tree[one][3] == codes[lower]}
    return set(journals[lower]) | under


def _unequal(
    scope: set[UUID],
    tree: Mapping[UUID, Row],
    here: Mapping[UUID, str],
    there: Mapping[UUID, str],
) -> list[UUID]:
    """Organisations whose digests differ: looked for only in districts whose own digest does."""
    parts: defaultdict[str, list[UUID]] = defaultdict(list)
    for one in sorted(scope):
        parts[tree[one][3] if one in tree else ""].append(one)
    tops = [_digest_of(side.get(one, "") for one in sorted(scope)) for side in (here, there)]
    if tops[0] == tops[1]:
        return []
    found = []
    for part in parts.values():
        if _digest_of(here.get(one, "") for one in part) != _digest_of(there.get(one, "") for one in part):
            found += [one for one in part if here.get(one, "") != there.get(one, "")]
    return found


def _digest_of(values: Iterator[str]) -> str:
    digest = hashlib.sha256()
    for value in values:
        digest.update(f"{value};".encode())
    return digest.hexdigest()


def named(tree: Mapping[UUID, Row], organisation: UUID, found: Iterator[Found]) -> Iterator[Difference]:
    """Differences of an organisation under its code, as far as one is known."""
    code = tree[organisation][1] if organisation in tree else str(organisation)
    for student, field, here, there in found:
        yield Difference(code, str(student) if student else "", field, here, there)


def _differing_state(here: Side, there: Side, organisation: UUID) -> Iterator[tuple[UUID | None, str, str, str]]:
    """Fields of state rows of one organisation that are not alike.

    The row of a pupil who has moved on to another node is compared only where both sides know the same of him: his
    registration here is compared in any case.
    """
    parts = [_details(side, organisation) for side in (here, there)]
    students = {key[0] for side in parts for part in side.values() for key in part if key[0] is not None}
    known = [_histories(side, students) for side in (here, there)]
    for part in ("o", "r", "s", "f"):
        one, other = (side[part] for side in parts)
        for key in sorted(one.keys() | other.keys(), key=str):
            student, _, field = key
            if one.get(key) == other.get(key) or not _comparable(part, field, student, known, parts):
                continue
            yield student, field, one.get(key, ""), other.get(key, "")


def _comparable(
    part: str,
    field: str,
    student: UUID | None,
    known: list[dict[UUID, tuple[int, int]]],
    parts: list[dict[str, _Details]],
) -> bool:
    if student is None or part in ("o", "r"):
        return True
    here, there = known[0].get(student), known[1].get(student)
    if here == there:
        return True
    if here is None or there is None or here[1] != there[1]:
        return False  # one side knows less: its missing entries are named, or he has moved on
    return part == "s" and field not in _OF_WHOLE_HISTORY


def _details(side: Side, organisation: UUID) -> dict[str, _Details]:
    found: dict[str, _Details] = {"o": {}, "r": {}, "s": {}, "f": {}}
    for part, student, place, field, digest in side.rows("details", {"organisation": organisation}):
        found[part][(student, place, field)] = digest
    return found


def _histories(side: Side, students: set[UUID]) -> dict[UUID, tuple[int, int]]:
    rows = side.rows("histories", {"students": list(students)})
    return {row[0]: (row[1], row[2]) for row in rows}
