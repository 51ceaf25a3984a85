"""制度与承诺书: the organisation's documents with version and date, undertakings of its holders and of those below."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import actor_of, required_session
from xueji.doors.web.dates import read_day
from xueji.doors.web.files import PDF, attachment
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import PAGE_SIZE, chosen, paged
from xueji.doors.web.manage.training import places_of
from xueji.doors.web.names import uuid_of
from xueji.doors.web.places import ROLE_NAMES
from xueji.duties.filings import services, undertakings
from xueji.duties.filings.models import RegimeDocument
from xueji.duties.filings.papers import undertakings_pdf
from xueji.ground.documents.services import open_document
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import Organisation
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level, Refused, Role


def page(request: HttpRequest) -> HttpResponse:
    """Documents on top, undertakings below; an act comes back here."""
    session = required_session(request)
    actor, refused = session.actor, None
    if request.method == "POST":
        try:
            words = _do(actor, request)
        except Refused as error:
            refused = error
        else:
            messages.success(request, words, extra_tags="done")
            return redirect("web:regime")
    signing = undertakings.signings(places_of(actor))
    state = chosen(request, "signed", "承诺书", [("no", "还没有登记"), ("yes", "已签")])
    listed = paged(
        request, [one for one in signing if not state.value or (one.signed is not None) == (state.value == "yes")]
    )
    text = undertakings.text_in_force()
    regime = undertakings.regime_of(actor.organisation, actor.level.value)
    context = {
        "sub": session.organisation_name,
        "regime": [_regime(one) for one in regime],
        "kinds": [(one.kind.document, one.kind.title) for one in regime],
        "may_add": actor.role in (Role.REGISTRAR, Role.DEPUTY_HEAD, Role.CLERK, Role.HEAD),
        **_below(request, actor),
        "text": text,
        "filters": [state],
        "page": listed,
        "rows": [_signing(one, actor) for one in listed],
        "signed": sum(1 for one in signing if one.signed is not None),
        "all": len(signing),
        "today": today(),
        "typed": {name: request.POST.get(name, "") for name in ("kind", "version", "dated_on")} if refused else {},
        "refused": refused,
        "help": help_for("regime"),
    }
    return render(request, "filings/regime.html", context, status=409 if refused else 200)


def _regime(one: undertakings.Regime) -> dict[str, Any]:
    current = one.current
    return {
        "title": one.kind.title,
        "basis": one.kind.basis,
        "documents": [_version(document) for document in one.documents],
        "state": "done" if current else "wrong",
        "state_text": "已登记" if current else "还没有",
    }


def _version(document: RegimeDocument) -> dict[str, Any]:
    return {
        "version": document.version,
        "dated_on": document.dated_on,
        "url": reverse("web:regime-document", args=[document.pk]) if document.file else "",
    }


def _units(actor: Actor) -> list[Organisation]:
    """The organisations below a bureau: its schools, the city's districts first."""
    if actor.level is Level.SCHOOL:
        return []
    districts = list(organisations.districts()) if actor.level is Level.CITY else []
    schools = organisations.schools() if actor.level is Level.CITY else organisations.schools_of(actor.organisation)
    return [*districts, *schools]


def _below(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """Of a bureau: the units below, those that lack documents first."""
    units = _units(actor)
    found = undertakings.lacking_regime([(one.id, one.level) for one in units])
    units.sort(key=lambda one: one.id not in found)
    some = Paginator(units, PAGE_SIZE).get_page(request.GET.get("unit", "1"))
    return {
        "units": [
            {
                "name": one.name,
                "url": reverse("web:regime-of", args=[one.id]),
                "state": "wrong" if one.id in found else "done",
                "state_text": f"缺少{'、'.join(found[one.id])}" if one.id in found else "齐全",
            }
            for one in some
        ],
        "units_page": some,
        "lacking": len(found),
    }


def of_unit(request: HttpRequest, organisation: UUID) -> HttpResponse:
    """The documents of a unit below, each version with its file; for its bureau to look at."""
    unit = next((one for one in _units(actor_of(request)) if one.id == organisation), None)
    if unit is None:
        raise Http404
    context = {
        "title": f"{unit.name} · 制度",
        "regime": [_regime(one) for one in undertakings.regime_of(unit.id, unit.level)],
        "help": help_for("regime"),
    }
    return render(request, "filings/regime_of.html", context)


def _signing(one: undertakings.Signing, actor: Actor) -> dict[str, Any]:
    held = one.holding
    return {
        "id": held.pk,
        "name": held.account.name,
        "organisation": held.post.organisation.name,
        "role": held.post.title or ROLE_NAMES[Role(held.post.role)],
        "signed_on": one.signed.signed_on if one.signed else None,
        "may": one.signed is None and held.account_id != actor.person,
    }


def _do(actor: Actor, request: HttpRequest) -> str:
    values = request.POST
    if values.get("act") == "document":
        day, file = read_day(values.get("dated_on", "")), request.FILES.get("file")
        if day is None:
            raise Refused("web.day", "制定日期读不出来，请写成 2008-09-03 或 20080903。")
        services.add_document(
            actor=actor,
            kind=values.get("kind", ""),
            version=values.get("version", ""),
            dated_on=day,
            name=file.name or "" if file else "",
            content=file.read() if file else b"",
        )
        return "已登记。以前的版本仍然保留。"
    if values.get("act") != "sign":
        raise Http404
    signed_on = read_day(values.get("signed_on", ""))
    if signed_on is None:
        raise Refused("web.day", "签订日期读不出来，请写成 2008-09-03 或 20080903。")
    wanted = [key for text in values.getlist("holding") if (key := uuid_of(text))]
    count = services.record_undertakings(actor=actor, holdings=wanted, signed_on=signed_on)
    return f"已登记 {count} 人的承诺书。"


def pdf(request: HttpRequest) -> HttpResponse:
    """The undertakings of all who have not signed yet, a page each, at most 200."""
    text = undertakings.text_in_force()
    open_ones = [one for one in undertakings.signings(places_of(actor_of(request))) if one.signed is None][:200]
    if text is None or not open_ones:
        raise Http404
    people = [
        (one.holding.post.organisation.name, ROLE_NAMES[Role(one.holding.post.role)], one.holding.account.name)
        for one in open_ones
    ]
    return attachment(f"{text.title}.pdf", undertakings_pdf(text, people), PDF, inline=True)


def document(request: HttpRequest, document: UUID) -> HttpResponse:
    """The file of a document, of any version: the own organisation's, or of a unit below."""
    actor = actor_of(request)
    found = RegimeDocument.objects.filter(pk=document).first()
    own = {actor.organisation, *(one.id for one in _units(actor))}
    if found is None or found.file is None or found.organisation not in own:
        raise Http404
    opened = open_document(found.file)
    return attachment(opened.name, opened.content, opened.media_type)
