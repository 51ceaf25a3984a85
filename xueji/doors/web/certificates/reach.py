"""Whose papers a post sees: its own schools', and those of closed schools whose records its organisation keeps."""

from __future__ import annotations

from uuid import UUID

from xueji.doors.web.names import in_reach
from xueji.duties.certificates.custody import places_of
from xueji.pure.kernel.types import Actor


def papers_reach(actor: Actor) -> frozenset[UUID] | None:
    """The organisations whose papers, requests and blanks are listed; None: all in reach (the whole city)."""
    ids = in_reach(actor).ids
    return None if ids is None else frozenset(ids) | places_of(actor.organisation)
