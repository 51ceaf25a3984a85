"""Finding pupils by name, letters, numbers; filters; pages."""

from __future__ import annotations

from datetime import date

import pytest

from tests.small_city import BAIXIA_PRIMARY, PRIMARY
from xueji.ground.accounts.context import acting, acting_system
from xueji.registry.register import selectors
from xueji.registry.register.tests.lives import Child, Lives

pytestmark = pytest.mark.django_db
NAMES = ("单小明", "张明", "张三丰", "阿卜杜拉·买买提", "欧阳小红", "王芳")


@pytest.fixture
def children(lives: Lives) -> dict[str, Child]:
    found = {name: lives.open(name=name, id_number=f"3201042001030400{i:02d}") for i, name in enumerate(NAMES)}
    lives.open(BAIXIA_PRIMARY, name="张远")
    return found


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["阿卜杜拉·买买提", "欧阳小红", "单小明", "王芳", "张明", "张三丰"]),
        ("张", ["张明", "张三丰"]),
        ("小", ["欧阳小红", "单小明"]),
        ("小明", ["单小明"]),
        ("明", ["单小明", "张明"]),
        ("丰", ["张三丰"]),
        ("小红", ["欧阳小红"]),
        ("买提", ["阿卜杜拉·买买提"]),
        ("杜拉", ["阿卜杜拉·买买提"]),
        ("sxm", ["单小明"]),
        ("z", ["张明", "张三丰"]),
        ("zhang", ["张明", "张三丰"]),
        ("ZHANG S", ["张三丰"]),
        ("320104200103040002", ["张三丰"]),
        ("32010420010304000X", []),
        (PRIMARY + "20070103", ["张三丰"]),
        ("20070104", ["阿卜杜拉·买买提"]),
        ("赵", []),
        ("%", []),
    ],
)
def test_a_school_finds_its_pupils(lives: Lives, children: dict[str, Child], query: str, expected: list[str]) -> None:
    school = lives.city.id(PRIMARY)
    for schools in ([school], None):
        with acting(lives.city.registrar(PRIMARY)):
            page = selectors.find_students(schools=schools, query=query)
            assert [found.name for found in page.pupils] == expected
    with acting(lives.city.registrar(BAIXIA_PRIMARY)):
        assert not selectors.find_students(schools=[school], query=query).pupils


def test_lists_are_narrowed_by_grade_class_and_status(lives: Lives, children: dict[str, Child]) -> None:
    older = lives.open(name="李四", intake_year=2003, class_no=2)
    gone = lives.open(name="赵六")
    lives.close(gone, "leaving", date(2008, 6, 1))
    lives.spell(children["王芳"], "status", "suspended", date(2008, 2, 1))
    lives.spell(children["张明"], "attends", str(lives.city.id(BAIXIA_PRIMARY)), date(2008, 2, 1))
    school = lives.city.id(PRIMARY)
    group = lives.group(PRIMARY, "primary", 2003, 2)

    def names(**narrowed: object) -> list[str]:
        found = selectors.find_students(**{"schools": [school], **narrowed})  # type: ignore[arg-type]
        return [pupil.name for pupil in found.pupils]

    with acting_system():
        assert names(grade=6) == ["李四"] == names(class_group=group)
        assert len(names(grade=2)) == 6
        assert names(status="suspended") == ["王芳"]
        assert names(status="left") == ["赵六"]
        assert names(status="guest_elsewhere") == ["张明"]
        assert names(schools=[lives.city.id(BAIXIA_PRIMARY)], status="guest_here") == ["张明"]
        assert [pupil.student for pupil in selectors.roster(school, date(2008, 9, 1), group)] == [older.student]
        assert len(selectors.roster(school, date(2008, 5, 31))) == 8
    with acting(lives.city.registrar(BAIXIA_PRIMARY)):
        found = selectors.find_students(schools=[lives.city.id(BAIXIA_PRIMARY)], status="guest_here").pupils
        assert [pupil.name for pupil in found] == ["张明"]


def test_pages_follow_each_other_without_loss_or_repetition(lives: Lives) -> None:
    entries = [lives.opening(name=f"王{'甲乙丙丁'[index % 4]}", class_no=1 + index // 90)[1] for index in range(120)]
    lives.write(entries)
    seen, after, pages = [], None, 0
    with acting(lives.city.registrar(PRIMARY)):
        while True:
            page = selectors.find_students(schools=[lives.city.id(PRIMARY)], query="王", after=after)
            seen += [found.student for found in page.pupils]
            pages += 1
            after = page.after
            if after is None:
                break
    assert pages == 3
    assert len(seen) == len(set(seen)) == 120


def test_facts_are_asked_of_the_whole_register(lives: Lives, children: dict[str, Child]) -> None:
    with acting(lives.city.registrar(BAIXIA_PRIMARY)):
        known = selectors.existing_by_person([("张三丰", date(2001, 3, 4)), ("张三丰", date(2001, 3, 5))])
        assert [person.student for person in known[("张三丰", date(2001, 3, 4))]] == [children["张三丰"].student]
        assert len(known) == 1
        assert selectors.numbers_in_use([PRIMARY + "20070101"])[PRIMARY + "20070101"].state == "given"
        assert selectors.class_groups([children["张三丰"].student], date(2008, 1, 1)) == {}


def test_a_timeline_shows_what_happened_with_its_actor_and_opens_nothing_sensitive(lives: Lives) -> None:
    child = lives.open()
    lives.spell(child, "status", "suspended", date(2008, 2, 1))
    with acting(lives.city.registrar(PRIMARY)):
        found = selectors.timeline(child.student)
    assert [(item.kind, item.effective_on.isoformat(), item.has_sensitive) for item in found] == [
        ("opening", "2007-09-15", True),
        ("status", "2008-02-01", False),
    ]
    with acting(lives.city.registrar(BAIXIA_PRIMARY)):
        assert selectors.timeline(child.student) == []
        assert selectors.student_record(child.student) is None
