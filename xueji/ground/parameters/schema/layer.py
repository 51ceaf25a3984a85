"""``rulebook.yaml``: what a layer is."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from .base import Part, Slug, Words


class LayerFile(Part):
    """The head of a layer: its code is the folder's name; ``division`` is its GB/T 2260 code."""

    code: Slug
    layer: Literal["province", "city", "district"]
    name: Words
    division: str = Field(pattern=r"^[0-9]{6}$")
    above: Slug | None = None
    in_force_from: date
    basis: Words
    note: str = ""
