"""成批办理: one decision for many schools, each in a transaction of its own (issue "Every change of status", Shows 7).

What is done stands in the register: a rerun finds it there and goes on, a kill loses at most the school in hand.
Called outside any transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F

from xueji.ground.accounts import services as accounts
from xueji.ground.accounts.context import acting
from xueji.ground.journals import services as journals
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Level, Refused, Role
from xueji.registry.applications.models import Application, ApplicationState, BulkRun
from xueji.registry.applications.previews import preview_promotion, schools_in, waiting_lists
from xueji.registry.applications.services.acts import act
from xueji.registry.applications.services.completing.promotions import promotion_plan, write_promotion
from xueji.registry.applications.services.completing.writing import refuse
from xueji.registry.applications.services.lodging import school_rulebook

KINDS = ("promotion", "leaving")
_NOTHING = "promotion_nothing_due"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A school that a run left out, and why."""

    school: UUID
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: schools done of all, entries written, schools left out so far."""

    run: UUID
    total: int
    done: int
    written: int
    skipped: tuple[Skipped, ...] = ()
    finished: bool = False


Tell = Callable[[Progress], None]


def begin_run(*, actor: Actor, kind: str, school_year: int, stage: str = "", organisation: UUID | None = None) -> UUID:
    """Note a run over the schools of the actor's bureau (or of ``organisation`` below it). Raises ``Refused``.

    Joins the transaction around it.
    """
    place = organisation or actor.organisation
    if actor.role is not Role.HEAD or actor.level not in (Level.DISTRICT, Level.CITY):
        raise Refused("bulk_not_yours", "成批办理由教育局负责人决定，您现在的岗位不能办理。", "通知一.2")
    accounts.can_act(actor)
    now = environment().now()
    run = BulkRun(
        id=environment().new_id(),
        organisation=actor.organisation,
        scope=place,
        kind=kind,
        school_year=school_year,
        stage=stage,
        state="waiting",
        person=actor.person,
        total=len(_wanted(actor, kind, school_year, stage, place)),
        begun_at=now,
        changed_at=now,
    )
    run.save(force_insert=True)
    return run.id


def carry_out(*, actor: Actor, run: UUID, tell: Tell | None = None) -> Progress:
    """Do what a run is for, school by school; ``tell`` is called after each. Safe to be called again after a kill."""
    with acting(actor):
        found = BulkRun.objects.get(pk=run)
        wanted = _wanted(actor, found.kind, found.school_year, found.stage, found.scope)
        BulkRun.objects.filter(pk=run).update(state="running", total=F("done") + len(wanted), changed_at=_now())
        done, written = found.done, found.written
    total = done + len(wanted)
    skipped: list[Skipped] = []
    for _, count in _each(actor, found, wanted):
        done += 1
        if isinstance(count, Skipped):
            skipped.append(count)
            _note(actor, run, done, written, skipped)
        else:
            written += count
        if tell is not None:
            tell(Progress(run, total, done, written, tuple(skipped)))
    with acting(actor):
        BulkRun.objects.filter(pk=run).update(state="done", done=done, written=written, changed_at=_now())
    return Progress(run, total, done, written, tuple(skipped), finished=True)


def _each(
    actor: Actor, run: BulkRun, wanted: Sequence[tuple[UUID, UUID | None]]
) -> Iterator[tuple[UUID, int | Skipped]]:
    """Each school in its own transaction, its entries with the run's count."""
    for school, application in wanted:
        try:
            with acting(actor):
                if run.kind == "promotion":
                    count = _promote(actor, school, run)
                else:
                    count = _graduate(actor, application)
                BulkRun.objects.filter(pk=run.id).update(
                    done=F("done") + 1, written=F("written") + count, changed_at=_now()
                )
            yield school, count
        except Refused as refused:
            yield school, Skipped(school, refused.code, refused.message)


def _note(actor: Actor, run: UUID, done: int, written: int, skipped: Sequence[Skipped]) -> None:
    lines = [{"school": str(one.school), "code": one.code, "message": one.message} for one in skipped]
    with acting(actor):
        BulkRun.objects.filter(pk=run).update(done=done, written=written, skipped=lines, changed_at=_now())


def _wanted(
    actor: Actor, kind: str, school_year: int, stage: str, organisation: UUID
) -> list[tuple[UUID, UUID | None]]:
    """The schools for which something is to be written, with the application that waits (graduation)."""
    schools = schools_in(organisation)
    book = school_rulebook(schools[0], today()) if schools else None
    if book is None:
        return []
    if kind == "promotion":
        open_ones = preview_promotion(schools, school_year, book).open_schools
        return [(school, None) for school in schools if school in open_ones]
    waiting = waiting_lists(schools, stage, school_year, actor=actor)
    return [(school, waiting[school]) for school in schools if school in waiting]


def _promote(actor: Actor, school: UUID, run: BulkRun) -> int:
    """One school's promotion by the bureau's decision; 0 where another run was quicker. Raises ``Refused``."""
    journals.lock([school])
    _none_under_way(school, run.school_year)
    bureau = organisations.competent_bureau(school, today())
    if actor.organisation != bureau and actor.level is not Level.CITY:
        raise Refused("bulk_not_yours", "这所学校不归您单位主管，不能代为确认。", "通知一.2")
    book = school_rulebook(school, today())
    plan = promotion_plan(school, run.school_year, book)
    if [one.code for one in plan.refusals] == [_NOTHING]:
        return 0
    refuse(plan)
    basis = {"kind": "promotion", "bulk_run": str(run.id), "bureau": str(actor.organisation)}
    written = write_promotion(
        actor=actor, school=school, school_year=run.school_year, plan=plan, book=book, basis=basis
    )
    return written.cohorts + written.stayed


def _none_under_way(school: UUID, school_year: int) -> None:
    own = Application.objects.filter(
        school=school, kind="promotion", school_year=school_year, state__in=ApplicationState.under_way()
    )
    if own.exists():
        raise Refused("promotion_under_way", "这所学校已经提出升级，等分管校长确认；教育局不重复办理。", "通知一.2")


def _graduate(actor: Actor, application: UUID | None) -> int:
    if application is None:
        return 0
    return act(actor=actor, application=application, act="approve").registrations


def _now() -> datetime:
    return environment().now()


def start_run(*, actor: Actor, kind: str, school_year: int, stage: str = "") -> UUID:
    """Note a run over the actor's schools and have the worker carry it out. Raises ``Refused``."""
    run = begin_run(actor=actor, kind=kind, school_year=school_year, stage=stage)
    go_on(actor=actor, run=run)
    return run


def go_on(*, actor: Actor, run: UUID) -> None:
    """Have the worker carry a run out, or go on with one that was interrupted."""
    from xueji.registry.applications.tasks import carry_out_run

    carry_out_run.defer(
        run=str(run), person=str(actor.person), post=str(actor.post), organisation=str(actor.organisation)
    )
