"""One pupil: what is so now, the record by sections, what happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.changes.new import lodged_for
from xueji.doors.web.help import help_for
from xueji.doors.web.names import dated_class_names, organisation_names
from xueji.doors.web.places import REGISTRY_POSTS, SCHOOL_POSTS
from xueji.doors.web.pupils.past import record_of_day
from xueji.doors.web.pupils.reveals import open_ground, take_ground
from xueji.doors.web.pupils.standing import Standing, last_day, standing_of
from xueji.doors.web.pupils.story import classes_in, organisations_in, story
from xueji.doors.web.pupils.words import sections
from xueji.doors.web.record_items.shown import item_sections, may_keep
from xueji.duties.certificates.checking import FORMER_PUPIL
from xueji.duties.dossiers import services as dossiers
from xueji.duties.ledgers.pupil_forms import PupilForm
from xueji.ground.disclosure import services as disclosure
from xueji.ground.disclosure.models import DisclosureKind
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.fold import RegistrationState
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage
from xueji.pure.kernel.types import Actor, Refused
from xueji.pure.procedures.merge import MERGED_INTO
from xueji.pure.procedures.out_of_city import DEPARTING
from xueji.registry.applications import selectors as applications
from xueji.registry.applications.sight import named_fields
from xueji.registry.photos import selectors as photos
from xueji.registry.record_items import services as items
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import StudentRecord, TimelineItem
from xueji.registry.register.words import HOW_ENDED, HOW_STARTED


def show(request: HttpRequest, student: UUID) -> HttpResponse:
    """The page with numbers and addresses masked; ``on``: as of that day."""
    return _page(request, student, typed_day=request.GET.get("on", ""))


def reveal(request: HttpRequest, student: UUID) -> HttpResponse:
    """The page in clear, for a ground that is asked once for a piece of work; each look is logged."""
    if request.method != "POST":
        return redirect("web:pupil", student)
    if register.student_record(student, decrypt=False) is None:
        raise Http404
    try:
        ground = take_ground(request, request.POST.get("ground", ""))
    except Refused as refused:
        return _page(request, student, refused=refused, typed_day=request.POST.get("on", ""))
    disclosure.log(actor=actor_of(request), kind=DisclosureKind.REVEAL, subjects=[student], ground=ground)
    return _page(request, student, revealed=ground.text, typed_day=request.POST.get("on", ""))


def _page(
    request: HttpRequest, student: UUID, *, revealed: str = "", refused: Refused | None = None, typed_day: str = ""
) -> HttpResponse:
    record, timeline = register.record_with_timeline(student)
    if record is None:
        raise Http404
    # Whoever is only party to an open application sees what it names, and the history not at all.
    holder = record.latest.school
    named = named_fields(student, holder) if holder != actor_of(request).organisation else None
    past, wrong_day = None, ""
    try:
        past = record_of_day(student, typed_day, only_named=named is not None)
    except Refused as why:
        wrong_day = why.message
    if past is not None:
        record, timeline = past, [item for item in timeline if item.effective_on <= past.on]
    now = past is None
    rulebook = parameters.rulebook(record.on)
    last = record.latest
    day = last_day(last, record.on)
    how = standing_of(last, record.on)
    schools = organisation_names([*(one.school for one in record.registrations), *organisations_in(timeline)])
    if past is not None:
        schools |= organisations.names([last.school], past.on)
    group = last.value("class_group", day)
    classes = dated_class_names([*([UUID(group)] if group else []), *classes_in(timeline)])
    under_way = open_ground(request)
    context: dict[str, Any] = {
        "pupil": {
            "name": record.name,
            "standing": how.text,
            "school": schools.get(last.school, ""),
            "number": last.number,
            "class_name": classes(UUID(group), day) if group else "",
            "registered_state": "done" if record.in_force else "open",
            "registered_text": "在籍" if record.in_force else "不在籍",
            "attending_state": how.state,
            "attending_text": _attending_words(record, how),
            "voided": last.voided,
            "established": record.established,
            "missing": _missing(rulebook, record)
            if now and named is None and not (record.established or last.voided)
            else "",
            "only_named": named is not None,
            "url": reverse("web:pupil", args=[student]),
            "shows_photo": named is None,
            "photo_url": reverse("web:pupil-photo", args=[student]) if named is None and now else "",
            "photo_file": _photo_file(record) if named is None else "",
            "reveal_url": reverse("web:pupil-reveal", args=[student]),
        },
        "may_look_back": named is None,
        "past": past.on if past else None,
        "asked_day": typed_day.strip() if past or wrong_day else "",
        "wrong_day": wrong_day,
        "acts": _acts(actor_of(request), student, record) if now else [],
        "changes": lodged_for(actor_of(request), student, record, timeline) if now else {},
        "warnings": [*_voided(last, timeline), *_warnings(student), *_awaited(actor_of(request), record)]
        if now
        else [],
        "item_sections": _items(actor_of(request), record, revealed=bool(revealed), now=now) if named is None else [],
        "sections": sections(rulebook, {**record.fields, **record.sensitive}, revealed=bool(revealed), only=named),
        "registrations": _chain(record, schools) if named is None else [],
        "events": story(timeline, schools, classes, revealed=bool(revealed)) if named is None else [],
        "revealed": revealed,
        "last_ground": under_way.text if under_way else "",
        "refused": refused,
        "help": help_for("pupil"),
    }
    return render(request, "pupils/pupil.html", context, status=409 if wrong_day else 200)


def _items(actor: Actor, record: StudentRecord, *, revealed: bool, now: bool) -> list[dict[str, Any]]:
    """The sections beside the fields, as of the day, under the rulebook of the school that held the pupil."""
    book = items.book_of(record.latest.school, record.on)
    return item_sections(book, record, revealed=revealed, may=now and may_keep(actor, record))


def _acts(actor: Actor, student: UUID, record: StudentRecord) -> list[dict[str, Any]]:
    """The next step with this pupil, as far as the post has one."""
    dossier = {"title": "导出学籍档案", "url": reverse("web:pupil-dossier", args=[student]), "main": False}
    kept = [dossier] if dossiers.may_export(actor, record) else []
    if kept and record.in_force is None:
        kept += [
            {
                "title": f"出具{one.title}",
                "url": reverse("web:certificate-issue-kind", args=[one.kind, student]),
                "main": True,
            }
            for one in parameters.rulebook(today()).certificates.values()
            if FORMER_PUPIL in one.conditions and record.latest.how_ended in one.ended_by
        ]
    forms = f"{reverse('web:pupil-forms')}?student={student}"
    card = {"title": "打印学籍卡", "url": f"{forms}&form={PupilForm.CARD}", "main": False}
    if actor.role not in SCHOOL_POSTS or record.in_force is None or record.in_force.school != actor.organisation:
        # Of a pupil who left, the school that keeps the record.
        return [*kept, card] if kept and actor.role in SCHOOL_POSTS else kept
    return [
        *kept,
        card,
        {"title": "打印核对表", "url": forms, "main": False},
        {"title": "出具学籍证明", "url": reverse("web:certificate-issue", args=[student]), "main": True},
    ]


def _photo_file(record: StudentRecord) -> str:
    """Where the picture of that day is fetched; '' where the record names none, or its file is on another node."""
    there = photos.photos([photos.digest_of(record)])
    url = reverse("web:pupil-photo-file", args=[record.student])
    return next((f"{url}?photo={one.id}" for one in there.values()), "")


def _warnings(student: UUID) -> list[dict[str, str]]:
    """What is under way about this pupil."""
    open_ones = applications.under_way_about(student)
    changes = parameters.rulebook(today()).changes
    return [
        {
            "state": "progress",
            "title": f"{changes[one.kind].title if one.kind in changes else '变动'}正在办理",
            "text": f"{one.lodged_on.isoformat()} 提出。办结以前不能再提出别的申请。",
            "url": reverse("web:application", args=[one.id]),
        }
        for one in open_ones
    ]


def _voided(last: RegistrationState, timeline: Sequence[TimelineItem]) -> list[dict[str, str]]:
    """That nothing can be done with this record any more, and which one took its place."""
    if not last.voided:
        return []
    merged = [one.basis[MERGED_INTO] for one in timeline if MERGED_INTO in one.basis and one.corrected_by is None]
    kept = UUID(merged[-1]) if merged else None
    name = register.student_names([kept]).get(kept, "") if kept else ""
    text = "只供查阅，不能再办理变动、出具证明。"
    if kept:
        text = f"与{name or '另一所学校的学生'}的学籍是同一人，已合并，以那一份为准。{text}"
    url = reverse("web:pupil", args=[kept]) if kept and name else ""
    return [{"state": "soon", "title": "这份学籍已经作废", "text": text, "url": url}]


def _awaited(actor: Actor, record: StudentRecord) -> list[dict[str, str]]:
    """That the other side's letter is awaited, with the list where it is entered."""
    if record.in_force is None or record.in_force.value("arrival", today()) != DEPARTING:
        return []
    return [
        {
            "state": "soon",
            "title": "转往外地已批准，正在等接收学校的回执",
            "text": "收到回执（接收函）后登记，学籍才注销；决定不转的，取消转出。",
            "url": reverse("web:departures") if actor.role in REGISTRY_POSTS else "",
        }
    ]


def _attending_words(record: StudentRecord, how: Standing) -> str:
    return "在校" if how.state == "done" else how.text if record.in_force else "不在校"


def _missing(rulebook: Rulebook, record: StudentRecord) -> str:
    held = {code for code, value in record.fields.items() if value not in (None, "")} | record.state.sensitive_codes
    names = [column.label for column in rulebook.fields.minimal if column.code not in held]
    return "、".join(names[:6]) + ("等" if len(names) > 6 else "")


def _chain(record: StudentRecord, schools: dict[UUID, str]) -> list[dict[str, Any]]:
    rows = []
    for one in reversed(record.registrations):
        how = HOW_STARTED.get(one.how_started, "")
        if one.ended_on is not None:
            how = f"{how} → {HOW_ENDED.get(one.how_ended or '', '离校')}"
        rows.append(
            {
                "school": schools.get(one.school, ""),
                "stage": STAGE_NAMES[Stage(one.stage)],
                "number": one.number,
                "started_on": one.started_on,
                "ended_on": one.ended_on,
                "how": "登记作废" if one.voided else how,
            }
        )
    return rows
