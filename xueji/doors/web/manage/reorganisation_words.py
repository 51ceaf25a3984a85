"""Words and figures of an act: what moves, line by line, and what stands in its way."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from xueji.doors.web.names import organisation_names
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.registry.reorganisation.models import ReorganisationState
from xueji.registry.reorganisation.plans import PARTING
from xueji.registry.reorganisation.types import ActView, Preview

COLOURS = {
    ReorganisationState.PREPARED: "progress",
    ReorganisationState.SENT_BACK: "wrong",
    ReorganisationState.DECIDED: "soon",
    ReorganisationState.IN_FORCE: "done",
    ReorganisationState.REFUSED: "wrong",
    ReorganisationState.RETRACTED: "open",
}
#: The figures of an act, in the order in which they are read.
_FIGURES = (
    ("districts", "撤并的区县教育局"),
    ("schools", "学校"),
    ("city_schools", "其中市直属（只改所在区县）"),
    ("classes", "随转班级"),
    ("pupils", "随转学生"),
    ("away", "其中休学、借读等"),
    ("guests", "来校借读改由接收学校"),
    ("posts", "随之停用的岗位"),
    ("matters", "在办事项"),
    ("papers", "随之终止的验印申请、制证批次（由档案保管单位重新申请）"),
)


def figures_of(counts: Any) -> list[tuple[str, int]]:
    """The figures that an act has."""
    return [(title, int(counts[key])) for key, title in _FIGURES if counts.get(key)]


def preview_context(preview: Preview) -> dict[str, Any]:
    """The figures, the classes that move, the hindrances, the open matters."""
    places = {one.school for one in preview.classes} | {one.to for one in preview.classes}
    bureaus = [one.to for one in preview.schools if one.to]
    names = organisation_names([*places, *(one.school for one in preview.waiting), *bureaus])
    changes = parameters.rulebook(today()).changes
    return {
        "digest": preview.digest,
        "figures": figures_of(preview.counts),
        "hindrances": preview.hindrances,
        "moves": [
            {
                "id": str(one.class_group),
                "school": names.get(one.school, ""),
                "name": one.name,
                "pupils": one.pupils,
                "to": names.get(one.to, "") if one.to else "还没有选",
                "new_name": one.new_name if one.to else "",
                "class_no": one.class_no,
                "renumbered": one.renumbered,
            }
            for one in preview.classes
        ],
        "handed": [
            {
                "school": one.name,
                "pupils": one.pupils,
                "city_school": one.city_school,
                "to": names.get(one.to, "") if one.to else "",
            }
            for one in preview.schools
        ],
        "waiting": [
            {
                "url": reverse("web:application", args=[one.application]),
                "title": changes[one.kind].title if one.kind in changes else "学籍变动",
                "school": names.get(one.school, ""),
                "lodged_on": one.lodged_on,
            }
            for one in preview.waiting
        ],
    }


def result_pairs(view: ActView) -> list[tuple[str, int]]:
    """What an act that is in force has moved; nothing for one that came to nothing."""
    return figures_of(view.counts) if view.state == ReorganisationState.IN_FORCE else []


def handed_by(view: ActView) -> list[dict[str, Any]]:
    """Which bureau each school got by an act that split or closed a district; nothing for another act."""
    if view.kind not in PARTING or view.state != ReorganisationState.IN_FORCE:
        return []
    names = organisation_names([*view.plan.receivers, *view.plan.receivers.values()])
    return [{"school": names.get(school, ""), "to": names.get(to, "")} for school, to in view.plan.receivers.items()]
