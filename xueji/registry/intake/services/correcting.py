"""Cells corrected in the page."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from xueji.ground.accounts.selectors import names_of
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.intake.facts import context_for
from xueji.registry.intake.headers import columns_of
from xueji.registry.intake.models import CellEdit, Upload, UploadState
from xueji.registry.intake.sealed import open_bytes, open_source, seal_bytes
from xueji.registry.intake.services.checking import recheck
from xueji.registry.intake.services.uploading import may_fill
from xueji.registry.intake.types import Cell, CellChanged, UploadView


@transaction.atomic
def correct_cell(*, actor: Actor, upload: UUID, row: int, field: str, value: str, seen_version: int = 0) -> UploadView:
    """Correct one cell (Excel row, field code) and check the whole roster again.

    ``seen_version``: the cell's version that the editor saw (0: as uploaded). Raises :class:`CellChanged` when someone
    else changed it since, Refused for a cell that is not there.
    """
    found = Upload.objects.select_for_update().defer("raw").get(pk=upload)
    may_fill(actor, found.school)
    if found.state != UploadState.CHECKED or found.source is None:
        raise Refused("intake.not_checked", "这份名册现在不能修改：还没有检查完，或已经申报。")
    _exists(found, row, field)
    now = CellEdit.objects.filter(upload=found, row=row, field=field).first()
    if (now.version if now else 0) != seen_version:
        if now is None:
            raise Refused("intake.cell_version", "这一格没有修改过，请刷新页面后再改。")
        raise CellChanged(cell_of(now), names_of([now.editor]).get(now.editor, ""))
    blob = seal_bytes(found.id, f"cell{row}{field}", value.encode())
    if now is None:
        now = CellEdit(id=environment().new_id(), upload=found, school=found.school, row=row, field=field, version=0)
    now.value, now.version, now.editor, now.edited_at = blob, now.version + 1, actor.person, environment().now()
    now.save()
    found.revision += 1
    view, _ = recheck(found)
    return view


def cell_of(correction: CellEdit) -> Cell:
    """A correction in clear."""
    place = f"cell{correction.row}{correction.field}"
    value = open_bytes(correction.upload_id, place, correction.value).decode()
    return Cell(correction.row, correction.field, value, correction.version, correction.editor, correction.edited_at)


def _exists(found: Upload, row: int, field: str) -> None:
    context = context_for(found.school, found.kind)
    assert found.source is not None
    known = any(column.code == field for column in columns_of(context.catalogue, found.kind))
    rows = open_source(found.id, found.source).raw.get_column("row")
    if not known or row not in rows:
        raise Refused("intake.no_cell", "名册里没有这一格，请刷新页面后再改。")
