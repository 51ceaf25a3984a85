"""A return's stored figures as the tables of its page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.urls import reverse

from xueji.doors.web.returns.words import FLOW_COLUMNS, SEVERITIES
from xueji.duties.returns.models import Return
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage, grade_name
from xueji.registry.applications import selectors as applications
from xueji.registry.register import selectors as register

SHOWN = 200


def findings_table(made: Return) -> list[dict[str, Any]]:
    """What is wrong, what must be blocked first; the pupils concerned can be opened."""
    rank = {"error": 0, "query": 1, "note": 2}
    items = sorted(made.findings, key=lambda item: rank.get(item["severity"], 9))[:SHOWN]
    named = register.student_names(UUID(item["student"]) for item in items if item.get("student"))
    rows = []
    for item in items:
        colour, words = SEVERITIES.get(item["severity"], ("open", ""))
        student = UUID(item["student"]) if item.get("student") else None
        rows.append(
            {
                "text": item["message"],
                "subject": item.get("row") or "",
                "url": reverse("web:pupil", args=[student]) if student in named else "",
                "state": colour,
                "state_text": words,
            }
        )
    return rows


def totals_table(made: Return) -> list[dict[str, Any]]:
    """By grade: registered and attending, boys and girls and together; the last row the sum."""
    cells: dict[int, list[int]] = {}
    for line in made.totals:
        row = cells.setdefault(int(line["grade"] or 0), [0] * 6)
        sex = 0 if line["gender"] == "1" else 1
        for offset, key in ((0, "registered"), (3, "attending")):
            row[offset + sex] += line[key]
            row[offset + 2] += line[key]
    rows: list[dict[str, Any]] = [
        {"label": grade_name(grade) if grade else "未编年级", "values": values}
        for grade, values in sorted(cells.items())
    ]
    total = [sum(values[position] for values in cells.values()) for position in range(6)]
    return [*rows, {"label": "合计", "values": total, "is_total": True}] if rows else []


def flow_table(made: Return) -> dict[str, Any]:
    """The identity by cohort, columns that are empty everywhere left out."""
    if not made.flow:
        return {"flow": []}
    stages = parameters.rulebook(today()).stages
    cohorts: dict[tuple[int, int, str], dict[str, int]] = {}
    for line in made.flow:
        cell = cohorts.setdefault((int(line["grade"] or 0), int(line["intake_year"] or 0), line["stage"]), {})
        for column, _ in FLOW_COLUMNS:
            cell[column] = cell.get(column, 0) + int(line.get(column) or 0)
    total = {column: sum(cell[column] for cell in cohorts.values()) for column, _ in FLOW_COLUMNS}
    used = [(column, label) for column, label in FLOW_COLUMNS if total[column] or column in ("opening", "closing")]
    rows: list[dict[str, Any]] = []
    # Leavers last: their grade would be past the stage's end.
    order = sorted(cohorts, key=lambda one: (one[0] > stages.final_grade(one[2]), one[0], one[1]))
    for grade, intake, stage in order:
        left = grade > stages.final_grade(stage)
        cohort = f"{STAGE_NAMES[Stage(stage)]} {intake} 级" if intake else "未编班"
        label = f"{cohort}（已离校）" if left else f"{grade_name(grade)}（{intake} 级）" if grade else cohort
        rows.append({"label": label, "values": [cohorts[grade, intake, stage][column] for column, _ in used]})
    rows.append({"label": "合计", "values": [total[column] for column, _ in used], "is_total": True})
    return {
        "flow": rows,
        "flow_columns": [label for _, label in used],
        "flow_ok": all(line.get("balanced", True) for line in made.flow),
    }


def hand_table(items: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Transfers in hand on the reference date and what did not count, on both sides' lists."""
    shown = list(items)
    pupils = register.student_names(UUID(item["student"]) for item in shown)
    views = applications.several(UUID(item["application"]) for item in shown if item["application"])
    rows = []
    for item in shown:
        student = UUID(item["student"])
        view = views.get(UUID(item["application"])) if item["application"] else None
        address = reverse("web:pupil", args=[student]) if student in pupils else ""
        words = "" if item["state"] == "pending" else "（已生效，本次未计入）"
        rows.append(
            {
                "name": f"{pupils.get(student) or item['registration_number']}{words}",
                "url": reverse("web:application", args=[view.id]) if view else address,
                "sending": item["sending_name"],
                "receiving": item["receiving_name"],
                "since": date.fromisoformat(item["since"]),
            }
        )
    return rows
