"""Reads of the room ``snapshots``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

import polars as pl

from xueji.ground.accounts.context import counting
from xueji.pure.kernel.types import Refused
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import AsOf
from xueji.registry.snapshots import files
from xueji.registry.snapshots.models import Cut, Snapshot
from xueji.registry.snapshots.state import State, own_schools, state_at

__all__ = ["State", "as_of", "cut_of", "rows_of", "state_at"]


def cut_of(digest: str) -> dict[UUID, int]:
    """The cut stored under a digest, or under its beginning (8 characters at least).

    Raises ``Refused`` ``snapshots.no_cut`` for none, ``snapshots.which_cut`` for several.
    """
    found = list(Cut.objects.filter(digest__startswith=digest.strip().lower())[:2]) if len(digest.strip()) >= 8 else []
    if not found:
        raise Refused("snapshots.no_cut", "没有找到这个截点。请核对：截点是查询结果中“cut”的值，至少输入前 8 位。")
    if len(found) > 1:
        raise Refused("snapshots.which_cut", "以这几位开头的截点不止一个，请多输入几位。")
    return {UUID(organisation): int(sequence) for organisation, sequence in found[0].heads.items()}


def as_of(on: date, cut: Mapping[UUID, int] | None = None, school: UUID | None = None) -> AsOf:
    """Pupils registered and attending on a day within the actor's jurisdiction, as known at a cut (None: now).

    Raises ``Refused`` before the base date and for a school of others.
    """
    schools = own_schools(None if school is None else [school])
    with counting():
        return register.as_of(on, cut, schools=schools)


def rows_of(snapshot: UUID) -> pl.DataFrame:
    """The rows of a snapshot's files, checked against its digest. Raises ``Refused``."""
    row = Snapshot.objects.get(pk=snapshot)
    return files.read(row.folder)[0]
