"""学籍变动汇总: the balance by month and by school, the changes by kind; every figure leads to its ledger."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xueji.doors.web.help import help_for
from xueji.doors.web.ledgers.asking import Asked, asked_for
from xueji.duties.ledgers.services import SUMMARY, summary_signers, title_of
from xueji.duties.ledgers.summary import TITLES, Summary, summary_of
from xueji.registry.statistics.months import WAYS_IN, WAYS_OUT


def summary(request: HttpRequest) -> HttpResponse:
    """The summary of the year."""
    asked = asked_for(request)
    made = summary_of(asked.scope)
    title, sub = title_of(asked.request(SUMMARY), asked.actor, asked.scope)
    context: dict[str, Any] = {
        "title": title,
        "sub": sub.split("　　"),
        "filters": asked.filters,
        "heads": [TITLES[name] for name in (*WAYS_IN, *WAYS_OUT)],
        "ways_in": len(WAYS_IN),
        "ways_out": len(WAYS_OUT),
        "by_month": made.by_month,
        "year": made.year,
        "months": [f"{month.month} 月" for month in made.months],
        "changes": _changes(asked, made),
        "place": "区县" if made.by_district else "学校",
        "by_place": _places(asked, made),
        "ledger": SUMMARY,
        "signatures": summary_signers(asked.actor, made),
        "back_url": f"{reverse('web:ledgers')}?{asked.query()}",
        "help": help_for("ledger_summary"),
    }
    return render(request, "ledgers/summary.html", context)


def _changes(asked: Asked, made: Summary) -> list[dict[str, Any]]:
    return [
        {
            "title": one.ledger.short,
            "url": f"{reverse('web:ledger', args=[one.ledger.ledger])}?{asked.query()}",
            "counts": one.counts,
            "total": one.total,
        }
        for one in made.changes
    ]


def _places(asked: Asked, made: Summary) -> list[dict[str, Any]]:
    """Lines by school, or by district, each the way down to its own summary."""
    name = "bureau" if made.by_district else "school"
    return [
        {"title": line.title, "url": f"?{asked.query(**{name: str(line.key)})}", "cells": line.cells}
        for line in made.by_school
    ]
