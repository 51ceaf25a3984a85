"""What the roll-call knows already is not asked again: the form of a change comes with it."""

from __future__ import annotations

from uuid import UUID

from xueji.pure.kernel.rulebook import ChangeKind
from xueji.registry.rollcall import selectors

#: Longest text of a long answer of a form.
_LONGEST = 500


def known_of_rollcall(change: ChangeKind, student: UUID) -> dict[str, str]:
    """First answers by key, for a kind that asks for ``absent_since``, ``contact_attempts`` or ``contact_record``."""
    wanted = {"absent_since", "contact_attempts", "contact_record"} & {ask.key for ask in change.asks}
    if not wanted:
        return {}
    record = selectors.contact_attempts(student)
    text = record.as_text()
    known = {
        "absent_since": record.absent_since.isoformat() if record.absent_since else "",
        "contact_attempts": str(len(record.attempts)) if record.attempts else "",
        "contact_record": text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…",
    }
    return {key: value for key, value in known.items() if key in wanted and value}
