"""``codes.yaml`` and ``codes/*.csv``: code tables with their editions.

``codes.yaml`` names each table (one CSV file of the same name). A lower layer's
table of the same name adds rows, it never changes one.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from .base import ADD_ONLY, FIXED, Dated, Identifier, Part, Words


class CodeRowPart(Part):
    """A row of a table, as read from the CSV file."""

    identity: ClassVar[tuple[str, ...]] = ("code",)
    code: Words
    name: Words
    aliases: Annotated[tuple[str, ...], ADD_ONLY] = ()
    standard: str = ""
    certainty: Words
    retired: bool = False


class CodeTablePart(Dated):
    """A table; ``edition`` names the standard's year where several are kept."""

    identity: ClassVar[tuple[str, ...]] = ("table",)
    table: Identifier
    title: Words
    edition: Annotated[str, FIXED] = ""
    rows: Annotated[tuple[CodeRowPart, ...], ADD_ONLY] = ()


class CodesFile(Part):
    """The whole file."""

    tables: Annotated[tuple[CodeTablePart, ...], ADD_ONLY] = ()
