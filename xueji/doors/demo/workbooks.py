"""The invented registrars' workbooks: real .xlsx files with the columns of the official form."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import xlsxwriter

from xueji.doors.demo.people import ENTRANT_YEAR, OPENING_YEAR, Place
from xueji.pure.kernel.catalogue import Column


def row_of(place: Place, kind: str, year: int = ENTRANT_YEAR) -> dict[str, str]:
    """What the registrar types for one child: field code → text."""
    school_year = OPENING_YEAR if kind == "opening" else year
    first_grade = 1 if place.stage == "primary" else 7
    row = dict(place.child.values)
    row["id_number"] = place.child.id_number or ""
    row["grade"] = str(place.grade)
    row["class_no"] = str(place.class_no)
    row["site"] = place.site or ""
    row["enrolment_month"] = f"{school_year - (place.grade - first_grade)}-09"
    if kind == "opening":
        row["registration_number"] = place.number or ""
    return row


def write_roster(
    path: Path, columns: Iterable[Column], places: Iterable[Place], kind: str, year: int = ENTRANT_YEAR
) -> None:
    """One roster: headers in the first row, every cell as text, one row a child; ``year`` the entrants' intake year."""
    wanted = list(columns)
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        text = book.add_format({"num_format": "@"})
        sheet = book.add_worksheet("学生信息")
        sheet.freeze_panes(1, 1)
        for position, column in enumerate(wanted):
            sheet.write_string(0, position, column.label)
        for line, place in enumerate(places, start=1):
            row = row_of(place, kind, year)
            for position, column in enumerate(wanted):
                value = row.get(column.code, "")
                if value:
                    sheet.write_string(line, position, value, text)
