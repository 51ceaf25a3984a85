"""Code tables: codes, names, aliases, editions.

A value may come as a code, a name or an alias (毛难, 汉); what is stored is the
code. Every row says how certain its source is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Code:
    """A row of a code table; ``retired``: accepted in old records, not offered."""

    code: str
    name: str
    aliases: tuple[str, ...] = ()
    standard: str = ""
    certainty: str = ""
    retired: bool = False


def comparable(text: str) -> str:
    """A text as it is compared: full-width forms folded, blanks left out."""
    return "".join(unicodedata.normalize("NFKC", text).split())


@dataclass(frozen=True)
class CodeTable:
    """One code table in one edition."""

    table: str
    title: str
    rows: tuple[Code, ...]
    edition: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    basis: str = ""

    @cached_property
    def by_code(self) -> Mapping[str, Code]:
        """Rows by code."""
        return {row.code: row for row in self.rows}

    @cached_property
    def _found(self) -> Mapping[str, tuple[str, bool]]:
        """Comparable text → (code, whether it is the code or the very name)."""
        found: dict[str, tuple[str, bool]] = {}
        for row in self.rows:
            for alias in row.aliases:
                found.setdefault(comparable(alias), (row.code, False))
        for row in self.rows:
            found[comparable(row.name)] = (row.code, True)
        for row in self.rows:
            found[comparable(row.code)] = (row.code, True)
        return found

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names offered in drop-downs, in the table's order."""
        return tuple(row.name for row in self.rows if not row.retired)

    @cached_property
    def replacements(self) -> Mapping[str, str]:
        """Every accepted writing (code, name, alias) → code, for column expressions."""
        found: dict[str, str] = {}
        for row in self.rows:
            for alias in row.aliases:
                found.setdefault(alias, row.code)
        for row in self.rows:
            found[row.name] = row.code
        for row in self.rows:
            found[row.code] = row.code
        return found

    def name_of(self, code: str) -> str | None:
        """The name of a code, None for one that is not in the table."""
        row = self.by_code.get(code)
        return row.name if row else None

    def code_of(self, text: str) -> str | None:
        """The code for a code, a name or an alias; None where nothing fits."""
        found = self._found.get(comparable(text))
        return found[0] if found else None

    def is_alias(self, text: str) -> bool:
        """Whether a text is understood but is neither the code nor the name (a note is due)."""
        row = self.by_code.get(self.code_of(text) or "")
        return row is not None and text not in (row.code, row.name)

    def __contains__(self, code: object) -> bool:
        return code in self.by_code
