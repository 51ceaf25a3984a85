"""岗位与任职: posts, holders, training; accounts from the roster of annex 1, their slips printed once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import actor_of, required_session
from xueji.doors.web.dates import read_day
from xueji.doors.web.files import workbook
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import chosen, paged
from xueji.doors.web.manage.roster_template import roster_template
from xueji.doors.web.manage.training import row_of as row_of_standing
from xueji.doors.web.places import REGISTRY_POSTS, ROLE_NAMES
from xueji.duties.training import selectors as training
from xueji.duties.training.models import Outcome
from xueji.ground.accounts import selectors, services
from xueji.ground.accounts.models import PostHolding
from xueji.ground.accounts.services import Slip
from xueji.ground.accounts.services.authority import KEEPERS
from xueji.ground.accounts.staffing import staffing_of
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.staffing import TrainingState
from xueji.pure.kernel.types import Actor, Finding, Level, Refused, Role

_SEES = REGISTRY_POSTS | {Role.SECURITY_ADMIN}


def _places(actor: Actor) -> dict[UUID, str]:
    """The organisations whose posts are shown: the own one and those below it."""
    found = {actor.organisation: organisations.by_id(actor.organisation).name}
    if actor.level is Level.CITY:
        found |= {one.id: one.name for one in organisations.districts()}
        found |= {one.id: one.name for one in organisations.schools()}
    elif actor.level is Level.DISTRICT:
        found |= {one.id: one.name for one in organisations.schools_of(actor.organisation)}
    return found


def posts(request: HttpRequest) -> HttpResponse:
    """The list."""
    return _page(request)


def _page(request: HttpRequest, *, refused: Refused | None = None, findings: Iterable[Finding] = ()) -> HttpResponse:
    session = required_session(request)
    actor = session.actor
    if actor.role not in _SEES:
        raise Http404
    places = _places(actor)
    filters = [
        chosen(request, "role", "岗位", [(role.value, name) for role, name in ROLE_NAMES.items()]),
        chosen(request, "training", "培训", [("missing", "未登记培训日期")]),
    ]
    if len(places) > 1:
        filters.insert(0, chosen(request, "place", "单位", [(str(key), name) for key, name in places.items()]))
    values = {one.name: one.value for one in filters}
    wanted = [UUID(values["place"])] if values.get("place") else list(places)
    found = selectors.holdings_of(wanted)
    if values["role"]:
        found = found.filter(post__role=values["role"])
    if values["training"]:
        found = found.filter(trained_on__isnull=True)
    page = paged(request, found)
    problems = [one.message for one in findings]
    context = {
        "sub": f"{session.organisation_name}，{page.paginator.count:,} 个在任岗位",
        "filters": filters,
        "page": page,
        "rows": [row_of(one) for one in page],
        "may_open": actor.role in KEEPERS,
        "roster_findings": problems[:50],
        "refused": refused,
        "help": help_for("posts"),
    }
    return render(request, "manage/posts.html", context, status=409 if refused or problems else 200)


def row_of(one: PostHolding) -> dict[str, Any]:
    """A holder as a line of the list."""
    state = ("done", "在任")
    if one.account.deactivated:
        state = ("open", "账号停用")
    elif one.account.must_change_password:
        state = ("soon", "还没有激活")
    elif one.trained_on is None and one.post.role == Role.REGISTRAR:
        state = ("wrong", "未培训，不能办理")
    elif one.locked_on is not None:
        state = ("wrong", f"培训过期，{one.locked_on.isoformat()} 起暂停办理")
    return {
        "url": reverse("web:holding", args=[one.id]),
        "organisation": one.post.organisation.name,
        "role": one.post.title or ROLE_NAMES[Role(one.post.role)],
        "name": one.account.name,
        "login": one.account.login,
        "started_on": one.started_on,
        "trained_on": one.trained_on,
        "state": state[0],
        "state_text": state[1],
    }


def template(request: HttpRequest) -> HttpResponse:
    """The workbook of annex 1 with the organisations in reach."""
    actor = _keeper(request)
    places = organisations.by_ids(_places(actor)).values()
    return workbook("学籍管理人员汇总表.xlsx", roster_template(sorted((one.code, one.name) for one in places)))


def _keeper(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if actor.role not in KEEPERS:
        raise Http404
    return actor


@require_POST
def roster(request: HttpRequest) -> HttpResponse:
    """Accounts for everyone on the roster, or for nobody; the slips are the answer, once."""
    actor = _keeper(request)
    file = request.FILES.get("file")
    try:
        if file is None:
            raise Refused("web.no_file", "没有选择文件。请先选好填好的名单，再点检查并开户。")
        rows, findings = services.read_roster(file.read())
        if findings:
            return _page(request, findings=findings)
        outcome = services.admit_roster(actor=actor, rows=rows)
    except Refused as refused:
        return _page(request, refused=refused)
    if outcome.findings:
        return _page(request, findings=outcome.findings)
    if not outcome.slips:
        messages.success(request, "名单上的人员都已开户，没有新的激活单；培训日期已按名单更新。", extra_tags="done")
        return redirect("web:posts")
    return slips_page(request, outcome.slips)


def slips_page(request: HttpRequest, slips: Iterable[Slip]) -> HttpResponse:
    """The slips, printed once."""
    rows = [
        {
            "organisation": one.organisation_name,
            "role": one.post_title,
            "name": one.name,
            "login": one.login,
            "code": one.code,
            "until": one.until.isoformat(),
        }
        for one in slips
    ]
    return render(request, "manage/slips.html", {"slips": rows})


def held_in_reach(actor: Actor, holding: UUID) -> PostHolding | None:
    """A holding of today or later at an organisation whose posts the actor is shown."""
    return selectors.holdings_of(list(_places(actor))).filter(pk=holding).first()


def holding(request: HttpRequest, holding: UUID) -> HttpResponse:
    """One holder: reset, training, handing over, closing the account."""
    actor = actor_of(request)
    if actor.role not in _SEES:
        raise Http404
    found = held_in_reach(actor, holding)
    if found is None:
        raise Http404
    refused: Refused | None = None
    if request.method == "POST":
        _keeper(request)
        try:
            slip = _do(actor, found, request.POST.get("act", ""), request.POST.get("day", ""))
        except Refused as error:
            refused = error
        else:
            if slip is not None:
                return slips_page(request, [slip])
            messages.success(request, "已登记。", extra_tags="done")
            return redirect("web:posts")
    context = {
        "row": row_of(found),
        "holding": found.pk,
        **_training(actor, found),
        "may": actor.role in KEEPERS,
        "today": today(),
        "refused": refused,
        "help": help_for("posts"),
    }
    return render(request, "manage/holding.html", context, status=409 if refused else 200)


def _training(actor: Actor, found: PostHolding) -> dict[str, Any]:
    """How the holder stands with the training, its courses, and who held the post over time."""
    from xueji.doors.web.manage.handing_over import history

    standing = training.standing_of(found)
    rules = staffing_of(found.post.organisation_id)
    lapsed = standing is not None and standing.state is TrainingState.LAPSED
    return {
        "standing": row_of_standing(standing, opens=False) if standing else None,
        "may_lock": actor.role is Role.HEAD and lapsed,
        "no_lock_now": lapsed and not rules.locks_hold(today()),
        "may_unlock": actor.role is Role.HEAD and found.locked_on is not None,
        "trainings": [
            (one.course.held_on, one.course.title, Outcome(one.outcome).label, one.score)
            for one in training.trainings_of(found.account_id)
        ],
        "history": history(found),
    }


def _do(actor: Actor, found: PostHolding, act: str, typed: str) -> Slip | None:
    if act == "reset":
        slip = services.reset_password(actor=actor, account=found.account_id)
        title = found.post.title or ROLE_NAMES[Role(found.post.role)]
        return Slip(slip.account, slip.login, slip.name, slip.code, slip.until, found.post.organisation.name, title)
    if act in ("deactivate", "reactivate"):
        services.deactivate(actor=actor, account=found.account_id, deactivated=act == "deactivate")
        return None
    if act in ("lock", "unlock"):
        change = services.lock_holder if act == "lock" else services.unlock_holder
        change(actor=actor, holding=found.id)
        return None
    day = read_day(typed)
    if day is None:
        raise Refused("web.day", f"日期“{typed}”读不出来，请写成 2008-09-03 或 20080903。")
    if act == "train":
        services.record_training(actor=actor, holding=found.id, trained_on=day)
    else:
        raise Http404
    return None
