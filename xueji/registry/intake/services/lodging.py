"""From a clean roster to an application (docs/architecture.md "Applications and cases")."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db import transaction

from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.applications import services as applications
from xueji.registry.applications.models import Application, ApplicationState
from xueji.registry.applications.types import LodgeResult
from xueji.registry.intake.checking import CheckResult
from xueji.registry.intake.facts import context_for, superseded
from xueji.registry.intake.limits import APPLICATION_KINDS
from xueji.registry.intake.models import Upload, UploadState
from xueji.registry.intake.selectors import check_of, corrections_of
from xueji.registry.intake.services.checking import check, confirm
from xueji.registry.intake.services.uploading import may_fill, upload
from xueji.registry.intake.types import LodgeOutcome

REFUSED = "refused"
SUPERSEDED = "退回后改正，另交名册"


@transaction.atomic
def lodge(
    *,
    actor: Actor,
    upload: UUID,
    evidence: Sequence[tuple[str, UUID]] = (),
    paper_date: date | None = None,
    paper_reason: str = "",
) -> LodgeOutcome:
    """Lodge a checked roster. Any error refuses the whole; lodged already, the same application comes back.

    The rows are checked again under the rulebook and the register of this moment. ``paper_date``, ``paper_reason``: the
    roster was accepted on paper while the system was down. Raises Refused for a
    roster that was not checked, or that the applications refuse.
    """
    found = Upload.objects.select_for_update().defer("raw").get(pk=upload)
    may_fill(actor, found.school)
    if found.state == UploadState.LODGED and found.application is not None:
        before = Application.objects.get(pk=found.application)
        if before.state not in (ApplicationState.REFUSED, ApplicationState.RETRACTED):
            words = tuple(check_of(found, context_for(found.school, found.kind)).found())
            return LodgeOutcome(before.id, before.state, found.rows, words, already_lodged=True)
    elif found.state != UploadState.CHECKED:
        raise Refused("intake.not_checked", "这份名册还没有检查完，或无法读取，不能申报。")
    result = confirm(found)
    words = tuple(result.found())
    if result.has_errors:
        return LodgeOutcome(None, REFUSED, result.rows, words)
    made = _hand_over(actor, found.school, found.kind, result, lodged_digest(found), evidence, paper_date, paper_reason)
    found.application, found.state = made.application, UploadState.LODGED
    found.save(update_fields=["application", "state"])
    return LodgeOutcome(made.application, made.state, made.rows, words, made.parked, made.already_lodged)


def lodge_workbook(
    *,
    actor: Actor,
    school: UUID,
    kind: str,
    data: bytes,
    file_name: str = "",
    evidence: Sequence[tuple[str, UUID]] = (),
) -> LodgeOutcome:
    """Upload, check and lodge in one go (command line, API). Raises Refused for an unreadable file (``workbook.*``)."""
    view = upload(actor=actor, school=school, kind=kind, data=data, file_name=file_name)
    if view.application is None:
        view = check(actor=actor, upload=view.id)
    if view.answer:
        raise Refused(view.answer_code, view.answer)
    return lodge(actor=actor, upload=view.id, evidence=evidence)


def lodged_digest(found: Upload) -> str:
    """The digest by which an application knows its roster: the file's, with the corrections made in the page."""
    cells = corrections_of(found.id)
    if not cells:
        return found.file_digest
    made = hashlib.sha256(found.file_digest.encode())
    for cell in sorted(cells, key=lambda one: (one.row, one.field)):
        made.update(f"\x00{cell.row}\x00{cell.field}\x00{cell.value}".encode())
    return made.hexdigest()


def _hand_over(
    actor: Actor,
    school: UUID,
    kind: str,
    result: CheckResult,
    digest: str,
    evidence: Sequence[tuple[str, UUID]],
    paper_date: date | None,
    paper_reason: str,
) -> LodgeResult:
    rows = result.values()
    given = [values["registration_number"] for _, values in rows if values.get("registration_number")]
    for earlier in superseded(given, school):
        applications.retract(actor=actor, application=earlier, reason=SUPERSEDED)
    return applications.lodge_roster(
        actor=actor,
        school=school,
        kind=APPLICATION_KINDS[kind],
        rows=[values for _, values in rows],
        row_numbers=[row for row, _ in rows],
        file_digest=digest,
        evidence=evidence,
        paper_date=paper_date,
        paper_reason=paper_reason,
    )
