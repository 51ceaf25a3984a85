"""Invented portraits: patterns, nobody's face; the same seed gives the same picture."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Sequence
from uuid import UUID

from PIL import Image, ImageDraw

from tests.small_city import PRIMARY, SmallCity
from xueji.ground.accounts.context import acting
from xueji.registry.photos import services


def portrait(seed: int, width: int = 358, height: int = 441, kind: str = "JPEG") -> bytes:
    """A picture of a pattern."""
    draw = random.Random(seed)
    picture = Image.new("RGB", (width, height), (draw.randrange(120, 255), draw.randrange(120, 255), 240))
    canvas = ImageDraw.Draw(picture)
    for _ in range(14):
        left, top = draw.randrange(width), draw.randrange(height)
        right, bottom = left + draw.randrange(20, width // 2), top + draw.randrange(20, height // 2)
        canvas.ellipse((left, top, right, bottom), fill=tuple(draw.randrange(256) for _ in range(3)))
    buffer = io.BytesIO()
    picture.save(buffer, kind, **({"quality": 88} if kind == "JPEG" else {}))
    return buffer.getvalue()


def archive(files: Sequence[tuple[str, bytes]]) -> bytes:
    """A ZIP of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files:
            packed.writestr(name, content)
    return buffer.getvalue()


def give_photo(city: SmallCity, student: UUID, seed: int, school: str = PRIMARY) -> None:
    """A photo of a pupil, taken by the registrar."""
    from xueji.registry.photos import selectors

    with acting(city.registrar(school)) as actor:
        made = services.upload(
            actor=actor, school=actor.organisation, files=[("照片.jpg", portrait(seed))], student=student
        )
        services.take_one(actor=actor, item=selectors.items(made)[0].id)
