"""更正 of a closed roll-call: the registrar proposes with a reason, the deputy head decides; the list stays."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from xueji.ground.journals import services as journals
from xueji.ground.journals.types import NewEntry
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.cases import services as cases
from xueji.registry.rollcall.authority import (
    BASIS,
    require_decider,
    require_registrar,
    school_rulebook,
    term_of,
)
from xueji.registry.rollcall.models import Presence, RollLine, RollState, Standing, Supplement, SupplementState
from xueji.registry.rollcall.sealed import seal_all, supplement_place
from xueji.registry.rollcall.selectors import counts_of
from xueji.registry.rollcall.selectors.lists import line as line_now
from xueji.registry.rollcall.services.following import CAME, LONGEST_NOTE, require_lodged
from xueji.registry.rollcall.types import Counts, Reading, Supplemented


@dataclass(frozen=True, slots=True)
class Correction:
    """How a line of a closed list should have read. ``came_on``: the day first seen, also of one who came later;
    ``outcome``: an end of the rulebook with the ``application`` it rests on; ``why`` it is put right, ``reason`` of an
    excused absence: both sealed."""

    presence: str
    why: str
    came_on: date | None = None
    outcome: str = ""
    application: UUID | None = None
    reason: str = ""


@transaction.atomic
def propose_supplement(*, actor: Actor, line: int, correction: Correction) -> UUID:
    """Say how a line of a closed roll should have read; the deputy head decides. Raises ``Refused``."""
    found = RollLine.objects.select_related("roll").filter(pk=line).first()
    if found is None:
        raise Refused("rollcall.not_found", "没有找到这名学生的报到记录，请从报到名单重新打开。", BASIS)
    require_registrar(actor, found.school)
    journals.lock([found.school])  # numbers of a roll are given one after another
    if found.roll.state != RollState.CLOSED:
        raise Refused("rollcall.not_closed", "这份名单还没有办结，请直接在名单里登记，不需要更正。", BASIS)
    if found.standing not in Standing.expected():
        raise Refused("rollcall.not_expected", "这名学生按学籍不点到（休学、转走等），没有可以更正的到校情况。", BASIS)
    if Supplement.objects.filter(line=found, state=SupplementState.PROPOSED).exists():
        raise Refused("rollcall.supplement_open", "这名学生已有一件更正等待分管校长审核，请待其审核后再提。", BASIS)
    reading = _reading(found, correction)
    now = line_now(line)
    if now is not None and _same(reading, now.now):
        raise Refused("rollcall.nothing_changes", "更正后的情况与现在相同，不需要更正。", BASIS)
    why, reason = " ".join(correction.why.split()), " ".join(correction.reason.split())
    if not why or len(why) > LONGEST_NOTE:
        raise Refused("rollcall.why", f"请写明为什么更正、凭什么更正（{LONGEST_NOTE} 字以内）。", BASIS)
    if reading.presence == Presence.EXCUSED and not reason:
        raise Refused("rollcall.reason", "更正为“未到，有事由”的，请写明事由（如病假至哪一天）。", BASIS)
    identity = environment().new_id()
    told = seal_all([(found.student, {"why": why, "reason": reason}, supplement_place(identity))])[0]
    Supplement.objects.create(
        id=identity, roll=found.roll, line=found, school=found.school, student=found.student, told=told,
        proposed_at=environment().now(), proposed_by=actor.person, **asdict(reading),
    )  # fmt: skip
    return identity


@transaction.atomic
def decide_supplement(*, actor: Actor, supplement: UUID, agree: bool, remark: str = "") -> Supplemented | None:
    """The deputy head agrees (an entry without operations, notice to the bureau) or refuses, with a reason.

    Raises ``Refused``: not the deputy head, proposed by the same person, decided already.
    """
    seen = Supplement.objects.filter(pk=supplement).values_list("school", flat=True).first()
    if seen is not None:
        journals.lock([seen])
    found = Supplement.objects.select_related("roll").select_for_update(of=("self",)).filter(pk=supplement).first()
    if found is None:
        raise Refused("rollcall.not_found", "没有找到这件更正，请从报到名单重新打开。", BASIS)
    require_decider(actor, found.school, found.proposed_by)
    if found.state != SupplementState.PROPOSED:
        raise Refused("rollcall.decided", "这件更正已经审核过了，请看审核结果。", BASIS)
    said = " ".join(remark.split())
    if not agree and not said:
        raise Refused("rollcall.remark", "不予更正的，请写明理由，学籍管理员会看到。", BASIS)
    if len(said) > LONGEST_NOTE:
        raise Refused("rollcall.remark", f"理由请写在 {LONGEST_NOTE} 字以内。", BASIS)
    found.state = SupplementState.AGREED if agree else SupplementState.REFUSED
    found.decided_at, found.decided_by = environment().now(), actor.person
    found.remark = seal_all([(found.student, said, supplement_place(found.id))])[0] if said else None
    found.save(update_fields=["state", "decided_at", "decided_by", "remark"])
    return Supplemented(found.id, found.number, _write_down(actor, found)) if agree else None


def _reading(line: RollLine, correction: Correction) -> Reading:
    """The correction checked against the term and the rulebook, with the roll's next number."""
    book = school_rulebook(line.school)
    first, day = term_of(book, line.roll.term).starts_on, correction.came_on
    if correction.presence not in Presence.values:
        raise Refused("rollcall.presence", "请选择更正后的到校情况。", BASIS)
    if correction.presence == Presence.HERE and day is None:
        day = first
    if day is not None and not first <= day <= today():
        raise Refused(
            "rollcall.day", f"到校日期 {day.isoformat()} 应在 {first.isoformat()} 和今天之间，请核对。", BASIS
        )
    number = (Supplement.objects.filter(roll=line.roll).aggregate(last=Max("number"))["last"] or 0) + 1
    if correction.presence == Presence.HERE:
        return Reading(number, correction.presence, day)
    if day is not None:
        return Reading(number, correction.presence, day, CAME, day)
    if not correction.outcome:
        return Reading(number, correction.presence)
    end = book.calendar.terms.end(correction.outcome)
    if end is None or not end.no_show or not end.kinds:
        raise Refused("rollcall.outcome", "请选择这名学生最后的去向；后来到校的请填到校日期。", BASIS)
    require_lodged(end, correction.application)
    return Reading(number, correction.presence, None, correction.outcome, today(), correction.application)


