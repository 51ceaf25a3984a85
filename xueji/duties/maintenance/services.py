"""Problems reported school → district → city, answered, and closed by who reported them (clause D1)."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from xueji.duties.maintenance.models import NoteKind, Problem, ProblemNote, ProblemState
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Actor, Level, Refused, Role
from xueji.registry.cases.services.notices import notify

BASIS = "通知六（及时总结新情况、新问题）"
ANSWERS = frozenset({Role.CLERK, Role.HEAD, Role.SOFTWARE_MAINTAINER, Role.SYSTEM_ADMIN})


@transaction.atomic
def report(*, actor: Actor, title: str, text: str) -> Problem:
    """Report a problem to the bureau above. ``Refused`` for the city, which has none above it, and without words."""
    if actor.level is Level.CITY:
        raise Refused("problem.top", "市局是最上一级，请直接处理，或联系软件的供应方。", BASIS)
    faults = ["请用一句话写明是什么问题。"] if not title.strip() else []
    if not text.strip():
        faults.append("请写明在哪一页、做什么时出现、看到什么。")
    if faults:
        raise Refused("problem.incomplete", "".join(faults), BASIS)
    above = organisations.competent_bureau(actor.organisation) if actor.level is Level.SCHOOL else None
    now = environment().now()
    made = Problem.objects.create(
        id=environment().new_id(),
        organisation=actor.organisation,
        handler=above or organisations.city().id,
        title=title.strip(),
        state=ProblemState.OPEN,
        reported_at=now,
        moved_at=now,
    )
    _note(actor, made, NoteKind.REPORT, text)
    notify([made.handler], "problem_reported", params={"title": made.title})
    return made


def answer(*, actor: Actor, problem: UUID, text: str) -> Problem:
    """The bureau that has it answers; who reported it says whether that was it."""
    return _move(actor, problem, NoteKind.ANSWER, text, ProblemState.ANSWERED)


def pass_on(*, actor: Actor, problem: UUID, text: str) -> Problem:
    """The district passes it on to the city."""
    return _move(actor, problem, NoteKind.PASS_ON, text, ProblemState.OPEN)


def reopen(*, actor: Actor, problem: UUID, text: str) -> Problem:
    """Who reported it says that it is not solved."""
    return _move(actor, problem, NoteKind.REOPEN, text, ProblemState.OPEN)


def close(*, actor: Actor, problem: UUID, text: str = "") -> Problem:
    """Who reported it confirms that it is solved."""
    return _move(actor, problem, NoteKind.CLOSE, text, ProblemState.CLOSED)


def acts_of(actor: Actor, found: Problem) -> tuple[NoteKind, ...]:
    """What the post may do with a problem now."""
    acts: list[NoteKind] = []
    if found.state == ProblemState.CLOSED:
        return ()
    if actor.organisation == found.handler and actor.role in ANSWERS and found.state == ProblemState.OPEN:
        acts.append(NoteKind.ANSWER)
        if actor.level is Level.DISTRICT:
            acts.append(NoteKind.PASS_ON)
    if actor.organisation == found.organisation:
        acts += [NoteKind.REOPEN] if found.state == ProblemState.ANSWERED else []
        acts.append(NoteKind.CLOSE)
    return tuple(acts)


@transaction.atomic
def _move(actor: Actor, problem: UUID, kind: NoteKind, text: str, state: ProblemState) -> Problem:
    found = Problem.objects.select_for_update().filter(pk=problem).first()
    if found is None:
        raise Refused("problem.none", "没有找到这个问题，请从“问题报告”重新打开。", BASIS)
    if kind not in acts_of(actor, found):
        raise Refused(
            "problem.act",
            f"这个问题现在是“{ProblemState(found.state).label}”，您的岗位不能办理“{kind.label}”。请刷新后再看。",
            BASIS,
        )
    if not text.strip() and kind is not NoteKind.CLOSE:
        raise Refused("problem.no_text", f"请写明{kind.label}的内容。", BASIS)
    if kind is NoteKind.PASS_ON:
        found.handler = organisations.city().id
    found.state, found.moved_at = state, environment().now()
    found.save(update_fields=["handler", "state", "moved_at"])
    _note(actor, found, kind, text)
    told = found.organisation if kind is NoteKind.ANSWER else found.handler
    code = "problem_answered" if kind is NoteKind.ANSWER else "problem_reported"
    if kind is not NoteKind.CLOSE:
        notify([told], code, params={"title": found.title})
    return found


def _note(actor: Actor, problem: Problem, kind: NoteKind, text: str) -> None:
    ProblemNote.objects.create(
        id=environment().new_id(),
        problem=problem,
        kind=kind,
        text=text.strip(),
        person=actor.person,
        place=actor.organisation,
        at=environment().now(),
    )
