"""The tabs above the lists of 变动: what waits here, what came back, what is elsewhere or late, and every file."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from xueji.doors.web.actors import Session
from xueji.pure.kernel.types import Level
from xueji.registry.cases import selectors as cases
from xueji.registry.cases.selectors.inbox import COUNTED
from xueji.registry.cases.types import Tally


def tab_names(session: Session) -> dict[str, str]:
    """Name → title of the tabs of a post, in their order."""
    if session.actor.level is Level.SCHOOL:
        return {"mine": "等我办理", "sent_back": "退回给我的", "elsewhere": "别处办理", "all": "全部"}
    return {"mine": "等我办理", "elsewhere": "别处办理", "late": "所管单位逾期", "all": "全部"}


def tabs_of(session: Session, tally: Tally, current: str) -> list[dict[str, Any]]:
    """Each with address, title, and its count in words where it is counted here."""
    counts = {"mine": _number(tally.count)}
    if session.actor.level is Level.SCHOOL:
        counts["sent_back"] = _number(cases.sent_back_count(session.actor))
        counts["elsewhere"] = _number(cases.elsewhere_count(session.actor, stage=session.stage))
    else:
        # Of a bureau these go over all its schools: counted where they are opened, and below each list.
        counts["late"] = _up_to(cases.late_count(session.actor))
    here, files = reverse("web:changes"), reverse("web:files")
    return [
        {
            "url": files if name == "all" else f"{here}?tab={name}",
            "title": title,
            "count": counts.get(name, ""),
            "current": name == current,
        }
        for name, title in tab_names(session).items()
    ]


def _number(count: int) -> str:
    return f"{count:,}"


def _up_to(count: int) -> str:
    return f"{COUNTED:,}+" if count >= COUNTED else _number(count)
