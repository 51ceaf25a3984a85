"""What each entry of a pupil changed in the fields of the record: the value before and the value after. Pure.

Follows the fold (``fold.py``): entries in its order, a correction in the place of what it corrects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from .operations import Operation, SetFields
from .ordering import Ranked, in_fold_order


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field's value before an entry and after it; None where the field was or became empty."""

    code: str
    before: Any
    after: Any


class FieldEntry(Ranked, Protocol):
    """What is needed of an entry; ``sensitive`` is its decrypted part, None where the keys are not at hand."""

    @property
    def operations(self) -> tuple[Operation, ...]: ...
    @property
    def sensitive(self) -> Mapping[str, Any] | None: ...


def field_changes(entries: Iterable[FieldEntry]) -> dict[UUID, tuple[FieldChange, ...]]:
    """By entry what it changed, in the order in which it names the fields; entries that changed nothing are missing.

    The first entry of a record begins it and changes nothing. A correction is held against what it corrects, and
    that against the state before both. Sensitive values that were not decrypted are passed over.
    Raises ``FoldClash`` as the fold does.
    """
    listed = list(entries)
    by_id = {entry.entry_id: entry for entry in listed}
    before: dict[str, Any] = {}
    begun = False
    found: dict[UUID, tuple[FieldChange, ...]] = {}
    for entry in in_fold_order(listed):
        chain = [entry]
        while chain[-1].corrects is not None:
            chain.append(by_id[chain[-1].corrects])
        stood = before
        for one in reversed(chain):
            after = {**stood, **_said(one)}
            if begun:
                changed = tuple(_differing(before, after))
                if changed:
                    found[one.entry_id] = changed
            before, begun = after, True
    return found


def _said(entry: FieldEntry) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for operation in entry.operations:
        if isinstance(operation, SetFields):
            values.update(operation.fields)
            if entry.sensitive is not None:
                values.update({code: entry.sensitive.get(code) for code in operation.sensitive})
    return {code: None if value == "" else value for code, value in values.items()}


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[FieldChange]:
    return (
        FieldChange(code, before.get(code), after.get(code))
        for code in {**before, **after}
        if before.get(code) != after.get(code)
    )
