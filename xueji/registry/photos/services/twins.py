"""One picture for two pupils is noticed: perceptual digests that differ in a few bits are of one picture."""

from __future__ import annotations

from uuid import UUID

from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.registry.photos.matching import Index
from xueji.registry.photos.models import Photo
from xueji.registry.photos.selectors import pupils_with_digest

_BITS = (1 << 64) - 1


def twin_words(known: Index, other: UUID) -> str:
    """Why a picture is not taken without a look."""
    name = known.pupils[other].name if other in known.pupils else "另一名学生"
    return f"与 {name} 的照片相同。弄错的请改选学生或不采用；确是两人（例如双胞胎）的请确认。"


class Twins:
    """The pictures of a school's pupils: the photos that stand in their records now, and those that were added."""

    def __init__(self, most: int) -> None:
        """``most``: bits in which two digests of one picture may differ."""
        self._most = most
        self._known: list[tuple[int, UUID, int | None]] = []

    @classmethod
    def of_school(cls, school: UUID) -> Twins:
        """With what the pupils of a school have; two queries."""
        made = cls(int(parameters.rulebook(today()).settings["photo_twin_bits"]))
        digests = {digest: pupil.student for pupil, digest in pupils_with_digest(school) if digest}
        rows = Photo.objects.filter(digest__in=list(digests)).values_list("digest", "likeness")
        for digest, likeness in rows:
            made.add(likeness, digests[digest])
        return made

    def add(self, likeness: int, student: UUID, place: int | None = None) -> None:
        """Know a picture of a pupil; ``place``: which one of an upload."""
        self._known.append((likeness & _BITS, student, place))

    def other(self, likeness: int, student: UUID, place: int | None = None) -> UUID | None:
        """Another pupil with this picture, or None."""
        asked = likeness & _BITS
        for known, whose, where in self._known:
            if whose != student and (where is None or where != place) and (asked ^ known).bit_count() <= self._most:
                return whose
        return None
