"""Making a return: a school's from the register's state, a bureau's from the accepted returns below it (clause C5)."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from xueji.duties.returns.authority import BASIS, placed, require
from xueji.duties.returns.counting import (
    Basis,
    Figures,
    basis_of,
    count_school,
    present_basis,
    recount,
    return_before,
)
from xueji.duties.returns.models import Return, ReturnState
from xueji.duties.returns.services.consolidating import consolidate, consolidate_again
from xueji.ground.journals import services as journals
from xueji.ground.journals.append import heads_of
from xueji.ground.organisations.models import Organisation
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.rulebook import Round
from xueji.pure.kernel.types import Actor, Level, Refused
from xueji.registry.snapshots.services import keep_cut


@transaction.atomic
def make(*, actor: Actor, round_code: str, organisation: UUID) -> Return:
    """Make an organisation's return, or make it anew while it is not certified; its findings stand in it.

    A school's is counted on the present cut, with every school whose return is certified already held at its frozen
    sequence, so that no child stands in two returns. A bureau's is the sum of what it accepted, checked for children
    counted twice or nowhere. Raises ``Refused`` once it is certified.
    """
    journals.lock([organisation])
    on_round, one, above = placed(round_code, organisation)
    require(actor, one, "make")
    before = Return.objects.select_for_update().filter(round=round_code, organisation=organisation)
    latest = before.order_by("-version").first()
    if latest is not None and latest.state in ReturnState.frozen():
        raise Refused("return.certified", "数据已经确认，不能重新生成。如需修改，请由主管教育局退回后再办理。", BASIS)
    basis, figures = count(on_round, one)
    version = 1 if latest is None else latest.version + (latest.state == ReturnState.SENT_BACK)
    if latest is not None and latest.state == ReturnState.MADE:
        latest.delete()
    made = Return(
        id=environment().new_id(), level=one.level, round=round_code, organisation=one.id,
        bureau=above.id if above else None, version=version, state=ReturnState.MADE,
        made_at=environment().now(), made_by=actor.person,
    )  # fmt: skip
    put(made, basis, figures)
    made.save(force_insert=True)
    return made


def validate(*, actor: Actor, round_code: str, organisation: UUID) -> Figures:
    """What a return would say now, with its findings; nothing is written. For whoever may make it."""
    with transaction.atomic():
        on_round, one, _ = placed(round_code, organisation)
        require(actor, one, "make")
        return count(on_round, one)[1]


def count(on_round: Round, one: Organisation) -> tuple[Basis, Figures]:
    """Count an organisation's return as of now."""
    basis = present_basis(on_round.code, one.id)
    if one.level == Level.SCHOOL:
        return basis, count_school(on_round, one, basis, return_before(on_round, one.id))
    return basis, consolidate(on_round, one, basis)


def put(made: Return, basis: Basis, figures: Figures) -> None:
    """Write what was counted into a return that is not closed, with the head of its own journal."""
    made.cut, made.held = keep_cut(basis.cut), sorted(str(one) for one in basis.held)
    made.sequence = basis.cut.get(made.organisation, 0)
    for head in heads_of([made.organisation]):
        made.block_no, made.block_digest = head.block_no, bytes(head.digest).hex()
    made.state_digest, made.digest = figures.state_digest, figures.digest
    made.registered, made.attending = figures.sum("registered"), figures.sum("attending")
    made.totals, made.flow, made.opening = figures.totals, figures.flow, figures.opening
    made.in_hand, made.left_out = figures.in_hand, figures.left_out
    made.parts, made.findings = figures.parts, figures.findings
    made.information = figures.information


def again(made: Return) -> Figures:
    """A return made again from the journals at its kept cut, whatever became of the snapshots (invariant 6); a bureau's
    from the parts that it consolidated, each made again."""
    return recount(made) if made.level == Level.SCHOOL else consolidate_again(made)


def remake(made: Return) -> str:
    """The digest of a return made again from the journals."""
    return again(made).digest


__all__ = ["again", "basis_of", "count", "make", "put", "remake", "validate"]
