"""Ledgers and reminders: from the schema's values to the frozen values of the pure floor."""

from __future__ import annotations

from xueji.pure.kernel.ledgers import LedgerColumn, LedgerKind, Reminder

from .schema.ledgers import LedgerPart, ReminderPart


def ledger_view(part: LedgerPart) -> LedgerKind:
    """A ledger with its columns."""
    columns = tuple(LedgerColumn(one.key, one.title, one.source, one.width, tuple(one.keys)) for one in part.columns)
    return LedgerKind(
        part.ledger,
        part.title,
        part.short,
        tuple(part.kinds),
        columns,
        tuple(part.signatures),
        tuple(part.bureau_signatures),
        part.basis,
    )


def reminder_view(part: ReminderPart) -> Reminder:
    """A reminder; the days with the nearest last."""
    return Reminder(
        part.reminder,
        part.title,
        part.source,
        tuple(role.value for role in part.roles),
        tuple(sorted(part.days, reverse=True)),
        part.every,
        tuple(part.kinds),
        part.status,
        part.within,
        part.basis,
    )
