"""Making a return: a school's from the register's state, a bureau's from the accepted returns below it (clause C5)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import polars as pl
from django.db import transaction

from xueji.duties.returns import counting
from xueji.duties.returns import findings as found_in
from xueji.duties.returns.authority import BASIS, placed, require
from xueji.duties.returns.models import Return, ReturnState
from xueji.duties.returns.selectors import currents, frozen_sequences, must_report, reporting_schools
from xueji.ground.journals import services as journals
from xueji.ground.keys.services import canonical_json
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import Organisation
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.rulebook import Round
from xueji.pure.kernel.types import Actor, Level, Refused


@dataclass(slots=True)
class Made:
    """What was counted, before it becomes a row."""

    cut: Mapping[UUID, int]
    totals: list[dict[str, Any]] = field(default_factory=list)
    flow: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    in_hand: list[dict[str, Any]] = field(default_factory=list)
    parts: list[dict[str, Any]] = field(default_factory=list)
    state_digest: str = ""

    def sum(self, column: str) -> int:
        return sum(int(line[column]) for line in self.totals)


@transaction.atomic
def make(*, actor: Actor, round_code: str, organisation: UUID) -> Return:
    """Make an organisation's return, or make it anew while it is not certified; its findings stand in it.

    A school's is counted on the present cut, with every school whose return is certified already held at its frozen
    sequence, so that no child stands in two returns. A bureau's is the sum of what it accepted, checked for children
    counted twice. Raises ``Refused`` once it is certified.
    """
    journals.lock([organisation])
    on_round, one, above = placed(round_code, organisation)
    require(actor, one, "make")
    before = Return.objects.select_for_update().filter(round=round_code, organisation=organisation)
    latest = before.order_by("-version").first()
    if latest is not None and latest.state in ReturnState.frozen():
        raise Refused("return.certified", "数据已经确认，不能重新生成。如需修改，请由主管教育局退回后再办理。", BASIS)
    made = _of_school(on_round, one) if one.level == Level.SCHOOL else _of_bureau(on_round, one)
    version = 1 if latest is None else latest.version + (latest.state == ReturnState.SENT_BACK)
    if latest is not None and latest.state == ReturnState.MADE:
        latest.delete()
    return Return.objects.create(
        id=environment().new_id(), level=one.level, round=round_code, organisation=one.id,
        bureau=above.id if above else None, version=version, state=ReturnState.MADE,
        cut=counting.store_cut(made.cut), sequence=made.cut.get(one.id, 0), digest=_digest(on_round, one, made),
        registered=made.sum("registered"), attending=made.sum("attending"), totals=made.totals, flow=made.flow,
        findings=made.findings, in_hand=made.in_hand, parts=made.parts, made_at=environment().now(),
        made_by=actor.person,
    )  # fmt: skip


def remake(made: Return) -> str:
    """The digest of a return made again from the journals at its stored cut (invariant 6)."""
    on_round, one, _ = placed(made.round, made.organisation)
    if one.level != Level.SCHOOL:
        raise ValueError("a bureau's return is the sum of its parts")
    again = _counted(on_round, one, counting.cut_of(made.cut))
    return _digest(on_round, one, again)


def _digest(on_round: Round, one: Organisation, made: Made) -> str:
    """SHA-256 (hex) of what the return says: round, organisation, state, totals and flow."""
    said = {
        "round": on_round.code, "organisation": str(one.id), "state": made.state_digest,
        "totals": made.totals, "flow": made.flow, "parts": [part["digest"] for part in made.parts],
    }  # fmt: skip
    return hashlib.sha256(canonical_json(said)).hexdigest()


def _of_school(on_round: Round, one: Organisation) -> Made:
    cut = counting.present_cut()
    cut.update({key: value for key, value in frozen_sequences(on_round.code).items() if key != one.id})
    return _counted(on_round, one, cut)


def _counted(on_round: Round, one: Organisation, cut: Mapping[UUID, int]) -> Made:
    made = Made(cut)
    on = on_round.reference_date
    state = counting.state_at(on, cut, [one.id])
    made.state_digest = state.digest
    made.totals = counting.totals(state)
    if on_round.window is not None:
        opening = counting.state_at(on_round.window[0] - timedelta(days=1), cut, [one.id])
        made.flow = counting.flow(opening, state, one.id, on_round.window)
    made.in_hand = counting.transfers_in_hand([one.id], on)
    unpromoted = counting.unpromoted(state, organisations.promoted(one.id, on_round.school_year), on_round.school_year)
    made.findings = [
        *found_in.of_pupils(counting.own(state)),
        *([] if on_round.first else found_in.of_cohorts(unpromoted)),
        *found_in.of_flow(made.flow),
        *found_in.of_hand(made.in_hand),
    ]
    return made


def _of_bureau(on_round: Round, one: Organisation) -> Made:
    """The sum of the accepted returns below; what is missing and who is counted twice are its findings."""
    below = _below(on_round, one)
    found = currents(on_round.code, [child.id for child in below])
    accepted = {key: part for key, part in found.items() if part.state == ReturnState.ACCEPTED}
    made = Made(counting.present_cut())
    made.cut = {**made.cut, **frozen_sequences(on_round.code)}
    parts = [accepted[child.id] for child in below if child.id in accepted]
    made.totals = _summed((line for part in parts for line in part.totals), ("school", "stage", "grade", "gender"))
    made.flow = [line for part in parts for line in part.flow]
    made.in_hand = _unique(item for part in parts for item in part.in_hand)
    made.parts = [
        {
            "return": str(part.id),
            "organisation": str(part.organisation),
            "registered": part.registered,
            "digest": part.digest,
        }
        for part in parts
    ]
    missing = [(child.code, child.name) for child in below if child.id not in accepted and must_report(child)]
    made.findings = found_in.of_parts(missing, _doubled(on_round, one, made, parts))
    made.state_digest = hashlib.sha256("".join(part.digest for part in parts).encode()).hexdigest()
    return made


def _below(on_round: Round, one: Organisation) -> list[Organisation]:
    schools = reporting_schools(one.id, on_round.reference_date)
    if one.level != Level.CITY:
        return schools
    return [*organisations.districts(on_round.reference_date), *schools]


def _doubled(on_round: Round, one: Organisation, made: Made, parts: Sequence[Return]) -> list[str]:
    """Registration numbers of pupils whose count differs from one: the schools' states under the frozen cuts."""
    schools = sorted({UUID(line["school"]) for part in parts for line in part.totals})
    if not schools:
        return []
    state = counting.state_at(on_round.reference_date, made.cut, schools)
    frame = counting.own(state)
    students = Counter(frame["student"].to_list())
    doubled = [student for student, count in students.items() if count > 1]
    numbers = frame.filter(pl.col("student").is_in(doubled))["number"].to_list()
    here = Counter(frame["school"].to_list())
    said = Counter[str]()
    for line in made.totals:
        said[line["school"]] += line["registered"]
    differing = [school for school, count in said.items() if here.get(school, 0) != count]
    if differing and not numbers:
        names = organisations.by_ids(UUID(school) for school in differing)
        raise Refused(
            "return.moved",
            f"{'、'.join(one.name for one in names.values())}的数据与学籍库不一致，请退回后重新生成。",
            BASIS,
        )
    return numbers


def _summed(lines: Any, keys: tuple[str, ...]) -> list[dict[str, Any]]:
    sums: dict[tuple[Any, ...], dict[str, Any]] = {}
    for line in lines:
        key = tuple(line[name] for name in keys)
        cell = sums.setdefault(key, {**dict(zip(keys, key, strict=True)), "registered": 0, "attending": 0})
        cell["registered"] += line["registered"]
        cell["attending"] += line["attending"]
    return [sums[key] for key in sorted(sums, key=str)]


def _unique(items: Any) -> list[dict[str, Any]]:
    return list({item["application"]: item for item in items}.values())
