"""Opening a term's roll-call, and bringing its list into agreement with the register again."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, transaction

from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.rollcall.authority import BASIS, held, require_registrar, school_rulebook, term_of
from xueji.registry.rollcall.listing import compare
from xueji.registry.rollcall.models import TermRegistration


@transaction.atomic
def open_roll(*, actor: Actor, school: UUID, term: str) -> UUID:
    """Make the class lists of a term from the register; the roll's id.

    Before the first day of term the register of that day is taken, so that promotion and enrolment are in it.
    Raises ``Refused``: not the registrar, not the term at hand, already opened.
    """
    require_registrar(actor, school)
    book = school_rulebook(school)
    dates, now = term_of(book, term), book.calendar.terms.current(today())
    if now is None or now.code != dates.code:
        title = now.title if now else "还没有到报到的时候"
        raise Refused("rollcall.not_now", f"现在办理的是“{title}”的报到注册，不能另开“{dates.title}”的名单。", BASIS)
    identity = environment().new_id()
    day = max(today(), dates.starts_on)
    try:
        with transaction.atomic():
            TermRegistration.objects.create(
                id=identity, school=school, term=term, opened_at=environment().now(), opened_by=actor.person,
                listed_on=day,
            )  # fmt: skip
    except IntegrityError:
        raise Refused("rollcall.opened", f"“{dates.title}”的报到名单已经生成，请直接打开。", BASIS) from None
    compare(identity, school, day)
    return identity


@transaction.atomic
def compare_roll(*, actor: Actor, roll: UUID) -> tuple[int, int]:
    """Follow the register again: who came onto the roll, who left it, whose status changed. (added, changed)."""
    found = held(roll)
    require_registrar(actor, found.school)
    return bring_up_to_date(found)


def bring_up_to_date(roll: TermRegistration) -> tuple[int, int]:
    """Compare a locked, open roll with today's register (of the first day of term, before it begins)."""
    dates = term_of(school_rulebook(roll.school), roll.term)
    roll.listed_on = max(today(), dates.starts_on)
    roll.save(update_fields=["listed_on"])
    return compare(roll.id, roll.school, roll.listed_on)
