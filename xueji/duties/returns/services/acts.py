"""Certify → submit → review → accept or send back (clause C5)."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from xueji.duties.returns import findings as found_in
from xueji.duties.returns.authority import BASIS, placed, require, require_another_person, require_reviewer
from xueji.duties.returns.counting import basis_of
from xueji.duties.returns.models import Return, ReturnState
from xueji.duties.returns.remarks import digest_of_explanations, explained_keys
from xueji.duties.returns.selectors import current
from xueji.duties.returns.services.making import count, put
from xueji.duties.returns.services.reopening import agree
from xueji.duties.returns.services.writing import write_down
from xueji.ground.journals import services as journals
from xueji.ground.journals.append import heads_of
from xueji.ground.organisations.models import Organisation
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.rulebook import Round
from xueji.pure.kernel.types import Actor, Level, Refused
from xueji.pure.rules.rounds import ROUND_BY_CODE
from xueji.registry.snapshots import services as snapshots


@transaction.atomic
def certify(*, actor: Actor, round_code: str, organisation: UUID) -> Return:
    """确认: the decider vouches for what was made; from now on its cut counts for the whole round.

    Entries that came into the journal since it was made move the cut on where they change nothing that is said;
    where they do, it has to be made again: what is certified is what the register says at this moment. Raises
    ``Refused`` for the maker himself, while an error stands or a query is not explained, and for figures that have
    moved on.
    """
    journals.lock([organisation])
    on_round, one, above = placed(round_code, organisation)
    require(actor, one, "certify")
    made = _latest(round_code, organisation, ReturnState.MADE, "请先生成上报数据，再确认。")
    require_another_person(actor, made)
    if found_in.blocks(made.findings):
        errors = sum(1 for item in made.findings if item["severity"] == "error")
        raise Refused("return.errors", f"还有 {errors} 个错误没有改正，不能确认。请逐条处理后重新生成。", BASIS)
    _require_explained(made)
    _hold_to_the_present(on_round, one, made)
    # Counting again may have brought a query that nobody has seen.
    _require_explained(made)
    if one.level == Level.SCHOOL:
        _freeze(on_round, made)
    made.certified_at, made.certified_by = environment().now(), actor.person
    # The city stands at the top: what its head certifies is the city's agreed book.
    made.state = ReturnState.CERTIFIED if above is not None else ReturnState.ACCEPTED
    made.save()
    write_down(actor, made, "return_certified", explanations=digest_of_explanations(made))
    return made


def _require_explained(made: Return) -> None:
    open_ = found_in.to_explain(made.findings, explained_keys(made))
    if open_:
        titles = "、".join(dict.fromkeys(ROUND_BY_CODE[item["code"]].title for item in open_))
        raise Refused(
            "return.unexplained_findings",
            f"还有 {len(open_)} 处须核实的没有写明原因（{titles}），不能确认。请在上报页面写明后再确认。",
            BASIS,
        )


def _hold_to_the_present(on_round: Round, one: Organisation, made: Return) -> None:
    """Count again where the journal, or a part of a bureau's sum, may have moved on since the making."""
    head = next((head.sequence for head in heads_of([one.id])), 0)
    if one.level == Level.SCHOOL and head == made.sequence:
        return
    basis, figures = count(on_round, one)
    if figures.digest != made.digest:
        raise Refused("return.moved_on", "生成以后又有新的变动，数字已经不同。请重新生成，看过以后再确认。", BASIS)
    put(made, basis, figures)


def _freeze(on_round: Round, made: Return) -> None:
    """The snapshot that the return is counted on from now on."""
    basis = basis_of(made)
    kept = snapshots.make(on=on_round.reference_date, cut=basis.cut, schools=[made.organisation], held=basis.held)
    if kept.digest != made.state_digest:
        raise Refused("return.moved_on", "学籍库与生成时不同，数字可能已经变化。请重新生成，看过以后再确认。", BASIS)
    made.snapshot = kept.id


@transaction.atomic
def submit(*, actor: Actor, round_code: str, organisation: UUID) -> Return:
    """上报 to the organisation above. Late ones are taken in and counted as late."""
    journals.lock([organisation])
    _, one, _ = placed(round_code, organisation)
    require(actor, one, "submit")
    made = _latest(round_code, organisation, ReturnState.CERTIFIED, "请先由负责人确认，再上报。")
    made.submitted_at, made.submitted_by, made.state = environment().now(), actor.person, ReturnState.SUBMITTED
    made.save(update_fields=["submitted_at", "submitted_by", "state"])
    write_down(actor, made, "return_submitted")
    return made


@transaction.atomic
def accept(*, actor: Actor, round_code: str, organisation: UUID) -> Return:
    """接受 a submitted return: the reviewing bureau found it right."""
    return _review(actor, round_code, organisation, ReturnState.ACCEPTED, "", "accept")


@transaction.atomic
def send_back(*, actor: Actor, round_code: str, organisation: UUID, reason: str) -> Return:
    """退回修改 with reasons; the organisation makes a new version, the old one stays beside it.

    An accepted return is only opened again by the head's decision over a request that was examined (``reopening``).
    A bureau's return that stands on the sent-back one is sent back with it, unless it was submitted already: then
    the level above must send back first. The city reopens its own book itself, since nobody stands above it.
    """
    if not reason.strip():
        raise Refused("return.reason", "请写明退回原因和需要修改的地方。", BASIS)
    return _review(actor, round_code, organisation, ReturnState.SENT_BACK, reason.strip(), "review")


def _review(actor: Actor, round_code: str, organisation: UUID, state: ReturnState, reason: str, act: str) -> Return:
    journals.lock([organisation])  # a level below before the one above, as everywhere
    journals.lock([actor.organisation])
    on_round, one, above = placed(round_code, organisation)
    made = current(round_code, organisation)
    back = state is ReturnState.SENT_BACK
    reopens = back and made is not None and made.state == ReturnState.ACCEPTED
    require_reviewer(actor, one if above is None and back else above, "reopen" if reopens else act)
    allowed = {ReturnState.SUBMITTED} | ({ReturnState.ACCEPTED} if back else set())
    if made is None or made.state not in allowed:
        raise Refused("return.not_submitted", f"{one.name}还没有上报，不能审核。", BASIS)
    if reopens:
        agree(actor, made, reason)
    if back and above is not None:
        _release_consolidation(on_round.code, above.id)
    made.reviewed_at, made.reviewed_by = environment().now(), actor.person
    made.state, made.reason = state, reason
    made.save(update_fields=["reviewed_at", "reviewed_by", "state", "reason"])
    write_down(actor, made, "return_accepted" if state is ReturnState.ACCEPTED else "return_sent_back")
    return made


def _release_consolidation(round_code: str, bureau: UUID) -> None:
    own = current(round_code, bureau)
    if own is None or own.state == ReturnState.SENT_BACK:
        return
    if own.state in (ReturnState.SUBMITTED, ReturnState.ACCEPTED):
        raise Refused("return.consolidated", "本局汇总数据已经上报，须先由上一级退回，才能退回下级。", BASIS)
    own.state, own.reason = ReturnState.SENT_BACK, "下级数据退回修改，汇总须重新生成。"
    own.save(update_fields=["state", "reason"])


def _latest(round_code: str, organisation: UUID, state: ReturnState, advice: str) -> Return:
    made = Return.objects.select_for_update().filter(round=round_code, organisation=organisation).order_by("-version")
    found = made.first()
    if found is None or found.state != state:
        now = f"现在的状态是“{ReturnState(found.state).label}”。" if found else "还没有生成上报数据。"
        raise Refused("return.order", now + advice, BASIS)
    return found
