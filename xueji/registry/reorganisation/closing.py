"""What ends with an organisation that closes, as the rooms above know it: requests for papers, batches under way.

A room above says at start-up what it does (``add``); nothing is imported upward.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from uuid import UUID

from xueji.registry.reorganisation.plans import CLOSING_DISTRICTS, CLOSURE, MERGER, ActPlan


@dataclass(frozen=True, slots=True)
class Room:
    """How many matters of organisations are under way in a room, and their end: both in the caller's transaction."""

    count: Callable[[Collection[UUID]], int]
    end: Callable[[Collection[UUID]], object]


_rooms: dict[str, Room] = {}


def add(name: str, room: Room) -> None:
    """A room above joins; added again by the same name it takes the place of the earlier one."""
    _rooms[name] = room


def closed_by(kind: str, plan: ActPlan) -> tuple[UUID, ...]:
    """The organisations that an act closes."""
    return plan.sources if kind in (MERGER, CLOSURE, *CLOSING_DISTRICTS) else ()


def counts(kind: str, plan: ActPlan) -> dict[str, int]:
    """What will end with the act, as a figure of its preview; no figure where nothing does."""
    closes = closed_by(kind, plan)
    papers = sum(one.count(closes) for one in _rooms.values()) if closes else 0
    return {"papers": papers} if papers else {}


def end(kind: str, plan: ActPlan) -> None:
    """End it: the organisations are closed in the caller's transaction already."""
    closes = closed_by(kind, plan)
    for one in _rooms.values() if closes else ():
        one.end(closes)
