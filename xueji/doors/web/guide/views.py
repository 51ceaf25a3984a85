"""Using it: the two-page guide of the post one is in, and those of the others."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from xueji.doors.web.actors import required_session
from xueji.doors.web.guide.text import guide
from xueji.pure.kernel.types import Actor, Level, Role

TITLES: dict[str, str] = {
    "registrar": "学籍管理员",
    "proofreader": "校对员",
    "deputy_head": "分管校长",
    "clerk": "教育局经办人",
    "head": "教育局负责人",
    "city": "市教育局",
    "administrators": "安全、审计、系统管理员",
    "research": "教研查询",
}
_OF_ROLE: dict[Role, str] = {
    Role.REGISTRAR: "registrar",
    Role.PROOFREADER: "proofreader",
    Role.DEPUTY_HEAD: "deputy_head",
    Role.CLERK: "clerk",
    Role.HEAD: "head",
    Role.RESEARCH: "research",
    Role.SECURITY_ADMIN: "administrators",
    Role.AUDIT_ADMIN: "administrators",
    Role.SYSTEM_ADMIN: "administrators",
    Role.SOFTWARE_MAINTAINER: "administrators",
}


def name_for(actor: Actor) -> str:
    """The guide that fits a post."""
    if actor.level is Level.CITY and actor.role in (Role.CLERK, Role.HEAD):
        return "city"
    return _OF_ROLE[actor.role]


def show(request: HttpRequest, name: str | None = None) -> HttpResponse:
    """One guide; without a name the one of my post."""
    chosen = name or name_for(required_session(request).actor)
    text = guide(chosen) if chosen in TITLES else None
    if text is None:
        raise Http404
    return render(
        request, "guide/guide.html", {"text": text, "chosen": chosen, "titles": TITLES, "title": TITLES[chosen]}
    )
