"""A class's items come as a workbook: every finding at its cell, all rows or none."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from openpyxl import Workbook, load_workbook

from tests.small_city import BAIXIA_PRIMARY
from xueji.ground.accounts.context import acting, acting_system
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.record_items import services
from xueji.registry.record_items.models import ItemUpload
from xueji.registry.record_items.tests.support import held, move
from xueji.registry.register.tests.lives import Child, Lives

pytestmark = pytest.mark.django_db
TERM = {"kind": "term_marks", "on": "2007-autumn"}


def filled(content: bytes, rows: Mapping[int, Mapping[str, Any]]) -> bytes:
    """The workbook with these cells written: row → header → value."""
    book = load_workbook(io.BytesIO(content))
    page = book["登记表"]
    heads: dict[Any, Any] = {cell.value: cell.column for cell in page[1]}
    for row, cells in rows.items():
        for header, value in cells.items():
            page.cell(row, heads[header]).value = value
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


@pytest.fixture
def children(lives: Lives, environment: SeededEnvironment) -> list[Child]:
    """Three pupils of a class."""
    move(environment, 2008, 11, 3)
    return [lives.open(name=name) for name in ("李红", "张小明", "丁四")]


def _upload(actor: Actor, group: UUID, content: bytes) -> UUID:
    return services.upload(actor=actor, class_group=group, data=content, **TERM)


def test_a_class_is_recorded_at_once_and_who_was_left_empty_is_not(lives: Lives, children: list[Child]) -> None:
    group = lives.group("32010421001", "primary", 2007)
    with acting(lives.city.registrar()) as actor:
        name, content, students = services.template(actor=actor, class_group=group, **TERM)
        assert (name, len(students)) == ("二（1）班2007-2008 学年第一学期成绩.xlsx", 3)
        page = load_workbook(io.BytesIO(content))["登记表"]
        assert [page.cell(row, 2).value for row in (1, 2, 3, 4)] == ["姓名", "李红", "张小明", "丁四"]
        assert "物理" not in [cell.value for cell in page[1]]
        made = _upload(actor, group, filled(content, {2: {"语文": 92.5, "体育": "良好"}, 4: {"语文": "88"}}))
        looked = services.look(actor=actor, upload=made)
        assert ([row.pupil.name for row in looked.found.rows], looked.found.blank) == (["李红", "丁四"], 1)
        assert held(children[0].student) == []  # nothing is recorded before it is confirmed
        assert services.confirm(actor=actor, upload=made) == 2
        assert [dict(one.parts) for child in children for one in held(child.student)] == [
            {"chinese": "92.5", "sports": "B"},
            {"chinese": "88"},
        ]
        assert not ItemUpload.objects.exists()
        with pytest.raises(Refused, match="没有这份登记表"):
            services.confirm(actor=actor, upload=made)
        again = services.template(actor=actor, class_group=group, **TERM)
        assert again[2] == (children[1].student,)  # the others have it


def test_all_findings_are_told_at_once_at_their_cells_and_nothing_is_recorded(
    lives: Lives, children: list[Child]
) -> None:
    group = lives.group("32010421001", "primary", 2007)
    lives.open(BAIXIA_PRIMARY, name="外人")
    with acting(lives.city.registrar()) as actor:
        _, content, _ = services.template(actor=actor, class_group=group, **TERM)
        number = load_workbook(io.BytesIO(content))["登记表"].cell(2, 1).value
        wrong: dict[int, dict[str, Any]] = {
            2: {"语文": "九十", "数学": 151, "音乐": "=1+1"},
            3: {"姓名": "张大明", "语文": 90},
            4: {"学籍号": "3201032100120070101", "语文": 90},
            5: {"学籍号": number, "姓名": "李红", "美术": "优秀"},
        }
        made = _upload(actor, group, filled(content, wrong))
        found = services.look(actor=actor, upload=made).found
        assert [(one.row, one.header) for one in found.faults] == [
            (2, "音乐"), (2, "语文"), (2, "数学"), (3, "姓名"), (4, "学籍号"), (5, "学籍号"),
        ]  # fmt: skip
        with pytest.raises(Refused, match="还有 6 处要改"):
            services.confirm(actor=actor, upload=made)
        assert [held(child.student) for child in children] == [[], [], []]
        services.discard(actor=actor, upload=made)
        assert not ItemUpload.objects.exists()


def test_page_and_workbook_find_the_same(lives: Lives, children: list[Child]) -> None:
    group = lives.group("32010421001", "primary", 2007)
    with acting(lives.city.registrar()) as actor:
        _, content, _ = services.template(actor=actor, class_group=group, **TERM)
        made = _upload(actor, group, filled(content, {2: {"语文": "151", "数学": "1.23"}}))
        with pytest.raises(services.ItemRefused) as caught:
            services.record(
                actor=actor, student=children[0].student, typed={"chinese": "151", "mathematics": "1.23"}, **TERM
            )
        there = [one.message for one in services.look(actor=actor, upload=made).found.faults]
        assert there == [one.message for one in caught.value.faults]


def test_a_file_of_another_class_or_term_and_one_that_is_no_workbook_are_refused(
    lives: Lives, children: list[Child]
) -> None:
    group, other = (lives.group("32010421001", "primary", 2007, number) for number in (1, 2))
    with acting(lives.city.registrar()) as actor:
        _, content, _ = services.template(actor=actor, class_group=group, **TERM)
        for meant, on in ((other, "2007-autumn"), (group, "2007-spring")):
            with pytest.raises(Refused, match="另一个班、另一学期"):
                services.upload(actor=actor, data=content, class_group=meant, kind="term_marks", on=on)
        for data, words in ((b"", "文件是空的"), (b"x" * 100, "不是 Excel 工作簿")):
            with pytest.raises(Refused, match=words):
                _upload(actor, group, data)
        plain = Workbook()
        plain.active.append(["学籍号", "语文", "数学"])  # type: ignore[union-attr]
        buffer = io.BytesIO()
        plain.save(buffer)
        with pytest.raises(Refused, match="没有“姓名”列"):
            _upload(actor, group, buffer.getvalue())
        with pytest.raises(Refused, match="只能在学生页面逐人登记"):
            services.template(actor=actor, class_group=group, kind="punishment", on="2008-05-06")
        with pytest.raises(Refused, match="没有要登记的学生"):
            services.template(actor=actor, class_group=other, **TERM)
        with pytest.raises(Refused, match="时间："):
            services.template(actor=actor, class_group=group, kind="term_marks", on="2030-autumn")
    with acting(lives.city.registrar(BAIXIA_PRIMARY)) as actor, pytest.raises(Refused, match="没有这个班级"):
        services.template(actor=actor, class_group=group, **TERM)
    with acting(lives.city.deputy_head()) as actor, pytest.raises(Refused, match="学籍管理员登记"):
        _upload(actor, group, content)


def test_more_rows_than_a_class_may_have_are_refused(lives: Lives, children: list[Child]) -> None:
    group = lives.group("32010421001", "primary", 2007)
    with acting(lives.city.registrar()) as actor:
        _, content, _ = services.template(actor=actor, class_group=group, **TERM)
        with pytest.raises(Refused, match="超过一次能读的 200 行"):
            _upload(actor, group, filled(content, {row: {"语文": 90} for row in range(2, 260)}))


def test_an_upload_is_sealed_seen_by_its_school_alone_and_swept_away(lives: Lives, children: list[Child]) -> None:
    group = lives.group("32010421001", "primary", 2007)
    with acting(lives.city.registrar()) as actor:
        _, content, _ = services.template(actor=actor, class_group=group, **TERM)
        made = _upload(actor, group, filled(content, {2: {"语文": 90}}))
    with acting(lives.city.registrar(BAIXIA_PRIMARY)) as actor:
        assert not ItemUpload.objects.exists()
        with pytest.raises(Refused, match="没有这份登记表"):
            services.look(actor=actor, upload=made)
    with acting_system():
        row = ItemUpload.objects.get(pk=made)
        assert not bytes(row.content).startswith(b"PK")
        assert services.sweep() == 0
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM record_items_upload u WHERE to_json(u)::text LIKE %s", ["%李红%"])
            assert cursor.fetchone() == (0,)
    with acting_system():
        ItemUpload.objects.all().delete()
        row.uploaded_at = row.uploaded_at.replace(month=9)
        row.save(force_insert=True)
        assert services.sweep() == 1
