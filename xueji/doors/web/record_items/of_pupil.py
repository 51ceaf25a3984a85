"""One item of one pupil: a form to record it, to correct it, or to take it away with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.help import help_for
from xueji.doors.web.names import uuid_of
from xueji.doors.web.pupils.reveals import open_ground, take_ground
from xueji.doors.web.record_items.shown import item_row, may_keep
from xueji.ground.disclosure import services as disclosure
from xueji.ground.disclosure.models import DisclosureKind
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.item_words import is_sensitive, part_words, time_words, times_offered
from xueji.pure.kernel.record_items import Item, ItemKind, ItemPart, ItemTime, PartType
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Refused
from xueji.pure.rules.record_items import TIME, WHOLE, ItemFault
from xueji.registry.record_items import services
from xueji.registry.record_items.selectors import item_in, set_by
from xueji.registry.record_items.workbook import how_to_fill
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import StudentRecord


def _record(request: HttpRequest, student: UUID) -> StudentRecord:
    """The pupil, 404 for a post that records nothing of him."""
    found = register.student_record(student)
    if found is None or not may_keep(actor_of(request), found):
        raise Http404
    return found


def new(request: HttpRequest, student: UUID, kind: str) -> HttpResponse:
    """The form of a kind; POST: record it."""
    record, actor = _record(request, student), actor_of(request)
    book = services.book_of(actor.organisation, today())
    what = book.record_items.kinds.get(kind)
    if what is None:
        raise Http404
    refused: Refused | None = None
    if request.method == "POST":
        try:
            services.record(
                actor=actor, student=student, kind=kind, on=request.POST.get("on", ""), typed=_typed(request, what)
            )
            messages.success(request, f"已登记{what.label}，记入{record.name}的学籍档案。", extra_tags="done")
            return redirect("web:pupil", student)
        except Refused as error:
            refused = error
    on = request.POST.get("on", "") or next((code for code, _ in times_offered(book, what, today())), "")
    context = {
        **_form(book, what, record, request.POST, refused),
        "title": f"登记{what.label}",
        "times": times_offered(book, what, today()),
        "on": on,
        "by_day": what.time is ItemTime.DAY,
        "on_error": _error(refused, TIME),
    }
    return render(request, "record_items/item.html", context, status=409 if refused else 200)


def change(request: HttpRequest, student: UUID, item: UUID) -> HttpResponse:
    """The form of an item; POST: ``correct`` or ``remove`` it. What is sensitive is opened for a ground, logged."""
    record, actor = _record(request, student), actor_of(request)
    book = services.book_of(actor.organisation, today())
    found = item_in(record, item)
    what = book.record_items.kind(found.kind) if found else None
    if found is None or what is None:
        raise Http404
    refused: Refused | None = None
    act = request.POST.get("act", "") if request.method == "POST" else ""
    seen = uuid_of(request.POST.get("seen", ""))
    reason = request.POST.get("reason", "")
    try:
        if act == "correct":
            typed = _typed(request, what)
            services.correct(actor=actor, student=student, item=item, typed=typed, reason=reason, seen=seen)
        elif act == "remove":
            services.remove(actor=actor, student=student, item=item, reason=reason, seen=seen)
        if act in ("correct", "remove"):
            done = "更正" if act == "correct" else "撤下"
            messages.success(request, f"已{done}{what.label}，原因已记入学籍经过。", extra_tags="done")
            return redirect("web:pupil", student)
    except Refused as error:
        refused = error
    opened, asked = _opened(request, book, found, record, act)
    refused = refused or asked
    values = request.POST if act == "correct" else _in_words(book, what, found)
    context = {
        **_form(book, what, record, values if opened else {}, refused),
        "title": f"{time_words(book, found.on)}{what.label}",
        "item": item_row(book, student, found, revealed=opened, may=False),
        "opened": opened,
        "seen": set_by(record, found.code)[0],
        "reason": reason if act == "correct" else "",
    }
    return render(request, "record_items/item.html", context, status=409 if refused else 200)


def _opened(
    request: HttpRequest, book: Rulebook, item: Item, record: StudentRecord, act: str
) -> tuple[bool, Refused | None]:
    """Whether the item is shown in clear; of a sensitive one each look is logged with its ground."""
    if not is_sensitive(book, item):
        return True, None
    ground = open_ground(request)
    if act == "reveal":
        try:
            ground = take_ground(request, request.POST.get("ground", ""))
        except Refused as refused:
            return False, refused
    if ground is None:
        return False, None
    disclosure.log(actor=actor_of(request), kind=DisclosureKind.REVEAL, subjects=[record.student], ground=ground)
    return True, None


def _typed(request: HttpRequest, kind: ItemKind) -> dict[str, str]:
    return {part.code: request.POST.get(_name(part), "") for part in kind.parts}


def _name(part: ItemPart) -> str:
    return f"part-{part.code}"


def _in_words(book: Rulebook, kind: ItemKind, item: Item) -> dict[str, str]:
    """What stands there as it is typed: the words of codes, numbers without their unit."""
    return {
        _name(part): part_words(book, part, item.parts[part.code])
        if part.type in (PartType.CODE, PartType.MARK, PartType.BOOLEAN)
        else item.parts[part.code]
        for part in kind.parts
        if part.code in item.parts
    }


def _form(
    book: Rulebook, kind: ItemKind, record: StudentRecord, values: Mapping[str, Any], refused: Refused | None
) -> dict[str, Any]:
    parts = kind.parts_of(record.latest.stage)
    return {
        "name": record.name,
        "pupil_url": reverse("web:pupil", args=[record.student]),
        "kind": kind.label,
        "basis": kind.basis,
        "fields": [_field(book, part, str(values.get(_name(part)) or ""), refused) for part in parts],
        "whole": [one.message for one in _faults(refused) if one.place == WHOLE],
        "refused": refused,
        "help": help_for("record_item"),
    }


def _field(book: Rulebook, part: ItemPart, value: str, refused: Refused | None) -> dict[str, Any]:
    table = book.codes.get(part.code_table or "") if part.type is PartType.CODE else None
    names = tuple(table.names) if table else ("是", "否") if part.type is PartType.BOOLEAN else ()
    return {
        "name": _name(part),
        "label": f"{part.label}（{part.unit}）" if part.unit else part.label,
        "required": part.required,
        "value": value,
        "choices": names,
        "long": part.type is PartType.TEXT and part.max_width > 100,
        "day": part.type is PartType.DATE,
        "most": part.max_width if part.type is PartType.TEXT else 20,
        "hint": part.help if names else how_to_fill(book, part).partition("；")[2],
        "error": _error(refused, part.code),
    }


def _faults(refused: Refused | None) -> Sequence[ItemFault]:
    return refused.faults if isinstance(refused, services.ItemRefused) else ()


def _error(refused: Refused | None, place: str) -> str:
    return "；".join(one.message for one in _faults(refused) if one.place == place)
