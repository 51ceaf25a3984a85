"""Invented seals, proposed and approved, for the tests of electronic seals."""

from __future__ import annotations

import io
import math
from datetime import date
from typing import Any
from uuid import UUID

from PIL import Image, ImageDraw
from pypdf import PdfReader

from tests.small_city import QINHUAI, SmallCity
from xueji.duties.certificates import services
from xueji.duties.certificates.seal_models import Seal
from xueji.ground.accounts.context import acting, acting_system
from xueji.pure.kernel.types import Actor

PROOF = "proof_of_registration"
UNTIL = date(2009, 8, 31)
RED = (200, 30, 30)


def picture(size: int = 480, colour: tuple[int, int, int] = RED, form: str = "PNG") -> bytes:
    """A round seal with a star: a PNG with transparency, or a JPEG on white."""
    drawn = Image.new("RGBA", (size, size), (255, 255, 255, 0) if form == "PNG" else (255, 255, 255, 255))
    pen, middle, ink = ImageDraw.Draw(drawn), size / 2, (*colour, 255)
    pen.ellipse((4, 4, size - 5, size - 5), outline=ink, width=size // 40)
    points = []
    for corner in range(10):
        radius, turn = size * (0.18 if corner % 2 == 0 else 0.075), math.pi * corner / 5 - math.pi / 2
        points.append((middle + radius * math.cos(turn), middle + radius * math.sin(turn)))
    pen.polygon(points, fill=ink)
    made = io.BytesIO()
    (drawn if form == "PNG" else drawn.convert("RGB")).save(made, form)
    return made.getvalue()


def proposal(**changed: Any) -> services.Proposal:
    """What a school asks for: its 学籍专用章 on proofs of registration, for a year."""
    said: dict[str, Any] = {
        "use": "registration_seal", "kinds": (PROOF,), "starts_on": date(2008, 9, 1), "ends_on": UNTIL,
        "reason": "每天出具的学籍证明很多",
    }  # fmt: skip
    return services.Proposal(**{**said, **changed})


def proposed(
    city: SmallCity, *, by: Actor | None = None, content: bytes | None = None, name: str = "章.png", **changed: Any
) -> UUID:
    """A proposal of the primary school's registrar, or of somebody else."""
    with acting(by or city.registrar()) as actor:
        return services.propose(
            actor=actor, wanted=proposal(**changed), name=name, content=picture() if content is None else content
        )


def decided(city: SmallCity, seal: UUID, act: str, *, by: Actor | None = None) -> Seal:
    """One step of 秦淮's bureau, or of somebody else."""
    whose = {"examine": city.clerk(QINHUAI), "approve": city.head(QINHUAI)}
    with acting(by or whose[act]) as actor:
        return services.agree_to_seal(actor=actor, seal=seal, act=act)


def approved(city: SmallCity, **changed: Any) -> UUID:
    """From the proposal to the head's yes."""
    seal = proposed(city, **changed)
    decided(city, seal, "examine")
    decided(city, seal, "approve")
    return seal


def withdrawn(city: SmallCity, seal: UUID, reason: str = "印章已经更换") -> Seal:
    """Stopped by the bureau's head."""
    with acting(city.head(QINHUAI)) as actor:
        return services.withdraw_seal(actor=actor, seal=seal, reason=reason)


def row(seal: UUID) -> Seal:
    """The seal as it stands."""
    with acting_system():
        return Seal.objects.get(pk=seal)


def pictures_in(pdf: bytes) -> list[Image.Image]:
    """The pictures on the pages of a PDF, as they come out of it."""
    return [one.image for page in PdfReader(io.BytesIO(pdf)).pages for one in page.images if one.image is not None]


def same(left: Image.Image, right: bytes) -> bool:
    """Whether two pictures show the same on white paper."""
    return _on_white(left) == _on_white(Image.open(io.BytesIO(right)))


def _on_white(shown: Image.Image) -> bytes:
    paper = Image.new("RGBA", shown.size, "white")
    paper.alpha_composite(shown.convert("RGBA"))
    return paper.convert("RGB").tobytes()
