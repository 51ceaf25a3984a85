"""``rulebook.yaml``: what a layer is."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from .base import Part, Slug, Words


class LayerFile(Part):
    """The head of a layer: its code is the folder's name; ``division`` is its GB/T 2260 code.

    ``based_on``: another layer of the same level, of whose files this one says only what differs; whatever it does not
    say is taken from there. ``default``: the city's layer that is taken where several
    stand in the folder and none is named.
    """

    code: Slug
    layer: Literal["province", "city", "district"]
    name: Words
    division: str = Field(pattern=r"^[0-9]{6}$")
    above: Slug | None = None
    based_on: Slug | None = None
    default: bool = False
    in_force_from: date
    basis: Words
    note: str = ""
