"""学校与编码: the schools in reach, one school with its dated relations, the confirming of a code."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import actor_of, required_session
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import chosen, paged
from xueji.doors.web.names import acted_by, organisation_names
from xueji.doors.web.places import BUREAU_POSTS
from xueji.doors.web.pupils.story import basis_words
from xueji.ground.accounts import selectors as accounts
from xueji.ground.journals import selectors as journals
from xueji.ground.journals.types import Entry
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations import services
from xueji.ground.organisations.kinds import SchoolKind, kind_name
from xueji.ground.organisations.models import CodeState, Organisation, OrganisationRelation
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level, Refused, Role
from xueji.registry.register import selectors as register

CODE_STATES = {CodeState.DRAFTED: "progress", CodeState.CONFIRMED: "done", CodeState.VOID: "open"}
_OWNERSHIP = {"public": "公办", "private": "民办"}
_EVENTS = {
    "open_school": "设立，拟编代码",
    "open_schools": "设立，拟编代码",
    "confirm_codes": "代码确定",
    "relate": "隶属关系变动",
    "set_class_groups": "登记班级",
    "promote_cohort": "确认升级",
    "open_sites": "登记校区（点）",
    "close_school": "撤销",
    "set_organisation_fields": "学校信息变动",
    "correct_drafted_code": "更正拟编代码",
    "decision": "对变动申请的决定",
    "return_certified": "确认上报数据",
    "return_submitted": "集中上报",
    "return_accepted": "上报已接受",
    "return_sent_back": "上报退回修改",
    "return_reopening_asked": "申请重新打开上报",
    "return_reopening_refused": "不同意重新打开上报",
    "rollcall_closed": "报到注册办结",
    "rollcall_supplemented": "报到注册更正",
    "inspection_signed_off": "定期审核办结",
    "open_bureau": "设立",
    "school_merger": "学校合并",
    "school_split": "学校拆分",
    "school_closure": "学校撤销",
    "school_renaming": "学校更名",
    "competent_bureau_change": "主管教育局变更",
    "district_merger": "区县合并",
    "district_split": "区县拆分",
    "district_closure": "区县撤销",
    "district_renaming": "区县教育局更名",
}


def _mine(actor: Actor) -> QuerySet[Organisation]:
    """The schools that this post manages or belongs to."""
    if actor.level is Level.CITY:
        return organisations.schools()
    if actor.level is Level.DISTRICT:
        return organisations.schools_of(actor.organisation)
    served = [one.id for one in organisations.schools_acted_for(actor.organisation)]
    return Organisation.objects.filter(pk__in=[actor.organisation, *served]).order_by("code")


def listing(request: HttpRequest) -> HttpResponse:
    """Schools by code, with what their code's state is."""
    session = required_session(request)
    actor = session.actor
    found = _mine(actor)
    filters = [
        chosen(request, "kind", "类别", [(one.value, str(one.label)) for one in SchoolKind]),
        chosen(request, "state", "代码状态", [(one.value, str(one.label)) for one in CodeState]),
    ]
    if actor.level is Level.CITY:
        bureaus = [organisations.city(), *organisations.districts()]
        filters.insert(0, chosen(request, "bureau", "主管教育局", [(str(one.id), one.name) for one in bureaus]))
    values = {one.name: one.value for one in filters}
    if values.get("bureau"):
        found = organisations.schools_of(UUID(values["bureau"]))
    if values["kind"]:
        found = found.filter(kind=values["kind"])
    if values["state"]:
        found = found.filter(code_state=values["state"])
    page = paged(request, found)
    bureau_of = organisations.competent_bureaus(one.id for one in page)
    names = organisation_names(bureau_of.values())
    context = {
        "sub": f"{session.organisation_name}，共 {page.paginator.count} 所",
        "filters": filters,
        "page": page,
        "rows": [_row(one, names.get(bureau_of[one.id], "") if one.id in bureau_of else "") for one in page],
        "may_draft": actor.level is not Level.SCHOOL and actor.role in BUREAU_POSTS,
        "help": help_for("organisations"),
    }
    return render(request, "manage/organisations.html", context)


def _row(one: Organisation, bureau: str) -> dict[str, Any]:
    return {
        "url": reverse("web:organisation", args=[one.id]),
        "name": one.name,
        "code": one.code,
        "kind": kind_name(one.kind),
        "state": CODE_STATES[CodeState(one.code_state)],
        "state_text": CodeState(one.code_state).label,
        "bureau": bureau,
        "note": _note(one),
    }


def _note(one: Organisation) -> str:
    parts = []
    if one.fields.get("ownership") == "private":
        parts.append("民办")
    if one.fields.get("is_approved") is False:
        parts.append("未经批准，由代管学校代办")
    return "，".join(parts)


