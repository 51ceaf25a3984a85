"""统计表: the yearly tables of a day, with a chart whose title asks and whose bars answer; workbook and CSV."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xueji.doors.web import files
from xueji.doors.web.actors import required_session
from xueji.doors.web.dates import read_day
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import PAGE_SIZE, CountedPage, asked, chosen, page_number
from xueji.doors.web.returns import people
from xueji.duties.returns.exporting import STATISTICS
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level, Refused, Role
from xueji.registry.snapshots.persons import pupils_behind
from xueji.registry.statistics import yearly
from xueji.registry.statistics.tables import Cell, Table
from xueji.registry.statistics.workbook import as_csv, workbook

#: So many bars a chart has; the table below has them all.
BARS = 30


def page(request: HttpRequest) -> HttpResponse:
    """One table at a time; all others a click away."""
    actor = required_session(request).actor
    where = _where(request, actor)
    code = asked(request).get("table", "grade")
    if code not in yearly.TABLES:
        raise Http404
    table = yearly.table(code, where["on"], where["schools"], where["division"])
    query = {"on": where["on"].isoformat(), "place": where["place"].value}
    here = reverse("web:statistics")
    context: dict[str, Any] = {
        **where,
        "table": table,
        "code": code,
        "tabs": [
            {"title": title, "url": f"{here}?{urlencode({**query, 'table': key})}", "current": key == code}
            for key, (title, _) in yearly.TABLES.items()
        ],
        "rows": _rows(table, {**query, "table": code}),
        "total": _cells(table.total, table, {**query, "table": code}) if table.total else None,
        "chart": _chart(table),
        "fill_url": _fill(actor, where["division"]),
        "xlsx_url": f"{reverse('web:statistics-file', args=['xlsx'])}?{urlencode(query)}",
        "csv_url": f"{reverse('web:statistics-file', args=['csv'])}?{urlencode({**query, 'table': code})}",
        "help": help_for("statistics"),
    }
    return render(request, "returns/statistics.html", context)


def pupils(request: HttpRequest) -> HttpResponse:
    """The pupils behind a figure of a table; a POST has them made as a file."""
    actor = required_session(request).actor
    where, values = _where(request, actor), asked(request)
    code, column = values.get("table", "grade"), values.get("column", "2")
    if code not in yearly.TABLES or not (column.isdecimal() and len(column) < 3):
        raise Http404
    try:
        found = yearly.opened(code, where["on"], where["schools"], values.get("key"), int(column))
    except Refused:
        raise Http404 from None
    words = (found.table.title, found.label, found.table.columns[int(column)])
    title = " · ".join(word for word in words if word)
    if request.method == "POST":
        wanted = {
            "list": STATISTICS, "table": code, "on": where["on"].isoformat(), "key": values.get("key"),
            "schools": None if where["schools"] is None else [str(one) for one in where["schools"]],
            "column": int(column),
        }  # fmt: skip
        about = f"{where['place_name']}　截至 {where['on'].isoformat()} 的情况"
        return people.export(request, wanted, f"{where['place_name']}-{title}", about)
    number = page_number(request)
    some = found.rows.slice((number - 1) * PAGE_SIZE, PAGE_SIZE)
    page = CountedPage(pupils_behind(some, where["on"], schools=where["schools"]), number, found.rows.height)
    query = {"on": where["on"].isoformat(), "place": where["place"].value, "table": code}
    context: dict[str, Any] = {
        **where,
        "title": title,
        "table_url": f"{reverse('web:statistics')}?{urlencode(query)}",
        "asked": [(name, request.GET[name]) for name in ("on", "place", "table", "key", "column") if name in values],
        "rows": people.rows(page, where["on"]),
        "page": page,
        "total": found.rows.height,
        "schools": actor.level is not Level.SCHOOL,
        "help": help_for("statistics"),
    }
    return render(request, "returns/statistics_pupils.html", context)


def file(request: HttpRequest, kind: str) -> HttpResponse:
    """All tables as a workbook, or the one table as CSV."""
    where = _where(request, required_session(request).actor)
    stem = f"学生统计表-{where['place_name']}-{where['on'].isoformat()}"
    sub = f"{where['place_name']}　截至 {where['on'].isoformat()} 的情况，{today().isoformat()} 制表"
    if kind == "xlsx":
        tables = yearly.every_table(where["on"], where["schools"], where["division"])
        return files.workbook(f"{stem}.xlsx", workbook(tables, "", sub))
    code = asked(request).get("table", "")
    if kind != "csv" or code not in yearly.TABLES:
        raise Http404
    table = yearly.table(code, where["on"], where["schools"], where["division"])
    return files.attachment(f"{stem}-{table.title}.csv", as_csv(table), "text/csv; charset=utf-8")


def _where(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """Day and schools that were asked for, within the post's jurisdiction."""
    book = parameters.rulebook(today())
    typed = asked(request).get("on", "").strip()
    read = read_day(typed)
    on = read or _last_reference(today())
    on = min(max(on, book.register_since), today())
    places = _places(actor)
    place = chosen(request, "place", "范围", [(str(key), name) for key, (name, _) in places.items()])
    name, schools = places[UUID(place.value)] if place.value else (_whole(actor), _own(actor))
    return {
        "on": on,
        "unread": "" if read else typed,
        "place": place,
        "place_name": name,
        "schools": schools,
        "division": _division(actor, place.value),
        "today": today(),
    }


