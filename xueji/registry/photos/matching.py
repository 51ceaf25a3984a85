"""Whose photo a file is, by its name: the number or its daily short form, ID number, or the pupil's name.

The name of a file may hold more than that (``三1班-张小明-20070101.jpg``): a number goes before a name, and a name is
found among the words of the file's name. What fits several pupils is said to, never guessed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final
from uuid import UUID

_ID_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z])\d{17}[0-9Xx](?![0-9A-Za-z])")
_DIGITS: Final = re.compile(r"(?<![0-9A-Za-z])\d+(?![0-9A-Za-z])")
_PARTS: Final = re.compile(r"[\s\d_\-—–()（）\[\]【】,，.+]+")
#: Middle dots that people type for the one of the household register.
_DOTS: Final = str.maketrans(dict.fromkeys("•‧∙⋅・.", "·"))


@dataclass(frozen=True, slots=True)
class Pupil:
    """Who may be meant. ``document``: the blind index of his resident ID number."""

    student: UUID
    name: str
    number: str
    student_number: str
    document: bytes | None
    class_group: UUID | None = None


@dataclass(frozen=True, slots=True)
class Matched:
    """The pupils that a file's name fits, and by what (``number``, ``id_number``, ``name``; '' where by nothing)."""

    students: tuple[UUID, ...]
    by: str = ""


def id_numbers(names: Iterable[str]) -> list[str]:
    """The ID numbers in names of files, in capitals: their blind indexes are asked for at once."""
    return [found.upper() for name in names for found in _ID_NUMBER.findall(_stem(name))]


def _stem(name: str) -> str:
    return PurePosixPath(name).stem


def match(name: str, pupils: Index, documents: Mapping[str, bytes]) -> Matched:
    """Whose photo it is. ``documents``: the blind index of each of ``id_numbers``."""
    stem = _stem(name)
    for found in _ID_NUMBER.findall(stem):
        students = pupils.by_document.get(documents.get(found.upper(), b""), ())
        if students:
            return Matched(tuple(students), "id_number")
    for digits in sorted(_DIGITS.findall(stem), key=len, reverse=True):
        students = pupils.by_number.get(digits, ())
        if students:
            return Matched(tuple(students), "number")
    if _ID_NUMBER.search(stem) or any(len(digits) in pupils.lengths for digits in _DIGITS.findall(stem)):
        return Matched(())  # as long as a number here, and nobody's: a fault that the name beside it does not heal
    for words in (stem, *_PARTS.split(stem)):
        students = pupils.by_name.get(plain(words), ())
        if students:
            return Matched(tuple(students), "name")
    return Matched(())


def plain(name: str) -> str:
    """A name without spaces, its dot the usual one."""
    return "".join(name.split()).translate(_DOTS)


class Index:
    """The pupils of a school by what a file's name may say; ``lengths`` of their numbers in digits."""

    def __init__(self, pupils: Sequence[Pupil]) -> None:
        self.pupils = {one.student: one for one in pupils}
        self.by_number: dict[str, list[UUID]] = defaultdict(list)
        self.by_document: dict[bytes, list[UUID]] = defaultdict(list)
        self.by_name: dict[str, list[UUID]] = defaultdict(list)
        for one in pupils:
            for number in {one.number, one.student_number} - {""}:
                self.by_number[number].append(one.student)
            if one.document is not None:
                self.by_document[one.document].append(one.student)
            self.by_name[plain(one.name)].append(one.student)
        #: How many digits a number has here: whatever the schemes are by which these pupils were numbered.
        self.lengths = frozenset(map(len, self.by_number))
