"""Issuing and reading papers, for the tests of this room."""

from __future__ import annotations

import io
from uuid import UUID

import pypdfium2
from pypdf import PdfReader

from tests.small_city import PRIMARY, SmallCity
from xueji.duties.certificates import services
from xueji.duties.certificates.services import Issued
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.types import Actor


def issue(
    city: SmallCity,
    student: UUID,
    *,
    by: Actor | None = None,
    purpose: str = "办理医疗保险",
    kind: str = services.PROOF,
) -> Issued:
    """A proof (or another paper) issued by the school's registrar, or by somebody else."""
    with acting(by or city.registrar(PRIMARY)) as actor:
        return services.issue(actor=actor, kind=kind, student=student, purpose=purpose)


def text_of(pdf: bytes) -> str:
    """The text of a PDF without the spaces that typesetting makes."""
    return "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def code_by_opencv(pdf: bytes, *, left: float = 0.0, height: float = 1.0, page: int = 0) -> str:
    """The QR code of a page, read off its picture by another library than the one that made it.

    Of the picture, what lies left of a share of its width and below a share of its height is cut off, as by a camera
    held before the code. OpenCV finds
    a code in two ways: the older one misses one of four of this length at 300 dots an inch (measured on 400), the newer
    one none on a sheet, and none on a card from 400 dots on.
    """
    import cv2

    drawn = pypdfium2.PdfDocument(pdf)[page]
    for resolution in (300, 400, 500):
        picture = drawn.render(scale=resolution / 72).to_numpy()[:, :, :3]
        high, wide = picture.shape[:2]
        shown = picture[: int(high * height), int(wide * left) :].copy()
        text, _, _ = cv2.QRCodeDetectorAruco().detectAndDecode(shown)
        if text:
            return str(text)
    return ""