def _division(actor: Actor, place: str) -> str:
    """The division whose population the figures are held against; '' for a school, and for the city's own schools."""
    found = organisations.by_id(UUID(place) if place else actor.organisation)
    return "" if found.level == Level.SCHOOL or place == str(actor.organisation) else found.code


def _fill(actor: Actor, division: str) -> str:
    """Where it is told how what is missing is entered, to who may: the heads of the city and of that district."""
    place = organisations.by_id(actor.organisation)
    may = actor.role is Role.HEAD and bool(division) and (actor.level is Level.CITY or place.code == division)
    return reverse("web:guide-of", args=["administrators"]) if may else ""


def _last_reference(day: date) -> date:
    calendar = parameters.rulebook(day).calendar
    reference = calendar.reference_date(day.year)
    return reference if reference <= day else calendar.reference_date(day.year - 1)


def _whole(actor: Actor) -> str:
    return organisations.by_id(actor.organisation).name


def _own(actor: Actor) -> list[UUID] | None:
    """The schools of a post; None: the whole city."""
    if actor.level is Level.CITY:
        return None
    return (
        [actor.organisation]
        if actor.level is Level.SCHOOL
        else [one.id for one in organisations.schools_of(actor.organisation)]
    )


def _places(actor: Actor) -> dict[UUID, tuple[str, list[UUID]]]:
    """What a bureau can narrow the tables to: a district's schools, or one school."""
    if actor.level is Level.SCHOOL:
        return {}
    if actor.level is Level.DISTRICT:
        return {one.id: (one.name, [one.id]) for one in organisations.schools_of(actor.organisation)}
    found = {
        one.id: (one.name, [school.id for school in organisations.schools_of(one.id)])
        for one in organisations.districts()
    }
    own = [one.id for one in organisations.schools_of(actor.organisation)]
    return {**found, actor.organisation: ("市直属学校", own)}


def _rows(table: Table, query: dict[str, str]) -> list[tuple[str, list[tuple[str, str]]]]:
    keys = table.keys or ("",) * len(table.rows)
    return [
        (label, _cells(values, table, {**query, "key": key}))
        for key, (label, values) in zip(keys, table.rows, strict=True)
    ]


def _cells(values: Sequence[Cell], table: Table, query: dict[str, str]) -> list[tuple[str, str]]:
    """Each figure with where it opens down to the pupils; a nought, and what is no count of pupils, does not."""
    here = reverse("web:statistics-pupils")
    return [
        (_shown(value), f"{here}?{urlencode({**query, 'column': at})}" if table.picks and value else "")
        for at, value in enumerate(values)
    ]


def _shown(value: Cell) -> str:
    if value is None:
        return "—"
    if isinstance(value, str):
        return value
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"


def _chart(table: Table) -> dict[str, Any] | None:
    """The charted column, the longest bars where there are many."""
    if table.charted is None or not table.rows:
        return None
    rows = [(label, values[table.charted]) for label, values in table.rows if values[table.charted] is not None]
    if len(rows) > BARS:
        rows = sorted(rows, key=lambda row: -float(row[1] or 0))[:BARS]
    return {
        "across": True,
        "names": [label for label, _ in rows],
        "series": [{"name": table.columns[table.charted], "state": "progress", "values": [value for _, value in rows]}],
    }
