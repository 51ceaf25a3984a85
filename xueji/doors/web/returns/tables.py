"""A return's stored figures as the tables of its page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from xueji.doors.web.returns.words import ABSENCE_WORDS, FLOW_COLUMNS
from xueji.duties.returns.models import Return
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage, StageSystem, grade_name
from xueji.registry.applications import selectors as applications
from xueji.registry.register import selectors as register

Line = Mapping[str, Any]


def _cohort(stages: StageSystem, stage: str, intake: int, grade: int | None) -> tuple[tuple[int, int], str]:
    """Where a cohort stands in the table and what it is called; leavers last, those without a class after them."""
    if not intake:
        return (99, 0), "未编班"
    if grade is None or grade > stages.final_grade(stage):
        return (90 + stages.first_grade(stage), intake), f"{STAGE_NAMES[Stage(stage)]} {intake} 级（已离校）"
    return (grade, intake), f"{grade_name(grade)}（{intake} 级）"


def _by_cohort(lines: Iterable[Line]) -> list[tuple[str, list[Line]]]:
    """Lines of a cohort together, in the order of grades."""
    stages = parameters.rulebook(today()).stages
    found: dict[tuple[tuple[int, int], str], list[Line]] = {}
    for line in lines:
        grade = line.get("grade")
        key = _cohort(stages, line["stage"], int(line.get("intake_year") or 0), None if grade is None else int(grade))
        found.setdefault(key, []).append(line)
    return [(label, found[order, label]) for order, label in sorted(found)]


#: The six columns of the totals: what is counted, of which sex.
_TOTALS = [(column, sex) for column in ("registered", "attending") for sex in ("1", "2", "")]


def totals_table(made: Return) -> list[dict[str, Any]]:
    """By grade: registered and attending, boys and girls and together; the last row the sum. ``cells`` bear the query
    by which each figure opens."""
    rows: list[dict[str, Any]] = []
    for label, lines in _by_cohort(made.totals):
        values = [
            sum(int(line.get(column) or 0) for line in lines if not sex or line["gender"] == sex)
            for column, sex in _TOTALS
        ]
        rows.append({"label": label, "values": values, **_where(lines[0])})
    return _opened(_with_sum(rows), _TOTALS)


def _where(line: Line) -> dict[str, Any]:
    stage, intake = line["stage"], int(line.get("intake_year") or 0)
    return {"key": f"{stage}:{intake}", "cell": {"stage": stage, "intake": intake}}


def _opened(rows: list[dict[str, Any]], columns: list[tuple[str, str]], **more: str) -> list[dict[str, Any]]:
    """Each figure with the query that opens it; a nought does not open."""
    for row in rows:
        row["cells"] = [
            (
                value,
                urlencode({**row.get("cell", {}), "column": column, **({"gender": sex} if sex else {}), **more})
                if value
                else "",
            )
            for value, (column, sex) in zip(row["values"], columns, strict=True)
        ]
    return rows


def _with_sum(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not rows:
        return []
    total = [sum(row["values"][at] for row in rows) for at in range(len(rows[0]["values"]))]
    return [*rows, {"label": "合计", "values": total, "is_total": True}]


def flow_rows(lines: Sequence[Line], columns: list[tuple[str, str]], **more: str) -> list[dict[str, Any]]:
    """By cohort, with the sum; each figure opens."""
    rows = [{"label": label, "values": _sums(found, columns), **_where(found[0])} for label, found in _by_cohort(lines)]
    return _opened(_with_sum(rows), [(column, "") for column, _ in columns], **more)


def flow_table(made: Return) -> dict[str, Any]:
    """Both balances: 在籍 from its opening to its closing, 在校 out of 在籍. Columns that are empty are left out."""
    if not made.flow:
        return {"flow": []}
    flow = [(column, label) for column, label in FLOW_COLUMNS if needed(made.flow, column)]
    presence = [("registered", "在籍")]
    presence += [(f"{name}_closing", label) for name, label in ABSENCE_WORDS if needed(made.flow, f"{name}_closing")]
    presence.append(("attending", "在校"))
    return {
        "flow": flow_rows(made.flow, flow),
        "flow_columns": [label for _, label in flow],
        "presence": flow_rows(made.flow, presence),
        "presence_columns": [label for _, label in presence],
        "flow_ok": all(line.get("balanced", True) for line in made.flow),
        "declared": made.opening.get("basis") == "declared",
    }


def needed(lines: Iterable[Line], column: str) -> bool:
    return column in ("opening", "closing") or any(line.get(column) for line in lines)


def _sums(lines: list[Line], columns: list[tuple[str, str]]) -> list[int]:
    return [sum(int(line.get(column) or 0) for line in lines) for column, _ in columns]


def hand_table(items: Iterable[Line]) -> list[dict[str, Any]]:
    """Transfers in hand on the reference date, and what did not count any more: on both sides' lists."""
    shown = list(items)
    views = applications.several(UUID(item["application"]) for item in shown if item["application"])
    pupils = register.student_names(UUID(item["student"]) for item in shown)
    rows = []
    for item in shown:
        student = UUID(item["student"])
        view = views.get(UUID(item["application"])) if item["application"] else None
        address = reverse("web:pupil", args=[student]) if student in pupils else ""
        pending = item["state"] == "pending"
        rows.append(
            {
                "name": pupils.get(student) or item["registration_number"] or "（不在本单位）",
                "url": reverse("web:application", args=[view.id]) if view else address,
                "sending": item["sending_name"],
                "receiving": item["receiving_name"],
                "since": item["since"],
                "state": "progress" if pending else "soon",
                "state_text": "尚未办结" if pending else "已生效，本次未计入",
            }
        )
    return rows
