"""The bridge from the national stock date to the reference date: each difference by name, opened down to the pupils."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.help import help_for
from xueji.doors.web.returns.one import line_of, version_of
from xueji.doors.web.returns.tables import flow_rows, needed
from xueji.doors.web.returns.words import FLOW_COLUMNS
from xueji.duties.returns import selectors
from xueji.duties.returns.bridging import Bridge, bridge_of
from xueji.duties.returns.opening import BRIDGE


def page(request: HttpRequest, round_code: str, organisation: UUID) -> HttpResponse:
    """The bridge of one return."""
    line = line_of(round_code, actor_of(request), organisation)
    made = version_of(request, round_code, organisation)
    found = bridge_of(made)
    context: dict[str, Any] = {
        "title": f"{line.name} · 两个时点的人数为什么不同？",
        "return_url": reverse("web:return", args=[round_code, organisation]),
        "round_title": selectors.round_of(round_code).title,
        "opened_url": reverse("web:return-pupils", args=[round_code, organisation]),
        "pinned": made.version if made.version != line.version else 0,
        "bridge": found,
        "help": help_for("returns"),
    }
    if found is not None:
        context |= _table(found)
    return render(request, "returns/bridge.html", context)


def _table(found: Bridge) -> dict[str, Any]:
    columns = [(column, label) for column, label in FLOW_COLUMNS if needed(found.lines, column)]
    rows = flow_rows(found.lines, columns, span=BRIDGE)
    total = dict(zip((column for column, _ in columns), rows[-1]["values"], strict=True)) if rows else {}
    names = [label for column, label in columns if column not in ("opening", "closing") and total.get(column)]
    values = [value for column, value in total.items() if column not in ("opening", "closing") and value]
    return {
        "rows": rows,
        "columns": [label for _, label in columns],
        "opening": total.get("opening", 0),
        "closing": total.get("closing", 0),
        "chart": {"across": True, "names": names, "series": [{"name": "人数", "state": "progress", "values": values}]}
        if names
        else None,
    }
