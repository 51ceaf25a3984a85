"""Fold order, and the entries that corrections replace.

Source: design §3: fold order (effective_on, student_seq); a correction takes the
place of what it corrects.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol, TypeVar
from uuid import UUID


class FoldClash(ValueError):
    """Entries that cannot be true together.

    ``code`` names the kind of clash, ``entry`` the entry at which it shows,
    ``detail`` the registration, field or entry concerned (never a sensitive value).
    """

    def __init__(self, code: str, entry: UUID | None, detail: str = "") -> None:
        super().__init__(f"{code} at entry {entry}: {detail}")
        self.code = code
        self.entry = entry
        self.detail = detail


class Ranked(Protocol):
    """An entry with a place in the fold."""

    @property
    def entry_id(self) -> UUID: ...
    @property
    def effective_on(self) -> date: ...
    @property
    def student_seq(self) -> int | None: ...
    @property
    def corrects(self) -> UUID | None: ...


E = TypeVar("E", bound=Ranked)
R = TypeVar("R")


def in_fold_order(entries: Iterable[E]) -> list[E]:
    """Entries of one student in fold order, corrected ones left out.

    Raises :class:`FoldClash`: ``corrected_twice`` (correct the correction
    instead), ``correction_without_target``, ``correction_in_a_circle``,
    ``sequence_missing`` or ``sequence_twice``.
    """
    listed = list(entries)
    if len(listed) == 1 and listed[0].corrects is None:
        return listed
    ranks: dict[UUID, int] = {}
    seen: set[int] = set()
    replaced: dict[UUID, UUID] = {}  # correction → what it corrects
    corrected: set[UUID] = set()
    for entry in listed:
        sequence = entry.student_seq
        if sequence is None:
            raise FoldClash("sequence_missing", entry.entry_id)
        if sequence in seen:
            raise FoldClash("sequence_twice", entry.entry_id, str(sequence))
        seen.add(sequence)
        ranks[entry.entry_id] = sequence
        target = entry.corrects
        if target is not None:
            if target in corrected:
                raise FoldClash("corrected_twice", entry.entry_id, str(target))
            corrected.add(target)
            replaced[entry.entry_id] = target
    if replaced:
        ranks = inherit_ranks(ranks, replaced)
        listed = [entry for entry in listed if entry.entry_id not in corrected]
    listed.sort(key=lambda entry: (entry.effective_on, ranks[entry.entry_id]))
    return listed


def inherit_ranks(ranks: dict[UUID, R], replaced: dict[UUID, UUID]) -> dict[UUID, R]:
    """Give each correction the rank of the entry that was corrected first in its chain."""
    inherited = dict(ranks)
    for correction in replaced:
        root, steps = correction, 0
        while root in replaced:
            root, steps = replaced[root], steps + 1
            if steps > len(replaced):
                raise FoldClash("correction_in_a_circle", correction)
        if root not in ranks:
            raise FoldClash("correction_without_target", correction, str(root))
        inherited[correction] = ranks[root]
    return inherited
