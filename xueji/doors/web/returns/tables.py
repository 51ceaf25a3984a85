"""A return's stored figures as the tables of its page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from xueji.doors.web.returns.words import ABSENCE_WORDS, FLOW_COLUMNS, SEVERITIES
from xueji.duties.returns.models import Return
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage, StageSystem, grade_name
from xueji.registry.applications import selectors as applications
from xueji.registry.register import selectors as register

SHOWN = 200
Line = Mapping[str, Any]


def findings_table(made: Return) -> list[dict[str, Any]]:
    """What is wrong, what blocks first; the pupil concerned can be opened as far as the post sees it."""
    rank = {"error": 0, "query": 1, "note": 2}
    items = sorted(made.findings, key=lambda item: rank.get(item["severity"], 9))[:SHOWN]
    pupils = register.student_names(UUID(item["student"]) for item in items if item.get("student"))
    rows = []
    for item in items:
        colour, words = SEVERITIES.get(item["severity"], ("open", ""))
        student = UUID(item["student"]) if item.get("student") else None
        name = pupils.get(student, "") if student else ""
        rows.append(
            {
                "text": item["message"],
                "subject": name or item.get("row") or "",
                "url": reverse("web:pupil", args=[student]) if name else "",
                "state": colour,
                "state_text": words,
            }
        )
    return rows


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


def totals_table(made: Return) -> list[dict[str, Any]]:
    """By grade: registered and attending, boys and girls and together; the last row the sum."""
    rows: list[dict[str, Any]] = []
    for label, lines in _by_cohort(made.totals):
        values = [0] * 6
        for line in lines:
            sex = 0 if line["gender"] == "1" else 1
            for offset, key in ((0, "registered"), (3, "attending")):
                values[offset + sex] += line.get(key) or 0
                values[offset + 2] += line.get(key) or 0
        line = lines[0]
        query = urlencode({"stage": line["stage"], "intake": line.get("intake_year") or 0})
        rows.append({"label": label, "values": values, "query": query})
    return _with_sum(rows)


def _with_sum(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not rows:
        return []
    total = [sum(row["values"][at] for row in rows) for at in range(len(rows[0]["values"]))]
    return [*rows, {"label": "合计", "values": total, "is_total": True}]


def flow_table(made: Return) -> dict[str, Any]:
    """Both balances: 在籍 from its opening to its closing, 在校 out of 在籍. Columns that are empty are left out."""
    if not made.flow:
        return {"flow": []}
    cohorts = _by_cohort(made.flow)
    flow = [(column, label) for column, label in FLOW_COLUMNS if _needed(made.flow, column)]
    presence = [("registered", "在籍")]
    presence += [(f"{name}_closing", label) for name, label in ABSENCE_WORDS if _needed(made.flow, f"{name}_closing")]
    presence.append(("attending", "在校"))
    return {
        "flow": _with_sum([{"label": label, "values": _sums(lines, flow)} for label, lines in cohorts]),
        "flow_columns": [label for _, label in flow],
        "presence": _with_sum([{"label": label, "values": _sums(lines, presence)} for label, lines in cohorts]),
        "presence_columns": [label for _, label in presence],
        "flow_ok": all(line.get("balanced", True) for line in made.flow),
        "declared": made.opening.get("basis") == "declared",
    }


def _needed(lines: Iterable[Line], column: str) -> bool:
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
