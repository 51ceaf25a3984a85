"""One cell: opened by a click, corrected, checked again; the later of two editors is shown the other's change."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xueji.doors.web.intake.grid import GridColumn, by_row, make_row, values_of
from xueji.doors.web.intake.upload import view_of
from xueji.pure.kernel.catalogue import FieldType
from xueji.pure.kernel.types import Refused, Role
from xueji.registry.intake import selectors, services
from xueji.registry.intake.types import CellChanged


def cell(request: HttpRequest, upload: UUID, row: int, field: str) -> HttpResponse:
    """GET: the cell as a small form. POST: the corrected value; the whole row comes back."""
    actor, _ = view_of(request, upload)
    if actor.role is not Role.REGISTRAR:
        raise Http404
    if request.method == "POST":
        return _corrected(request, upload, row, field)
    result = selectors.result_of(upload)
    catalogue = result.context.catalogue
    if field not in catalogue:
        raise Http404
    column = catalogue[field]
    value = values_of(result, [row], [field]).get(row, {}).get(field, "")
    table = result.context.rulebook.codes.get(column.field.code_table or "")
    options = list(table.names) if table else ["是", "否"] if column.field.type is FieldType.BOOLEAN else []
    context = {
        "url": reverse("web:intake-cell", args=[upload, row, field]),
        "row_url": f"{reverse('web:intake-row', args=[upload, row])}?columns={request.GET.get('columns', '')}",
        "row_no": row,
        "field": field,
        "label": column.label,
        "value": value,
        "options": options,
        "value_known": value in options,
        "is_date": column.field.type is FieldType.DATE,
        "seen": selectors.cell_versions(upload).get((row, field), 0),
        "columns": request.GET.get("columns", ""),
        "help_text": column.field.help,
    }
    return render(request, "intake/cell.html", context)


def row(request: HttpRequest, upload: UUID, row: int) -> HttpResponse:
    """The row as it stands."""
    view_of(request, upload)
    return _row(request, upload, row, request.GET.get("columns", ""))


def _corrected(request: HttpRequest, upload: UUID, row: int, field: str) -> HttpResponse:
    actor, _ = view_of(request, upload)
    values = request.POST
    seen = int(values["seen"]) if values.get("seen", "").isdecimal() else 0
    changed_by = ""
    try:
        services.correct_cell(
            actor=actor, upload=upload, row=row, field=field, value=values.get("value", "").strip(), seen_version=seen
        )
    except CellChanged as changed:
        changed_by = f"{changed.message}您刚才输入的是“{values.get('value', '')}”。"
    except Refused as refused:
        changed_by = refused.message
    response = _row(request, upload, row, values.get("columns", ""), changed_by)
    response.headers["HX-Trigger"] = "recounted"
    return response


def _row(request: HttpRequest, upload: UUID, number: int, codes: str, changed_by: str = "") -> HttpResponse:
    actor, view = view_of(request, upload)
    result = selectors.result_of(upload)
    catalogue = result.context.catalogue
    columns = [
        GridColumn(code, result.headers.get(code) or catalogue[code].label)
        for code in codes.split(",")
        if code in catalogue
    ]
    values = values_of(result, [number], ["name", *(one.code for one in columns)]).get(number)
    if values is None:
        raise Http404
    found = by_row(result.found()).get(number, [])
    may_correct = actor.role is Role.REGISTRAR and view.state == "checked"
    made = make_row(upload, number, columns, values, found, may_correct=may_correct)
    made.changed_by = changed_by
    context: dict[str, Any] = {"row": made, "column_codes": codes, "just_saved": not changed_by}
    return render(request, "intake/row.html", context)
