"""A return as a workbook: the school itself, pupils by grade, both balances. Its pupils and changes: ``opened``."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from xueji.doors.web import files
from xueji.doors.web.actors import actor_of
from xueji.doors.web.returns.information import shown
from xueji.doors.web.returns.one import line_of, version_of
from xueji.doors.web.returns.tables import flow_table, totals_table
from xueji.doors.web.returns.words import words_of
from xueji.duties.returns import selectors
from xueji.duties.returns.models import Return, ReturnState
from xueji.pure.kernel.environment import today
from xueji.registry.statistics.workbook import Cell, Sheet, sheets

_TOTALS = ("年级", "在籍 男", "在籍 女", "在籍 合计", "在校 男", "在校 女", "在校 合计")


def file(request: HttpRequest, round_code: str, organisation: UUID) -> HttpResponse:
    """Whoever may see the return's page may have it as a file."""
    line = line_of(round_code, actor_of(request), organisation)
    made = version_of(request, round_code, organisation)
    on_round = selectors.round_of(round_code)
    sub = (
        f"{line.name}　{on_round.title}　时间基准点 {on_round.reference_date.isoformat()}　第 {made.version} 次"
        f"　{_standing(made, words_of(line), line.version)}　{today().isoformat()} 制表　核对码 {made.digest[:16]}"
    )
    content = sheets([*_about(made), *_figures(made)], line.name, sub)
    return files.workbook(f"{on_round.title}-{line.name}.xlsx", content)


def _standing(made: Return, words: str, newest: int) -> str:
    return words if made.version == newest else str(ReturnState(made.state).label)


def _about(made: Return) -> list[Sheet]:
    said = shown(made)
    if not said:
        return []
    facts = tuple((str(label), str(value)) for label, value in said["facts"])
    staff: tuple[tuple[Cell, ...], ...] = tuple(
        (one["role"], one["names"], one["held"], one["trained"]) for one in said["staff"]
    )
    return [
        Sheet(said["title"], ("项目", "内容"), facts, wide=True),
        Sheet("班级", ("年级", "班数", "在班学生"), tuple(said["classes"]), summed=True),
        Sheet("学籍管理岗位", ("岗位", "姓名", "任职人数", "已培训"), staff, wide=True),
    ]


def _figures(made: Return) -> list[Sheet]:
    flow = flow_table(made)
    found = [Sheet("分年级、分性别人数", _TOTALS, _rows(totals_table(made)), summed=True)]
    if flow["flow"]:
        found.append(Sheet("在籍学生增减", ("在籍", *flow["flow_columns"]), _rows(flow["flow"]), summed=True))
        found.append(Sheet("在校学生", ("在校", *flow["presence_columns"]), _rows(flow["presence"]), summed=True))
    return found


def _rows(lines: list[dict[str, Any]]) -> tuple[tuple[Cell, ...], ...]:
    return tuple((line["label"], *line["values"]) for line in lines)
