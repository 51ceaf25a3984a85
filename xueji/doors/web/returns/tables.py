"""A return's stored figures as the tables of its page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import reverse

from xueji.doors.web.names import organisation_names
from xueji.doors.web.returns.words import FLOW_COLUMNS, SEVERITIES
from xueji.duties.returns.models import Return
from xueji.pure.kernel.school_year import grade_name
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
    rows = [{"label": grade_name(grade), "values": values} for grade, values in sorted(cells.items())]
    total = [sum(values[position] for values in cells.values()) for position in range(6)]
    return [*rows, {"label": "合计", "values": total, "is_total": True}] if rows else []


def flow_table(made: Return) -> dict[str, Any]:
    """The identity by grade, columns that are empty everywhere left out."""
    if not made.flow:
        return {"flow": []}
    grades: dict[int, dict[str, int]] = {}
    for line in made.flow:
        cell = grades.setdefault(int(line["grade"]), {})
        for key, _ in FLOW_COLUMNS:
            cell[key] = cell.get(key, 0) + int(line.get(key) or 0)
    total = {key: sum(cell[key] for cell in grades.values()) for key, _ in FLOW_COLUMNS}
    used = [(key, label) for key, label in FLOW_COLUMNS if total[key] or key in ("opening", "closing")]
    rows = [
        {"label": grade_name(grade), "values": [cell[key] for key, _ in used]} for grade, cell in sorted(grades.items())
    ]
    rows.append({"label": "合计", "values": [total[key] for key, _ in used], "is_total": True})
    return {
        "flow": rows,
        "flow_columns": [label for _, label in used],
        "flow_ok": all(line.get("balanced", True) for line in made.flow),
    }


def hand_table(made: Return) -> list[dict[str, Any]]:
    """Transfers in hand on the reference date, on both sides' lists."""
    keys = ("student", "sending", "receiving")
    found = [{key: UUID(str(item[key])) for key in keys if item.get(key)} | {"item": item} for item in made.in_hand]
    pupils = register.student_names(one.get("student") for one in found)
    places = organisation_names(one.get(key) for one in found for key in ("sending", "receiving"))
    rows = []
    for one in found:
        student = one.get("student")
        rows.append(
            {
                "name": pupils.get(student, "（不在本单位）") if student else one["item"].get("file_number", ""),
                "url": reverse("web:pupil", args=[student]) if student in pupils else "",
                "sending": places.get(one.get("sending"), ""),
                "receiving": places.get(one.get("receiving"), ""),
                "since": one["item"].get("lodged_on") or one["item"].get("since") or "",
            }
        )
    return rows
