"""Photos for one school of the invented city: drawn figures, nobody's face, waiting to be confirmed by its registrar.

They are taken into no record here: the record names the digest of a sealed file (ADR 0019), which is another one in
every home, and the city must be the same in all. The registrar confirms them with one press, then orders the cards.
"""

from __future__ import annotations

import io
import random
import zipfile
from uuid import UUID

from PIL import Image, ImageDraw

from xueji.doors.demo.city import SchoolPlan
from xueji.doors.demo.rosters import Stage
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.types import Role
from xueji.registry.photos import selectors, services

MOST = 300
_SIZE = (358, 441)
_TILES = (9, 8)
_SKIN = ("#f6dcc4", "#efcfae", "#e6c09a", "#f9e4d2")
_HAIR = ("#2b2420", "#3a2d24", "#1f1f24", "#4a3a2c")
_CLOTHES = ("#3b6ea5", "#b5523b", "#4f7f52", "#7a5c9e", "#c08a2d", "#56707c")


def picture(seed: int, size: tuple[int, int] = _SIZE) -> bytes:
    """A figure of circles before a wall of tiles; the same seed gives the same picture (JPEG)."""
    draw = random.Random(seed)  # noqa: S311
    tiles = Image.frombytes("L", _TILES, bytes(draw.randrange(150, 250) for _ in range(_TILES[0] * _TILES[1])))
    wall = tiles.resize(size, Image.Resampling.NEAREST)
    made = Image.merge("RGB", (wall, wall.point(lambda value: min(255, value + 4)), wall.point(lambda value: 255)))
    figure = Image.new("RGBA", size, (0, 0, 0, 0))
    canvas, middle, unit = ImageDraw.Draw(figure), size[0] // 2 + draw.randrange(-6, 7), size[1] / 441
    clothes, hair, skin = draw.choice(_CLOTHES), draw.choice(_HAIR), draw.choice(_SKIN)
    top, broad = int((90 + draw.randrange(20)) * unit), int((82 + draw.randrange(16)) * unit)

    def round_(x: int, y: int, wide: int, high: int, colour: str) -> None:
        canvas.ellipse((x - wide, y, x + wide, y + high), fill=colour)

    round_(middle, top + int(225 * unit), int(150 * unit), int(260 * unit), clothes)
    round_(middle, top - int(12 * unit), broad + int(10 * unit), int(190 * unit), hair)
    round_(middle, top + int(30 * unit), broad, int(190 * unit), skin)
    for side in (-1, 1):
        round_(middle + side * broad // 3, top + int(108 * unit), int(6 * unit), int(12 * unit), "#333333")
    canvas.arc((middle - 22, top + int(140 * unit), middle + 22, top + int(175 * unit)), 20, 160, "#8a4b3c", 4)
    made.paste(figure, (0, 0), figure.getchannel("A").point(lambda value: value * 7 // 10))
    buffer = io.BytesIO()
    made.save(buffer, "JPEG", quality=82)
    return buffer.getvalue()


def collect(stage: Stage, school: SchoolPlan) -> str:
    """Photos of a school's pupils as an archive in the demo's folder, uploaded and read; the first pupil's name.

    The first one was taken too wide and is to be cropped by hand, the last pupil has none yet.
    """
    registrar = stage.founded.actor(school.code, Role.REGISTRAR)
    with acting(registrar):
        pupils = sorted(selectors.pupils(stage.founded.organisations[school.code]), key=lambda one: one.number)
    files = [
        (f"{one.number}.jpg", picture(seed, (600, 441) if seed == 0 else _SIZE))
        for seed, one in enumerate(pupils[:-1][:MOST])
    ]
    content = _packed(files)
    (stage.folder / f"{school.code}-照片.zip").write_bytes(content)
    with acting(registrar):
        made: UUID = services.upload(actor=registrar, school=registrar.organisation, files=[("照片.zip", content)])
    services.read(actor=registrar, upload=made)
    return pupils[0].name


def _packed(files: list[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name, (2008, 10, 27, 9, 0, 0)), content)
    return buffer.getvalue()