def show(request: HttpRequest, organisation: UUID) -> HttpResponse:
    """One school: its code, its dated relations, its classes, what happened to it."""
    actor = actor_of(request)
    one = _mine(actor).filter(pk=organisation).first()
    if one is None:
        raise Http404
    refused: Refused | None = None
    if request.method == "POST":
        try:
            if request.POST.get("act") == "address":
                address = " ".join(request.POST.get("address", "").split())[:120]
                services.set_fields(actor=actor, organisation=one.id, fields={"address": address}, effective_on=today())
            elif request.POST.get("act") == "correct":
                code = "".join(request.POST.get("code", "").split())
                services.correct_drafted_code(actor=actor, school=one.id, code=code, effective_on=today())
            else:
                services.confirm_codes(actor=actor, schools=[one.id], effective_on=today())
            return redirect("web:organisation", one.id)
        except Refused as error:
            refused = error
    return render(request, "manage/organisation.html", _page(actor, one) | {"refused": refused})


def _page(actor: Actor, one: Organisation) -> dict[str, Any]:
    relations = list(
        OrganisationRelation.objects.filter(organisation=one).select_related("other").order_by("-started_on")
    )
    stages = parameters.rulebook(today()).stages
    pupils = register.class_counts(one.id)
    groups = organisations.class_groups(one.id, stages=stages)
    return {
        "organisation": {"name": one.name, "state_text": f"代码{CodeState(one.code_state).label}"},
        "fields": [
            ("学校代码", one.code),
            ("类别", kind_name(one.kind)),
            ("举办", _OWNERSHIP.get(str(one.fields.get("ownership", "")), "")),
            ("学校地址", str(one.fields.get("address", "")) or "未登记"),
            ("设立日期", one.opened_on.isoformat()),
            ("撤销日期", one.closed_on.isoformat() if one.closed_on else ""),
            ("曾用名", "；".join(_earlier(one))),
            ("校区（点）", "、".join(site.name for site in organisations.sites(one.id))),
            ("说明", _note(one)),
        ],
        "relations": [
            {
                "relation": relation.get_relation_display(),
                "other": relation.other.name,
                "started_on": relation.started_on,
                "ended_on": relation.ended_on,
            }
            for relation in relations
        ],
        "class_groups": [
            {
                "name": organisations.class_display_name(group, stages=stages),
                "cohort": f"{group.intake_year} 级",
                "site": group.site.name,
                "pupils": pupils.get(group.id, 0),
            }
            for group in groups
        ],
        "events": _events(one.id),
        "help": help_for("organisations"),
        **_confirming(actor, one),
    }


def _earlier(one: Organisation) -> list[str]:
    """秦淮云锦小学（至 2008-11-10）…"""
    names = organisations.earlier_names(one.id)
    return [f"{name.name}（至 {name.ended_on.isoformat()}）" for name in names if name.ended_on is not None]


def _confirming(actor: Actor, one: Organisation) -> dict[str, Any]:
    """The bureau's acts: the address, which the return says; a drafted code corrected, and confirmed by the head."""
    if actor.level is Level.SCHOOL or actor.role not in BUREAU_POSTS:
        return {"acts": [], "dialogs": []}
    address = {
        "id": "address",
        "act": "address",
        "url": "",
        "title": "登记学校地址",
        "button": "登记",
        "text": "写到门牌号；上报的学校基本情况用这个地址。",
        "field": {"name": "address", "label": "学校地址", "value": str(one.fields.get("address", ""))},
    }
    acts: list[dict[str, Any]] = [{"title": "登记地址…", "dialog": "#address"}]
    if one.code_state != CodeState.DRAFTED:
        return {"acts": acts, "dialogs": [address]}
    act: dict[str, Any] = {"title": "确定代码", "main": True, "dialog": "#confirm"}
    if actor.role is not Role.HEAD:
        act["why"] = "由教育局负责人确定（通知第二部分）"
    dialog = {
        "id": "confirm",
        "act": "confirm",
        "url": "",
        "title": f"确定{one.name}的代码",
        "button": "确定代码",
        "text": f"代码 {one.code} 一经确定，永不更改，也不再给别的学校。请与备案表逐位核对。",
    }
    correct = {
        "id": "correct",
        "act": "correct",
        "url": "",
        "title": "更正拟编的代码",
        "button": "更正",
        "text": "只有拟编的代码可以更正。",
        "field": {"name": "code", "label": "学校代码", "value": one.code, "digits": True},
    }
    acts += [{"title": "更正代码…", "dialog": "#correct"}, act]
    return {"acts": acts, "dialogs": [address, correct] if "why" in act else [address, correct, dialog]}


def _place_of(entry: Entry) -> UUID:
    return UUID(entry.actor["organisation"]) if entry.actor.get("organisation") else entry.organisation


def _events(organisation: UUID) -> list[dict[str, str]]:
    entries = [entry for entry in journals.entries_of_organisation(organisation) if entry.student is None]
    names = accounts.names_of(UUID(entry.actor["person"]) for entry in entries if entry.actor.get("person"))
    places = organisation_names(_place_of(entry) for entry in entries)
    return [
        {
            "state": "done",
            "when": entry.effective_on.isoformat(),
            "what": _EVENTS.get(entry.kind, "学校事项变动"),
            "who": acted_by(names, entry.actor.get("person"), places.get(_place_of(entry), "")),
            "text": "",
            "basis": basis_words(entry.basis),
        }
        for entry in reversed(entries[-20:])
    ]
