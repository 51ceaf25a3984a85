"""The sheet of a certificate: where each word stands, in millimetres from the upper left corner.

A preprinted blank (空白证书) bears its title, its lines and its frames already: those places are marked
``preprinted`` and come out on a sample alone. What is printed is a list of texts in a fixed order, so that the words of
a paper are known before it is typeset.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """One text. ``x``, ``y``, ``width`` in mm, ``size`` in pt; ``lines`` 1: shrunk until it fits its width, more: a
    paragraph. ``text`` has places in braces (``{name}``)."""

    text: str
    x: float
    y: float
    width: float
    size: float
    align: str = "left"
    bold: bool = False
    lines: int = 1
    preprinted: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """An empty frame for a photo or a real seal, with its words. ``shape``: ``rect`` or ``round``; mm. ``use``: of
    which seal, where an approved electronic one may stand in it."""

    label: str
    x: float
    y: float
    width: float
    height: float
    shape: str = "rect"
    use: str = ""


@dataclass(frozen=True, slots=True)
class PhotoBox:
    """Where the pupil's photo stands; mm. It is shown whole, so the box has the photo's ratio."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Imposition:
    """How many cards stand on an A4 sheet (拼版), ``gap`` mm apart, in the middle of the paper."""

    columns: int
    rows: int
    gap: float = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of ``width`` by ``height`` mm with its places; ``code_x``, ``code_y``, ``code_size``: the QR code.

    ``photo``: where the pupil's photo is printed; ``imposed``: how cards of this size stand on a sheet.
    """

    width: float
    height: float
    places: tuple[Place, ...]
    frames: tuple[Frame, ...] = ()
    code_x: float = 0
    code_y: float = 0
    code_size: float = 34
    photo: PhotoBox | None = None
    imposed: Imposition | None = None


@dataclass(frozen=True, slots=True)
class PlacedText:
    """A place with its words filled in."""

    place: Place
    text: str


def printed_texts(sheet: Sheet, values: Mapping[str, str], *, sample: bool = False) -> tuple[PlacedText, ...]:
    """What is printed on a sheet, in order; on a ``sample`` also what the blank bears already."""
    return tuple(
        PlacedText(place, place.text.format_map(values))
        for place in sheet.places
        if (sample or not place.preprinted) and place.text
    )


def asked_values(sheet: Sheet, names: frozenset[str]) -> frozenset[str]:
    """Which of these values the sheet prints."""
    return frozenset(name for name in names if any("{" + name + "}" in place.text for place in sheet.places))
