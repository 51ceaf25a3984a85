"""A workbook comes in."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.db import transaction

from xueji.ground.accounts import services as accounts
from xueji.ground.workbooks.reader import check_size
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.pure.rules import KINDS
from xueji.registry.intake.facts import context_for
from xueji.registry.intake.models import Upload, UploadState
from xueji.registry.intake.sealed import seal_bytes
from xueji.registry.intake.selectors import upload_view
from xueji.registry.intake.sources import limits_of
from xueji.registry.intake.types import UploadView


def may_fill(actor: Actor, school: UUID) -> None:
    """Only the school's registrar (or the one who acts for it) fills rosters. Raises Refused."""
    if actor.organisation != school or actor.role is not Role.REGISTRAR:
        raise Refused(
            "intake.not_your_school", "名册由本校（或中心校）的学籍管理员填报，您现在的岗位不能办理。", "通知一.3"
        )
    accounts.can_act(actor)


@transaction.atomic
def upload(*, actor: Actor, school: UUID, kind: str, data: bytes, file_name: str = "") -> UploadView:
    """Keep a workbook, sealed. The same file of the same school and kind again gives the same upload.

    Nothing is read from it here; a file that is empty or too large is refused (``workbook.*``).
    """
    may_fill(actor, school)
    if kind not in KINDS:
        raise Refused("intake.kind", "请选择办理事项：建档或新生入学。")
    check_size(data, limits_of(context_for(school, kind)))
    digest = hashlib.sha256(data).hexdigest()
    before = (
        Upload.objects.filter(school=school, kind=kind, file_digest=digest)
        .exclude(state=UploadState.DISCARDED)
        .defer("raw", "source", "result")
        .first()
    )
    if before is not None:
        return upload_view(before, already_uploaded=True)
    identifier = environment().new_id()
    made = Upload(
        id=identifier,
        school=school,
        kind=kind,
        file_digest=digest,
        file_name=seal_bytes(identifier, "name", file_name[-200:].encode()),
        raw=seal_bytes(identifier, "raw", data),
        uploaded_by=actor.person,
        uploaded_post=actor.post,
        uploaded_at=environment().now(),
    )
    made.save(force_insert=True)
    return upload_view(made)


@transaction.atomic
def discard(*, actor: Actor, upload: UUID) -> None:
    """Give up a roster that was not lodged: its rows are erased, the row of the upload stays."""
    found = Upload.objects.select_for_update().get(pk=upload)
    may_fill(actor, found.school)
    if found.state == UploadState.LODGED:
        raise Refused("intake.lodged", "这份名册已经申报，不能作废。如需撤回，请在申请中办理。")
    found.state, found.source, found.result, found.raw = UploadState.DISCARDED, None, None, b""
    found.save(update_fields=["state", "source", "result", "raw"])
    found.edits.all().delete()
