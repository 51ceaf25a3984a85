"""The form of an act: what is typed stays, a preview says what would move, only then is it proposed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from xueji.doors.web.actors import actor_of
from xueji.doors.web.dates import read_day
from xueji.doors.web.help import help_for
from xueji.doors.web.manage.reorganisation_words import preview_context
from xueji.doors.web.manage.reorganisations import found_act, kinds_of
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level, Refused
from xueji.registry.reorganisation import selectors, services
from xueji.registry.reorganisation.plans import (
    BUREAU_CHANGE,
    CLOSURE,
    DISTRICT_CLOSURE,
    DISTRICT_MERGER,
    DISTRICT_RENAMING,
    DISTRICT_SPLIT,
    MERGER,
    NAMING,
    OF_DISTRICTS,
    PARTING,
    RENAMING,
    SPLIT,
    ActPlan,
)
from xueji.registry.reorganisation.services import Proposal
from xueji.registry.reorganisation.types import Preview

#: (heading of what is chosen, whether several, heading of the receiver) by kind.
_ASKS: dict[str, tuple[str, bool, str]] = {
    MERGER: ("并入（撤销）的学校", True, "接收的学校"),
    SPLIT: ("要拆分的学校", False, "划入的学校"),
    CLOSURE: ("要撤销的学校", False, "未逐班指定的学生由哪所学校接收"),
    RENAMING: ("要更名的学校", False, ""),
    BUREAU_CHANGE: ("划转的学校", True, "新的主管教育局"),
    DISTRICT_MERGER: ("并入（撤销）的区县教育局", True, "接收的区县教育局"),
    DISTRICT_SPLIT: ("要拆分的区县教育局", False, ""),
    DISTRICT_CLOSURE: ("要撤销的区县教育局", False, "未逐校指定的学校由哪个教育局接收"),
    DISTRICT_RENAMING: ("要更名的区县教育局", False, ""),
}
_OF_BUREAUS = (*OF_DISTRICTS, DISTRICT_RENAMING)
_CLOSING = (CLOSURE, DISTRICT_CLOSURE)
_NO_DAY = Refused("web.day", "生效日期没有看懂，请写成 20081103 或 2008-11-03。")


@dataclass(frozen=True, slots=True)
class _Typed:
    plan: ActPlan
    effective_on: date | None
    document_number: str


def new(request: HttpRequest, kind: str) -> HttpResponse:
    """The form of one kind for the clerk; a look first, the proposal after it."""
    actor = actor_of(request)
    if kind not in {one["url"].rstrip("/").rsplit("/", 1)[1] for one in kinds_of(actor)}:
        raise Http404
    return _form(request, actor, kind, None)


def revise(request: HttpRequest, act: UUID) -> HttpResponse:
    """The same form with what was sent back."""
    actor, view = actor_of(request), found_act(act)
    if view.state != "sent_back" or view.organisation != actor.organisation or not kinds_of(actor):
        raise Http404
    return _form(request, actor, view.kind, act)


def _form(request: HttpRequest, actor: Actor, kind: str, act: UUID | None) -> HttpResponse:
    typed = _typed(request.POST, kind) if request.method == "POST" else _kept(act)
    preview: Preview | None = None
    refused: Refused | None = None
    if request.method == "POST":
        try:
            if typed.effective_on is None:
                raise _NO_DAY
            if request.POST.get("act") == "prepare":
                made = _propose(request, actor, kind, act, typed)
                messages.success(request, "已提请负责人决定。", extra_tags="done")
                return redirect("web:reorganisation", made)
            on = typed.effective_on
            preview = selectors.look(kind, typed.plan, organisation=actor.organisation, on=on, act=act)
        except Refused as error:
            refused = error
            if typed.effective_on is not None:
                on = typed.effective_on
                preview = selectors.look(kind, typed.plan, organisation=actor.organisation, on=on, act=act)
    context = _context(actor, kind, typed, preview)
    return render(
        request,
        "manage/reorganisation_new.html",
        {
            **context,
            "refused": refused,
            "typed": typed,
            "day_text": request.POST.get("effective_on", ""),
            "revising": act is not None,
        },
        status=409 if refused else 200,
    )


def _propose(request: HttpRequest, actor: Actor, kind: str, act: UUID | None, typed: _Typed) -> UUID:
    upload = request.FILES.get("document")
    document = (str(upload.name), upload.read()) if upload else None
    proposal = Proposal(typed.plan, typed.effective_on or today(), typed.document_number, document)
    if act is not None:
        return services.resubmit(actor=actor, act=act, proposal=proposal).act
    return services.prepare(actor=actor, kind=kind, proposal=proposal).act


def _kept(act: UUID | None) -> _Typed:
    if act is None:
        return _Typed(ActPlan(), today(), "")
    view = found_act(act)
    return _Typed(view.plan, view.effective_on, view.document_number)


def _typed(values: QueryDict, kind: str) -> _Typed:
    receivers = {
        group: school
        for name, value in values.items()
        if name.startswith("to-") and (group := _uuid(name[3:])) and (school := _uuid(str(value)))
    }
    numbers = {
        group: int(str(value))
        for name, value in values.items()
        if name.startswith("no-") and (group := _uuid(name[3:])) and str(value).strip().isdecimal()
    }
    plan = ActPlan(
        sources=tuple(one for text in values.getlist("sources") if (one := _uuid(text))),
        receiver=_uuid(values.get("receiver", "")),
        classes=tuple(one for text in values.getlist("classes") if (one := _uuid(text))),
        receivers=receivers if kind in (CLOSURE, *PARTING) else {},
        numbers=numbers,
        point=values.get("point") == "yes" and kind == MERGER,
        custodian=_uuid(values.get("custodian", "")) if kind in _CLOSING else None,
        name="".join(values.get("name", "").split()) if kind in NAMING else "",
        short_name="".join(values.get("short_name", "").split()) if kind in NAMING else "",
    )
    return _Typed(plan, read_day(values.get("effective_on", "")), values.get("document_number", ""))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _context(actor: Actor, kind: str, typed: _Typed, preview: Preview | None) -> dict[str, Any]:
    change = parameters.rulebook(today()).change(kind)
    sources, several, receiver = _ASKS[kind]
    schools = _schools(actor)
    bureaus = [(str(one.id), one.name) for one in organisations.districts()]
    places = bureaus if kind in _OF_BUREAUS else schools
    receivers = places
    if kind == BUREAU_CHANGE:
        city = organisations.city()
        receivers = [*bureaus, (str(city.id), city.name)]
    plan = typed.plan
    context: dict[str, Any] = {
        "kind": kind,
        "title": change.title,
        "basis": change.basis,
        "document_title": change.evidence[0].title,
        "sources_title": sources,
        "several": several,
        "size": min(max(len(places), 2), 8),
        "sources": [(key, name, UUID(key) in plan.sources) for key, name in places],
        "receiver_title": receiver,
        "receivers": [(key, name, _uuid(key) == plan.receiver) for key, name in receivers],
        "naming": kind in NAMING,
        "merging": kind == MERGER,
        "closing": kind in _CLOSING,
        "splitting": kind == SPLIT,
        "parting": kind in PARTING,
        "staying": kind == DISTRICT_SPLIT,
        "keepers": [
            (key, name, _uuid(key) == plan.custodian)
            for key, name in [*(bureaus if kind == DISTRICT_CLOSURE else schools), *_own_bureau(actor)]
        ],
        "looked": preview is not None,
        "ready": preview is not None and not preview.hindrances,
        "help": help_for("reorganisation_districts" if kind in (BUREAU_CHANGE, *_OF_BUREAUS) else "reorganisation"),
    }
    if preview is not None:
        context |= preview_context(preview)
        context["choices"] = [
            {
                "id": str(one.class_group),
                "name": one.name,
                "pupils": one.pupils,
                "picked": one.class_group in plan.classes,
                "to": str(plan.receivers.get(one.class_group, "")),
            }
            for one in preview.choices
        ] + [
            {
                "id": str(one.school),
                "name": one.name,
                "pupils": one.pupils,
                "city_school": one.city_school,
                "to": str(plan.receivers.get(one.school, "")),
            }
            for one in preview.schools
        ]
    return context


def _schools(actor: Actor) -> list[tuple[str, str]]:
    if actor.level is Level.CITY:
        bureaus = organisations.competent_bureaus([one.id for one in organisations.schools()])
        names = organisations.names(bureaus.values())
        return [(str(one.id), f"{one.name}（{names.get(bureaus[one.id], '')}）" if one.id in bureaus else one.name)
                for one in organisations.schools()]  # fmt: skip
    return [(str(one.id), one.name) for one in organisations.schools_of(actor.organisation)]


def _own_bureau(actor: Actor) -> list[tuple[str, str]]:
    return [(str(actor.organisation), organisations.by_id(actor.organisation).name)]
