"""Whose photo a file is, by its name."""

from __future__ import annotations

from uuid import UUID

import pytest

from xueji.registry.photos.matching import Index, Pupil, id_numbers, match

LI, ZHANG, OTHER, LONG = (UUID(int=one) for one in (1, 2, 3, 4))
ID = "320104200103040018"
INDEX = Index(
    [
        Pupil(LI, "李红", "3201042100120070101", "20070101", b"li"),
        Pupil(ZHANG, "张小明", "3201042100120070102", "20070102", None),
        Pupil(OTHER, "张小明", "3201042100120070203", "20070203", None),
        Pupil(LONG, "阿卜杜拉·买买提", "3201042100120070204", "20070204", None),
    ]
)


@pytest.mark.parametrize(
    ("name", "students", "by"),
    [
        ("20070101.jpg", (LI,), "number"),
        ("3201042100120070203.PNG", (OTHER,), "number"),
        (f"{ID}.jpg", (LI,), "id_number"),
        ("三1班-李红.jpg", (LI,), "name"),
        ("李 红.jpeg", (LI,), "name"),
        ("张小明.jpg", (ZHANG, OTHER), "name"),
        ("张小明-20070203.jpg", (OTHER,), "number"),
        ("李红_20079999.jpg", (), ""),  # the number is a fault that the name does not heal
        ("阿卜杜拉•买买提.jpg", (LONG,), "name"),
        ("IMG_0001.jpg", (), ""),
    ],
)
def test_a_file_is_matched_by_number_id_number_or_name(name: str, students: tuple[UUID, ...], by: str) -> None:
    assert id_numbers([f"{ID}.jpg"]) == [ID]
    found = match(name, INDEX, {ID: b"li"})
    assert (found.students, found.by) == (students, by)


def test_how_long_a_number_is_the_pupils_numbers_say() -> None:
    """Under another scheme (here 21 digits, a short form of 5) nothing but the numbers changes."""
    index = Index([Pupil(LI, "李红", "320104210012007010100", "10100", None)])
    for name in ("10100.jpg", "320104210012007010100.jpg", "李红_20079999.jpg"):
        assert match(name, index, {}).students == (LI,), name
    assert match("李红_99999.jpg", index, {}).students == ()
