"""专机: machines and networks of the organisations in reach; the security administrator's page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from xueji.doors.web.actors import actor_of, required_session
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import chosen
from xueji.doors.web.names import uuid_of
from xueji.doors.web.places import ROLE_NAMES
from xueji.ground.accounts import services
from xueji.ground.accounts.models import Machine, MachineBinding, Post
from xueji.ground.accounts.selectors import jurisdiction
from xueji.ground.accounts.workplace import address_of
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Refused, Role


def machines(request: HttpRequest) -> HttpResponse:
    """What is bound, the machines of an organisation, the forms; an act comes back here."""
    session = required_session(request)
    actor, refused, code = session.actor, None, None
    places = _places(actor, session.organisation_name)
    if request.method == "POST":
        try:
            code = _do(request, set(places))
        except Refused as error:
            refused = error
        else:
            if code is None:
                return redirect(f"{request.path}?place={request.POST.get('place', '')}")
    place_filter = chosen(request, "place", "单位", [(str(key), name) for key, name in places.items()])
    place = uuid_of(request.POST.get("place", "") or place_filter.value)
    if place not in places:
        place = actor.organisation
    bindings = {one.organisation_id: one for one in MachineBinding.objects.filter(organisation__in=list(places))}
    own = bindings.get(place)
    posts = _posts(place)
    context = {
        "sub": session.organisation_name,
        "places": [(str(key), name) for key, name in places.items()],
        "place": str(place),
        "place_name": places[place],
        "bound": [
            {"name": places[key], "place": str(key), "what": _words(one)}
            for key, one in bindings.items()
            if one.machines_only or one.networks or one.posts
        ],
        "machines": [_row(one, posts) for one in Machine.objects.filter(organisation=place).order_by("name", "id")],
        "posts": [(str(key), title, bool(own and key in own.posts)) for key, title in posts.items()],
        "machines_only": own.machines_only if own else False,
        "networks": "\n".join(own.networks) if own else "",
        "typed": {name: request.POST.get(name, "") for name in ("name", "networks")} if refused else {},
        "address": address_of(request),
        "code": code,
        "refused": refused,
        "help": help_for("machines"),
    }
    return render(request, "manage/machines.html", context, status=409 if refused else 200)


def _places(actor: Actor, own_name: str) -> dict[UUID, str]:
    found = {actor.organisation: own_name}
    found |= {one.id: one.name for one in organisations.districts()}
    found |= {one.id: one.name for one in organisations.schools()}
    reach = jurisdiction()
    return {key: name for key, name in found.items() if reach is None or key in reach}


def _words(one: MachineBinding) -> str:
    parts = ["只在登记的专机上办理"] if one.machines_only else []
    if one.posts:
        parts.append(f"{len(one.posts)} 个岗位只在自己的专机上办理")
    return "；".join([*parts, *(["网段 " + "、".join(one.networks)] if one.networks else [])])


def _posts(place: UUID) -> dict[UUID, str]:
    """The posts of an organisation by their titles."""
    found = Post.objects.filter(organisation=place, closed_on__isnull=True).order_by("role", "title")
    return {one.pk: one.title or ROLE_NAMES[Role(one.role)] for one in found}


def _row(one: Machine, posts: Mapping[UUID, str]) -> dict[str, Any]:
    if one.revoked_at:
        state = ("open", "已注销")
    elif one.secret_digest:
        state = ("done", "已登记")
    elif one.code_until < today():
        state = ("wrong", "登记码已过期")
    else:
        state = ("soon", f"等待登记，登记码 {one.code_until.isoformat()} 前有效")
    return {
        "id": one.pk,
        "name": one.name,
        "post": posts.get(one.post, "（岗位已撤）") if one.post else "",
        "registered_at": one.registered_at,
        "state": state[0],
        "state_text": state[1],
        "may_revoke": one.revoked_at is None,
    }


def _do(request: HttpRequest, places: set[UUID]) -> services.MachineCode | None:
    actor, values = actor_of(request), request.POST
    act, place = values.get("act", ""), uuid_of(values.get("place", ""))
    if act == "revoke":
        machine = uuid_of(values.get("machine", ""))
        if machine is None:
            raise Http404
        services.revoke_machine(actor=actor, machine=machine)
        messages.success(request, "已注销，这台机器不能再办理。", extra_tags="done")
        return None
    if place is None or place not in places:
        raise Http404
    if act == "name":
        return services.name_machine(
            actor=actor, organisation=place, name=values.get("name", ""), post=uuid_of(values.get("post", ""))
        )
    if act != "bind":
        raise Http404
    services.bind(
        actor=actor,
        organisations=[place],
        machines_only=values.get("machines_only") == "1",
        posts=[key for text in values.getlist("posts") if (key := uuid_of(text))],
        networks=values.get("networks", "").replace("，", "\n").replace(",", "\n").splitlines(),
    )
    messages.success(request, "已设置，从下一次打开页面起生效。", extra_tags="done")
    return None
