"""Lodging what concerns whole cohorts: the yearly promotion, and the leaving of a final grade."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from xueji.ground.journals import services as journals
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage, school_year_name
from xueji.pure.kernel.types import Actor, Refused
from xueji.pure.procedures.effective import opens_on
from xueji.registry.applications.models import Application, ApplicationState
from xueji.registry.applications.services.completing.leavers import leaving_plan
from xueji.registry.applications.services.completing.promotions import promotion_plan
from xueji.registry.applications.services.completing.writing import refuse
from xueji.registry.applications.services.lodging import Ground, ground, open_application
from xueji.registry.applications.types import LodgeResult


@transaction.atomic
def lodge_promotion(*, actor: Actor, school: UUID, school_year: int) -> LodgeResult:
    """Lodge the promotion of the school's cohorts into ``school_year`` (升级). Raises ``Refused``."""
    journals.lock([school])
    stands = ground(actor, school, "promotion")
    _none_open(stands, school_year, "")
    plan = promotion_plan(school, school_year, stands.book)
    refuse(plan)
    application, _ = open_application(
        actor=actor,
        stands=stands,
        label=f"{school_year_name(school_year)} 学年升级",
        school_year=school_year,
        rows=len(plan.entries),
    )
    return LodgeResult(application.id, application.state, application.rows)


@transaction.atomic
def lodge_leaving(*, actor: Actor, school: UUID, stage: str, school_year: int) -> LodgeResult:
    """Lodge the leaving of a stage's final grade at the end of ``school_year`` (毕业年级离校). Raises ``Refused``.

    Who is suspended, dropped out or abroad, or has an application under way, stays; the plan is made
    anew at the approval.
    """
    journals.lock([school])
    stands = ground(actor, school, "leaving")
    opens = opens_on(stands.change, school_year + 1)
    if opens is not None and today() < opens:
        raise Refused("leaving_too_early", f"毕业年级离校从 {opens:%Y-%m-%d} 起申报，请届时再报。", stands.change.basis)
    _none_open(stands, school_year, stage)
    found = leaving_plan(school, stage, school_year, stands.book, ahead=True)
    refuse(found.plan)
    application, _ = open_application(
        actor=actor,
        stands=stands,
        label=f"{school_year_name(school_year)} 学年{STAGE_NAMES[Stage(stage)]}毕业年级离校",
        stage=stage,
        school_year=school_year,
        rows=len(found.plan.entries),
    )
    return LodgeResult(application.id, application.state, application.rows)


def _none_open(stands: Ground, school_year: int, stage: str) -> None:
    same = Application.objects.filter(
        school=stands.school.id, kind=stands.change.kind, school_year=school_year, stage=stage
    )
    if same.filter(state__in=ApplicationState.under_way()).exists():
        raise Refused(
            "already_lodged",
            f"本校这一学年的{stands.change.title}已经申报，正在办理，不必再报。",
            stands.change.basis,
        )
