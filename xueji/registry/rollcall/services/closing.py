"""Closing a term's roll-call: four eyes, everyone called, every no-show accounted for, and the journal's entry."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from xueji.ground.journals import services as journals
from xueji.ground.journals.types import NewEntry
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.rollcall.authority import BASIS, held, require_closer, school_rulebook
from xueji.registry.rollcall.models import RollState, TermRegistration
from xueji.registry.rollcall.selectors import counts_of
from xueji.registry.rollcall.services.opening import bring_up_to_date
from xueji.registry.rollcall.types import ClosedRoll, Counts

# A line a pupil, in the bytes order of the students' UUIDs. Of what is sealed only that it is there: a cipher text is
# another one each time.
_DIGEST = """
SELECT encode(sha256(coalesce(string_agg(h, ''::bytea ORDER BY t, a), ''::bytea)), 'hex') FROM (
  SELECT 1 AS t, l.student AS a, sha256(convert_to(concat_ws('|', l.student, l.registration,
    coalesce(l.class_group::text, ''), l.standing, l.presence, coalesce(l.came_on::text, ''),
    l.reason IS NOT NULL, l.outcome, coalesce(l.outcome_on::text, ''),
    coalesce(l.application::text, '')), 'UTF8')) AS h
  FROM rollcall_rollline l WHERE l.roll_id = %(roll)s
  UNION ALL
  SELECT 2, s.id, sha256(convert_to(concat_ws('|', s.id, coalesce(s.student::text, ''),
    coalesce(s.found_school::text, ''), s.outcome,
    coalesce(s.outcome_on::text, ''), coalesce(s.application::text, '')), 'UTF8'))
  FROM rollcall_separatedattendance s WHERE s.roll_id = %(roll)s
) AS lines
"""


@transaction.atomic
def close(*, actor: Actor, roll: UUID) -> ClosedRoll:
    """Close a roll; the list follows the register once more before. Raises ``Refused`` with what is still open."""
    seen = TermRegistration.objects.filter(pk=roll).values_list("school", flat=True).first()
    if seen is not None:
        journals.lock([seen])
    found = held(roll)
    require_closer(actor, found)
    bring_up_to_date(found)
    figures = counts_of([roll]).get(roll, Counts())
    _require_done(figures)
    digest = digest_of(roll)
    counts: dict[str, int] = asdict(figures)
    found.closed_at, found.closed_by = environment().now(), actor.person
    entry = _write_down(actor, found, counts, digest)
    found.state, found.counts, found.digest, found.entry = RollState.CLOSED, counts, digest, entry
    found.save(update_fields=["state", "closed_at", "closed_by", "counts", "digest", "entry"])
    return ClosedRoll(roll, counts, digest, entry)


def digest_of(roll: UUID) -> str:
    """SHA-256 (hex) over all lines of a roll: of a closed one the same as in the school's journal, for ever."""
    with connection.cursor() as cursor:
        cursor.execute(_DIGEST, {"roll": roll})
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def _require_done(counts: Counts) -> None:
    if not counts.expected and not counts.gone and not counts.not_expected:
        raise Refused("rollcall.empty", "名单里没有学生，不能办结。请先按学籍更新名单。", BASIS)
    if counts.uncalled:
        raise Refused("rollcall.uncalled", f"还有 {counts.uncalled} 名学生没有登记到校情况，不能办结。", BASIS)
    if counts.absent:
        raise Refused(
            "rollcall.no_shows",
            f"还有 {counts.absent} 名学生未到且没有事由，须逐一查明去向（已到校、转学、休学、辍学等）后才能办结。",
            BASIS,
        )
    if counts.separated_open:
        raise Refused(
            "rollcall.separated_open",
            f"还有 {counts.separated_open} 名学生人在本校、学籍不在本校，须逐一处理后才能办结。",
            BASIS,
        )


def _write_down(actor: Actor, roll: TermRegistration, counts: dict[str, int], digest: str) -> UUID:
    """The closing as an entry of the school's journal: provable, and no change of anybody's status."""
    basis: dict[str, Any] = {
        "rollcall": str(roll.id), "term": roll.term, "counts": counts, "digest": digest, "regulation": BASIS,
    }  # fmt: skip
    entries = journals.append(
        actor=actor,
        transaction_id=environment().new_id(),
        entries=[NewEntry(roll.school, "rollcall_closed", today(), (), basis=basis)],
        rulebook_version=school_rulebook(roll.school).version,
    )
    return entries[0].entry_id
