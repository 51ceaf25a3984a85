"""Drawing a sample that anybody can draw again: the same seed over the same population gives the same sample.

The order of a draw is that of SHA-256(seed ‖ id): independent of the order in which the population was read, of the
program's version and of the machine (clause A4; the seed is stored with the sample).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from uuid import UUID


def drawn(seed: str, population: Collection[UUID], size: int) -> list[UUID]:
    """``size`` ids of the population by lot, in the order drawn; all of them where there are fewer."""
    return sorted(set(population), key=lambda one: (_lot(seed, one), one))[: max(size, 0)]


def drawn_by_risk(seed: str, scores: Mapping[UUID, int], size: int) -> list[UUID]:
    """The ``size`` ids with the highest scores; equal scores by lot. Nobody with a score of nought."""
    risky = [one for one, score in scores.items() if score > 0]
    return sorted(risky, key=lambda one: (-scores[one], _lot(seed, one), one))[: max(size, 0)]


def score(facts: Mapping[str, int], weights: Mapping[str, int]) -> int:
    """The weighted sum of facts; a fact without a weight counts nothing."""
    return sum(count * weights.get(fact, 0) for fact, count in facts.items())


def sample_digest(seed: str, method: str, subjects: Collection[str]) -> str:
    """SHA-256 (hex) of how a sample was drawn and of all that was drawn, in its order."""
    return hashlib.sha256("\n".join((method, seed, *subjects)).encode()).hexdigest()


def _lot(seed: str, one: UUID) -> bytes:
    return hashlib.sha256(seed.encode() + b"\0" + one.bytes).digest()
