"""A return's stored figures as the tables of its page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import reverse

from xueji.doors.web.names import organisation_names
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
    rows = []
    for item in items:
        colour, words = SEVERITIES.get(item["severity"], ("open", ""))
        rows.append({"text": item["message"], "subject": item.get("row") or "", "state": colour, "state_text": words})
    return rows


def totals_table(made: Return) -> list[dict[str, Any]]:
    """By grade: registered and attending, boys and girls and together; the last row the sum."""
    cells: dict[int, list[int]] = {}
    for line in made.totals:
        row = cells.setdefault(int(line["grade"]), [0] * 6)
        sex = 0 if line["gender"] == "1" else 1
        for offset, key in ((0, "registered"), (3, "attending")):
            row[offset + sex] += line[key]
            row[offset + 2] += line[key]
    rows: list[dict[str, Any]] = [
        {"label": grade_name(grade), "values": values} for grade, values in sorted(cells.items())
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
        cell = cohorts.setdefault((int(line["grade"]), int(line["intake_year"]), line["stage"]), {})
        for column, _ in FLOW_COLUMNS:
            cell[column] = cell.get(column, 0) + int(line.get(column) or 0)
    total = {column: sum(cell[column] for cell in cohorts.values()) for column, _ in FLOW_COLUMNS}
    used = [(column, label) for column, label in FLOW_COLUMNS if total[column] or column in ("opening", "closing")]
    rows: list[dict[str, Any]] = []
    # Leavers last: their grade would be past the stage's end.
    order = sorted(cohorts, key=lambda one: (one[0] > stages.final_grade(one[2]), one[0], one[1]))
    for grade, intake, stage in order:
        left = grade > stages.final_grade(stage)
        label = f"{STAGE_NAMES[Stage(stage)]} {intake} 级（已离校）" if left else f"{grade_name(grade)}（{intake} 级）"
        rows.append({"label": label, "values": [cohorts[grade, intake, stage][column] for column, _ in used]})
    rows.append({"label": "合计", "values": [total[column] for column, _ in used], "is_total": True})
    return {
        "flow": rows,
        "flow_columns": [label for _, label in used],
        "flow_ok": all(line.get("balanced", True) for line in made.flow),
    }


def hand_table(made: Return) -> list[dict[str, Any]]:
    """Transfers in hand on the reference date, on both sides' lists."""
    views = applications.several(UUID(item["application"]) for item in made.in_hand)
    pupils = register.student_names(view.student for view in views.values())
    places = organisation_names(UUID(item[key]) for item in made.in_hand for key in ("sender", "receiver") if item[key])
    rows = []
    for item in made.in_hand:
        view = views.get(UUID(item["application"]))
        name = pupils.get(view.student) if view and view.student else None
        rows.append(
            {
                "name": name or "（不在本单位）",
                "url": reverse("web:application", args=[view.id]) if view else "",
                "sending": places.get(UUID(item["sender"]), "") if item["sender"] else "",
                "receiving": places.get(UUID(item["receiver"]), ""),
                "since": item["lodged_on"],
            }
        )
    return rows
