"""What a return still lacks, as it is stored: the rules are ``pure.rules.rounds`` (clause C5).

A stored finding has ``code, severity, message, row`` (a registration number, an organisation's code or None) and, where
it is about a pupil, ``student``: a page opens the pupil by it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from xueji.ground.keys.services import canonical_json
from xueji.pure.kernel.types import Severity

Line = Mapping[str, Any]


def blocks(findings: Iterable[Line]) -> bool:
    """Whether any finding is an error: it stands in the way of certifying."""
    return any(item["severity"] == Severity.ERROR.value for item in findings)


def key_of(item: Line) -> str:
    """By what a finding is known in every version of a round: what it says, of whom; an explanation hangs on it."""
    said = [item["code"], item["row"], item.get("student"), item["message"]]
    return hashlib.sha256(canonical_json(said)).hexdigest()[:32]


def to_explain(findings: Iterable[Line], explained: Iterable[str]) -> Sequence[Line]:
    """The queries that the school has not explained yet, by the keys of those that it has."""
    done = set(explained)
    return [item for item in findings if item["severity"] == Severity.QUERY.value and key_of(item) not in done]
