"""``templates``: what a bureau changed of a certificate's words and sheet. No file: decided on a page, dated.

The city's bureau gives other words; a district adds a note and moves what stands on the sheet. Conditions, numbers,
terms and steps are the rulebook's and stay.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from .base import ADD_ONLY, OWN, Dated, Identifier, Part
from .certificates import SheetPart


class TemplatePart(Dated):
    """Of one kind from a day on; what is None is as the layer above says."""

    identity: ClassVar[tuple[str, ...]] = ("kind",)
    kind: Identifier
    body: str | None = None
    footer: str | None = None
    seal: str | None = None
    receipt: str | None = None
    note: Annotated[str | None, OWN] = None
    sheet: Annotated[SheetPart | None, OWN] = None


class TemplatesFile(Part):
    """The whole part."""

    templates: Annotated[tuple[TemplatePart, ...], ADD_ONLY] = ()
