"""按班级登记: a class's items by workbook, handed out with its pupils, looked at before anything is recorded."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import required_session
from xueji.doors.web.dates import read_day
from xueji.doors.web.files import workbook
from xueji.doors.web.help import help_for
from xueji.doors.web.names import class_names, uuid_of
from xueji.doors.web.pupils.year import log_export
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.item_words import parts_in_words, time_words, times_offered
from xueji.pure.kernel.record_items import Item, ItemKind, ItemTime
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Actor, Level, Refused
from xueji.registry.record_items import selectors, services
from xueji.registry.record_items.services import Looked


def _actor(request: HttpRequest) -> Actor:
    """The post, 404 for one that is no school's."""
    actor = required_session(request).actor
    if actor.level is not Level.SCHOOL:
        raise Http404
    return actor


def page(request: HttpRequest) -> HttpResponse:
    """Which class, kind and time; POST: the filled workbook comes in."""
    actor = _actor(request)
    book = services.book_of(actor.organisation, today())
    refused: Refused | None = None
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            if file is None:
                raise Refused("record_items.no_file", "没有选择表格。请选择填好的登记表（.xlsx）。", "通知二.3")
            made = services.upload(
                actor=actor,
                class_group=_class(request),
                kind=request.POST.get("kind", ""),
                on=request.POST.get("on", ""),
                data=file.read(),
            )
            return redirect("web:record-items-upload", made)
        except Refused as error:
            refused = error
    return _page(request, actor, book, refused)


def _page(request: HttpRequest, actor: Actor, book: Rulebook, refused: Refused | None) -> HttpResponse:
    asked = request.POST or request.GET
    kinds = [one for one in book.record_items.kinds.values() if one.upload]
    chosen = next((one for one in kinds if one.kind == asked.get("kind")), kinds[0] if kinds else None)
    groups = organisations.class_groups(actor.organisation, today(), stages=book.stages)
    names = class_names(one.id for one in groups)
    waiting = selectors.uploads(actor.organisation)
    group = next((one for one in groups if str(one.id) == asked.get("class")), groups[0] if groups else None)
    context: dict[str, Any] = {
        "may": actor.role in services.MAY_KEEP,
        "kinds": [_choice(one, asked.get("class", ""), chosen) for one in kinds],
        "chosen": chosen,
        "classes": [{"id": one.id, "name": names[one.id], "now": one is group} for one in groups],
        "class_id": group.id if group else "",
        "class_name": names[group.id] if group else "",
        "waiting": [_waiting(book, one, class_names([one.class_group])) for one in waiting],
        "refused": refused,
        "help": help_for("record_items"),
        **(_time(book, chosen, asked.get("on", "")) if chosen else {}),
    }
    return render(request, "record_items/class.html", context, status=409 if refused else 200)


def _time(book: Rulebook, kind: ItemKind, typed: str) -> dict[str, Any]:
    """The term, school year or day that was chosen: of terms and years the newest unless another was. A day is chosen
    first, and only then are the steps offered, so that no step goes on with another day than the one in sight."""
    times = times_offered(book, kind, today())
    by_day = kind.time is ItemTime.DAY
    if by_day:
        day = read_day(typed)
        on, when = (day.isoformat(), day.isoformat()) if day else ("", "")
    else:
        on = typed if typed in dict(times) else next((code for code, _ in times), "")
        when = dict(times).get(on, "")
    words = "日期" if by_day else "学年" if kind.time is ItemTime.SCHOOL_YEAR else "学期"
    fault = f"“{typed}”不是日期，请写成 2008-05-06。" if by_day and typed and not on else ""
    return {"times": times, "by_day": by_day, "on": on, "typed": typed, "when": when, "time": words, "fault": fault}


def _choice(kind: ItemKind, group: str, chosen: ItemKind | None) -> dict[str, Any]:
    asked = f"&class={group}" if uuid_of(group) else ""
    return {
        "title": kind.label,
        "url": f"{reverse('web:record-items')}?kind={kind.kind}{asked}",
        "now": chosen is not None and chosen.kind == kind.kind,
    }


def _waiting(book: Rulebook, one: Any, names: dict[UUID, str]) -> dict[str, Any]:
    kind = book.record_items.kind(one.kind)
    return {
        "at": one.uploaded_at,
        "what": f"{names.get(one.class_group, '')} {time_words(book, one.said_on)}{kind.label if kind else ''}",
        "url": reverse("web:record-items-upload", args=[one.id]),
    }


def _class(request: HttpRequest) -> UUID:
    found = uuid_of((request.POST or request.GET).get("class", ""))
    if found is None:
        raise Refused("record_items.class", "请先选择班级。", "通知二.3")
    return found


def file(request: HttpRequest) -> HttpResponse:
    """The workbook to be filled in; it names the pupils, so it is logged."""
    actor = _actor(request)
    if not request.GET:
        return redirect("web:record-items")
    try:
        name, content, students = services.template(
            actor=actor,
            class_group=_class(request),
            kind=request.GET.get("kind", ""),
            on=request.GET.get("on", ""),
        )
    except Refused as refused:
        return _page(request, actor, services.book_of(actor.organisation, today()), refused)
    log_export(actor, name, students)
    return workbook(name, content)


def preview(request: HttpRequest, sheet: UUID) -> HttpResponse:
    """What a workbook says, with every finding at its cell; POST: ``confirm`` or ``discard``."""
    actor = _actor(request)
    refused: Refused | None = None
    try:
        if request.method == "POST" and request.POST.get("act") == "discard":
            services.discard(actor=actor, upload=sheet)
            messages.success(request, "已撤销这份登记表，什么都没有登记。", extra_tags="done")
            return redirect("web:record-items")
        if request.method == "POST":
            count = services.confirm(actor=actor, upload=sheet)
            messages.success(request, f"已登记 {count} 名学生，记入各人的学籍档案。", extra_tags="done")
            return redirect("web:record-items")
    except Refused as error:
        refused = error
    try:
        looked = services.look(actor=actor, upload=sheet)
    except Refused as gone:
        if refused is None:
            raise Http404 from gone
        return _page(request, actor, services.book_of(actor.organisation, today()), refused)
    context = _previewed(actor, looked, refused)
    return render(request, "record_items/preview.html", context, status=409 if refused else 200)


def _previewed(actor: Actor, looked: Looked, refused: Refused | None) -> dict[str, Any]:
    found, book, meant = looked.found, looked.book, looked.meant
    faulty = {one.row for one in found.faults}
    return {
        "title": f"{meant.class_name} {time_words(book, meant.on)}{meant.kind.label}",
        "rows": [
            {
                "name": one.pupil.name,
                "number": one.pupil.number,
                "row": one.row,
                "parts": list(
                    parts_in_words(book, Item(looked.upload.id, meant.kind.kind, one.item.on, one.item.parts))
                ),
                "wrong": one.row in faulty,
            }
            for one in found.rows
        ],
        "faults": found.faults,
        "blank": found.blank,
        "at": looked.upload.uploaded_at,
        "may": actor.role in services.MAY_KEEP,
        "again": f"{reverse('web:record-items')}?class={meant.class_group}&kind={meant.kind.kind}&on={meant.on}",
        "refused": refused,
        "help": help_for("record_items_upload"),
    }
