"""Pupils in a list: by class, by condition, by what was typed into the search box."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import Session, actor_of, required_session
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import Filter, asked, chips, chosen
from xueji.doors.web.names import Reach, class_names, in_reach, organisation_names
from xueji.doors.web.pupils.standing import LIST_STATUSES, standing
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.school_year import grade_name
from xueji.pure.kernel.types import Actor, Level, Role
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import Found

_NOBODY = UUID(int=0)  # its place in an address is taken by each pupil's id
COLUMNS = (("gender", "性别"), ("birth", "出生日期"), ("class", "班级"), ("short", "学号"), ("number", "学籍号"))


def pupils(request: HttpRequest) -> HttpResponse:
    """The list of the post's pupils; conditions stand in the address, since they name nobody."""
    return _page(request, "")


@require_POST
def search(request: HttpRequest) -> HttpResponse:
    """The search box. What was typed stands in no address and in no log."""
    text = " ".join(request.POST.get("q", "").split())[:64]
    if not text:
        return redirect("web:pupils")
    return _page(request, text)


def total(request: HttpRequest) -> HttpResponse:
    """The figures above a bureau's list, which count many."""
    actor = actor_of(request)
    reach = in_reach(actor)
    return render(request, "pupils/totals.html", _totals(reach.narrowed(_school(request, reach))))


def _totals(schools: tuple[UUID, ...] | None) -> dict[str, Any]:
    found = register.counts(schools)
    return {"total": found.registered, "figures": [("在校", found.attending), ("尚未到校", found.awaited)]}


def _school(request: HttpRequest, reach: Reach) -> UUID | None:
    value = asked(request).get("school", "")
    return next((key for key in reach.names if str(key) == value), None)


def _filters(request: HttpRequest, actor: Actor, reach: Reach) -> tuple[list[Filter], dict[UUID, str]]:
    """The conditions that can be chosen, and the names of the school's classes where they were read for it."""
    stages = parameters.rulebook(today()).stages
    made = []
    classes: dict[UUID, str] = {}
    if actor.level is not Level.SCHOOL:
        made.append(chosen(request, "school", "学校", [(str(key), name) for key, name in reach.names.items()]))
    grades = [(str(one), grade_name(one)) for one in range(1, stages.final_grade("junior") + 1)]
    school = actor.organisation if actor.level is Level.SCHOOL else _school(request, reach)
    if school is not None:
        groups = organisations.class_groups(school, stages=stages)
        classes = {one.id: organisations.class_display_name(one, stages=stages) for one in groups}
        year = stages.school_year_of(today())
        present = {stages.grade_of(one.stage, one.intake_year, year) for one in groups}
        grades = [one for one in grades if int(one[0]) in present]
        made.append(chosen(request, "grade", "年级", grades))
        made.append(chosen(request, "class", "班级", [(str(key), name) for key, name in classes.items()]))
    else:
        made.append(chosen(request, "grade", "年级", grades))
    made.append(chosen(request, "status", "学籍情况", LIST_STATUSES))
    return made, classes


def _page(request: HttpRequest, text: str) -> HttpResponse:
    session = required_session(request)
    actor = session.actor
    reach = _reach(session)
    filters, classes = _filters(request, actor, reach)
    values = {one.name: one.value for one in filters}
    school = _school(request, reach)
    schools = reach.narrowed(school)
    found = register.find_students(
        schools=schools,
        query=text,
        grade=int(values["grade"]) if values.get("grade") else None,
        class_group=UUID(values["class"]) if values.get("class") else None,
        status=values.get("status") or None,
        after=_uuid(asked(request).get("after", "")),
    )
    if text and len(found.pupils) == 1 and not any(values.values()) and not asked(request).get("after"):
        return redirect("web:pupil", found.pupils[0].student)
    with_school = actor.level is not Level.SCHOOL
    own = not with_school and not text and not any(values.values())
    context: dict[str, Any] = {
        "heading": f"查找“{text}”" if text else "学生名单",
        "scope_text": _scope(session.organisation_name, actor),
        "search_text": text,
        "filters": filters,
        "chips": chips(filters, reverse("web:pupils")) if not text else [],
        "rows": _rows(found.pupils, with_school, reach, classes),
        "with_school": with_school,
        "columns": _columns(with_school),
        "after": found.after,
        "first": not asked(request).get("after"),
        "shown": len(found.pupils),
        "may_export": bool(found.pupils),
        "may_enter": actor.role is Role.REGISTRAR,
        "help": help_for("pupils"),
        "totals_url": f"{reverse('web:pupils-total')}?{urlencode({'school': str(school or '')})}",
        "totals_later": with_school and not text,
        **(_totals(schools) if own else {}),
    }
    return render(request, "pupils/list.html", context)


def _columns(with_school: bool) -> list[tuple[str, str]]:
    if not with_school:
        return list(COLUMNS)
    return [("school", "学校"), *(one for one in COLUMNS if one[0] != "number")]


def _scope(name: str, actor: Actor) -> str:
    return (
        name if actor.level is Level.SCHOOL else f"{name} · 全市" if actor.level is Level.CITY else f"{name} · 所管学校"
    )


def _reach(session: Session) -> Reach:
    """As ``in_reach``; a school's own name is known already."""
    own = session.actor.organisation
    if session.actor.level is Level.SCHOOL:
        return Reach((own,), {own: session.organisation_name})
    return in_reach(session.actor)


def _rows(pupils: tuple[Found, ...], with_school: bool, reach: Reach, known: dict[UUID, str]) -> list[dict[str, Any]]:
    """The rows as the tag ``pupil_row`` shows them; ``known`` are names of classes that were read already."""
    missing = {one.class_group for one in pupils} - known.keys()
    classes = {**known, **class_names(missing)}
    elsewhere = {one.school for one in pupils} - reach.names.keys() if with_school else set()
    schools = {**reach.names, **(organisation_names(elsewhere) if elsewhere else {})}
    address = reverse("web:pupil", args=[_NOBODY])
    genders = parameters.rulebook(today()).codes["gender"].by_code
    rows = []
    for one in pupils:
        ended = one.ended_on is not None and one.ended_on <= today()
        how = standing(ended=ended, how_ended=None, status=one.status, arrival=one.arrival, attends=one.attends)
        rows.append(
            {
                "url": address.replace(str(_NOBODY), str(one.student)),
                "name": one.name,
                "gender": genders[one.gender].name if one.gender in genders else one.gender,
                "birth_date": one.birth_date.isoformat() if one.birth_date else "",
                "school": schools.get(one.school, ""),
                "class_name": classes.get(one.class_group, "") if one.class_group else "",
                "student_number": one.student_number,
                "number": one.number,
                "state": how.state,
                "state_text": how.text,
            }
        )
    return rows


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
