"""The sign-off: every finding closed, by somebody who found none; an entry of the journal, kept for ever."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from uuid import UUID

from django.db import connection, transaction

from xueji.duties.inspections.authority import BASIS, SIGNERS, finders, held, refuse_all, require
from xueji.duties.inspections.models import FindingState, Inspection, InspectionFinding, InspectionKind, InspectionState
from xueji.duties.inspections.selectors.lists import counts_of
from xueji.duties.inspections.selectors.retention import retention_of
from xueji.ground.journals import services as journals
from xueji.ground.journals.types import NewEntry
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.cases.services.notices import notify
from xueji.registry.rollcall.authority import school_rulebook

# A line each in a fixed order. Of what is sealed only that it is there: a cipher text is another one each time.
_DIGEST = """
SELECT encode(sha256(coalesce(string_agg(h, ''::bytea ORDER BY t, a, b), ''::bytea)), 'hex') FROM (
  SELECT 1 AS t, lpad(l.place::text, 8, '0') AS a, l.what AS b, sha256(convert_to(concat_ws('|', l.what, l.place,
    l.subject, l.why, l.score), 'UTF8')) AS h
  FROM inspections_sampleline l WHERE l.inspection_id = %(id)s
  UNION ALL
  SELECT 2, a.checklist || a.item, a.subject::text, sha256(convert_to(concat_ws('|', a.checklist, a.item, a.subject,
    a.verdict, a.answered_by), 'UTF8'))
  FROM inspections_checklistanswer a WHERE a.inspection_id = %(id)s
  UNION ALL
  SELECT 3, lpad(f.number::text, 8, '0'), f.id::text, sha256(convert_to(concat_ws('|', f.id, f.number, f.checklist,
    f.item, f.subject, f.severity, f.responsible, f.due_on, f.found_by, f.corrected_by,
    coalesce(f.application::text, ''), f.rechecked_by, f.sent_back), 'UTF8'))
  FROM inspections_inspectionfinding f WHERE f.inspection_id = %(id)s
) AS lines
"""


@dataclass(frozen=True, slots=True)
class SignedOff:
    """What was signed: counts, digest, and the journal's entry."""

    inspection: UUID
    counts: dict[str, int]
    digest: str
    entry: UUID


@transaction.atomic
def sign_off(*, actor: Actor, inspection: UUID) -> SignedOff:
    """Sign an inspection off. Raises ``Refused``: open findings, the finder or who handed over, not that post."""
    seen = Inspection.objects.filter(pk=inspection).values_list("inspector", flat=True).first()
    if seen is not None and seen == actor.organisation:
        journals.lock([seen])
    found = held(inspection)
    require(actor, found, SIGNERS, "办结")
    _require_done(actor, found)
    found.counts = asdict(counts_of([found.id])[found.id])
    found.digest = digest_of(found.id)
    if found.joint:
        found.retention = asdict(retention_of([found.school], found.school_year)[0])
        found.retention["school"] = str(found.school)
    basis = {
        "inspection": str(found.id), "school": str(found.school), "kind": found.kind, "term": found.term,
        "seed": found.seed, "sample": found.sample_digest, "counts": found.counts, "digest": found.digest,
        "regulation": BASIS,
    }  # fmt: skip
    (entry,) = journals.append(
        actor=actor,
        transaction_id=environment().new_id(),
        entries=[NewEntry(found.inspector, "inspection_signed_off", today(), (), basis=basis)],
        rulebook_version=school_rulebook(found.school).version,
    )
    found.state, found.entry = InspectionState.SIGNED_OFF, entry.entry_id
    found.signed_at, found.signed_by = environment().now(), actor.person
    found.save(update_fields=["state", "counts", "digest", "retention", "entry", "signed_at", "signed_by"])
    if found.kind == InspectionKind.BUREAU:
        notify([found.school], "inspection_signed_off", params={"title": found.title})
    return SignedOff(found.id, found.counts, found.digest, entry.entry_id)


def _require_done(actor: Actor, found: Inspection) -> None:
    if found.state != InspectionState.HANDED_OVER:
        raise Refused("inspections.not_handed_over", "检查结果还没有发出，不能办结。", BASIS)
    if actor.person == found.handed_by or actor.person in finders(found.id):
        raise Refused(
            "inspections.same_person", "问题是您查出的，或结果是您发出的，须由另一个人办结（检查和办结不能是同一人）。",
            "通知一.3",
        )  # fmt: skip
    left = dict.fromkeys((FindingState.OPEN, FindingState.CORRECTED), 0)
    for state in InspectionFinding.objects.filter(inspection=found).values_list("state", flat=True):
        if state != FindingState.CLOSED:
            left[FindingState(state)] += 1
    faults = [f"还有 {left[FindingState.OPEN]} 处问题没有更正。"] if left[FindingState.OPEN] else []
    faults += [f"还有 {left[FindingState.CORRECTED]} 处更正没有复查。"] if left[FindingState.CORRECTED] else []
    refuse_all("inspections.open_findings", [*faults, "全部更正并复查以后才能办结。"] if faults else [])


def digest_of(inspection: UUID) -> str:
    """SHA-256 (hex) over sample, answers and findings; of a signed-off one the same as in the journal, for ever."""
    with connection.cursor() as cursor:
        cursor.execute(_DIGEST, {"id": inspection})
        row = cursor.fetchone()
    return str(row[0]) if row else ""