def _same(reading: Reading, now: Any) -> bool:
    return (reading.presence, reading.came_on, reading.outcome, reading.application) == (
        now.presence, now.came_on, now.outcome, now.application,
    )  # fmt: skip


def digest_of_supplement(found: Supplement) -> str:
    """SHA-256 (hex) of what a supplement says, without its sealed words: the same as in the school's journal."""
    said = [
        str(found.id), str(found.roll_id), found.number, str(found.student), found.presence, found.came_on,
        found.outcome, found.outcome_on, found.application,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(said, default=str, ensure_ascii=True).encode()).hexdigest()


def _write_down(actor: Actor, found: Supplement) -> UUID:
    """The entry, its figures with the supplement in, and the notice to the bureau."""
    figures = asdict(counts_of([found.roll_id]).get(found.roll_id, Counts()))
    basis: dict[str, Any] = {
        "rollcall": str(found.roll_id), "term": found.roll.term, "supplement": str(found.id), "number": found.number,
        "counts": figures, "digest": digest_of_supplement(found), "regulation": BASIS,
    }  # fmt: skip
    book = school_rulebook(found.school)
    made = journals.append(
        actor=actor,
        transaction_id=environment().new_id(),
        entries=[NewEntry(found.school, "rollcall_supplemented", today(), (), basis=basis)],
        rulebook_version=book.version,
    )
    bureau = organisations.competent_bureau(found.school, today())
    if bureau is not None:
        params = {
            "school": organisations.by_id(found.school).name, "term": term_of(book, found.roll.term).title,
            "number": found.number,
        }  # fmt: skip
        cases.notify([bureau], "rollcall_supplemented", subject=found.roll_id, params=params)
    return made[0].entry_id
