"""Who keeps photos, and what the verbs of this room say alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from xueji.ground.accounts import services as accounts
from xueji.pure.kernel.types import Actor, Refused, Role

BASIS: Final = "通知二.3"
MAY_KEEP: Final = frozenset({Role.REGISTRAR})


def require_keeper(actor: Actor, school: UUID) -> None:
    """``Refused`` for whoever keeps no photos of this school, and for an untrained hand."""
    if actor.role not in MAY_KEEP or actor.organisation != school:
        raise Refused("photos.post", "照片由本校（或中心校）的学籍管理员采集，您现在的岗位不能办理。", "通知一.3")
    accounts.can_act(actor)


def unknown() -> Refused:
    """Of an upload that is not there, or another school's."""
    return Refused("photos.unknown", "没有这批照片，或已超过保留期限被清除。请重新上传。", BASIS)


def details(name: str, why: str = "", candidates: Sequence[UUID] = ()) -> Mapping[str, object]:
    """What is sealed beside a picture: people write children's names into names of files."""
    return {"name": name[-120:], "why": why, "candidates": [str(one) for one in candidates]}
