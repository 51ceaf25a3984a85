"""秦淮's primary school with a few pupils, and an inspection of it up to the point that a test asks for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tests.small_city import PRIMARY, QINHUAI, SmallCity
from xueji.doors.web.tests.support import load
from xueji.duties.inspections import services
from xueji.duties.inspections.models import Inspection, SampleLine
from xueji.duties.inspections.services import RoundPlan, Wrong
from xueji.ground.accounts.context import acting
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Actor


def school_with_pupils(city: SmallCity, environment: SeededEnvironment, count: int = 4) -> None:
    """An opening load; it is 3 November."""
    load(city, PRIMARY, range(count), 3, QINHUAI)
    environment.move_to(datetime(2008, 11, 3, 9, tzinfo=LOCAL_ZONE))


def plan(city: SmallCity, **more: object) -> RoundPlan:
    """One named school, two pupils of it at random; it has had no change yet."""
    values: dict[str, object] = {
        "title": "2008年秋季学籍检查", "school_method": "named", "method": "random", "schools": (city.id(PRIMARY),),
        "records": 2, "procedures": 1, "seed": "a1b2",
    }  # fmt: skip
    return RoundPlan(**(values | more))  # type: ignore[arg-type]


def drawn(city: SmallCity, **more: object) -> Inspection:
    """The inspection of the bureau's round."""
    with acting(city.clerk(QINHUAI)) as actor:
        made = services.draw_round(actor=actor, plan=plan(city, **more))
        return Inspection.objects.get(round=made)


def examined(actor: Actor, inspection: Inspection, wrong: dict[str, Wrong] | None = None) -> None:
    """Everything is right, but of the first pupil the items that are given as wrong."""
    with acting(actor):
        lists = parameters.rulebook(inspection.drawn_at.date()).inspections.checklists
        todo: list[tuple[str, UUID]] = [("school", inspection.school)]
        todo += [(one.what, one.subject) for one in SampleLine.objects.filter(inspection=inspection).order_by("place")]
        for place, (checklist, subject) in enumerate(todo):
            bad = (wrong or {}) if place == 1 else {}
            services.examine(
                actor=actor, inspection=inspection.pk, checklist=checklist, subject=subject,
                verdicts={one.item: "wrong" if one.item in bad else "right" for one in lists[checklist].items},
                wrong=bad,
            )  # fmt: skip
