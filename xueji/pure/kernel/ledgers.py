"""What a ledger (台账) is, and by when whom to remind: values of the rulebook (``ledgers.yaml``, ``reminders.yaml``).

A ledger lists the entries of some kinds of a school year. Which kinds, under which title, with which columns is
data, so that a new kind of change needs no code here.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Where a column takes its value from. ``claim`` names keys of the application's claim, the first that is filled.
SOURCES = (
    "serial",  # the line's number within the ledger
    "school",  # whose journal holds the entry
    "file_number",  # 卷号
    "registration_number",
    "student_number",
    "name",
    "gender",
    "class_name",  # of that day
    "effective_on",
    "until",  # last day of a change for a time
    "lodged_on",
    "decided_on",
    "other_school",  # of a transfer or a guest study: the other side
    "kind",  # the title of the change
    "fields",  # the labels of the fields that the entry sets
    "new_number",  # the registration number that the entry opens
    "claim",
    "basis",
    "remark",  # entered later from paper, corrects an earlier entry
)


@dataclass(frozen=True, slots=True)
class LedgerColumn:
    """One column; ``width`` in characters of the workbook.

    ``keys`` of the application's claim: what ``claim`` shows, and ``other_school`` where that side is in no register.
    """

    key: str
    title: str
    source: str
    width: int
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerKind:
    """One ledger: the kinds of entries that it lists, its columns in order, who signs below it at a school and at
    a bureau."""

    ledger: str
    title: str
    short: str
    kinds: tuple[str, ...]
    columns: tuple[LedgerColumn, ...]
    signatures: tuple[str, ...] = ()
    bureau_signatures: tuple[str, ...] = ()
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Reminder:
    """When to remind of one sort of matter, and whom.

    ``source`` names what is looked at (``duties.reminders``); ``days`` how many days before the due day, each once;
    ``every`` after how many days it is said again once the day has passed (None: not again). ``roles`` by the side
    that is told. ``kinds`` of applications, ``status`` the spell that must still hold, ``within`` working days.
    """

    reminder: str
    title: str
    source: str
    roles: tuple[str, ...]
    days: tuple[int, ...] = ()
    every: int | None = None
    kinds: tuple[str, ...] = ()
    status: str = ""
    within: int | None = None
    basis: str = ""
