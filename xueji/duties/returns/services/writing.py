"""The acts of a return as entries of the journals."""

from __future__ import annotations

from xueji.duties.returns.authority import BASIS
from xueji.duties.returns.models import Return
from xueji.ground.journals import services as journals
from xueji.ground.journals.types import NewEntry
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Level


def write_down(actor: Actor, made: Return, kind: str, **more: str) -> None:
    """The act as an entry: round, version, digests and the head that the return is counted up to; no operation."""
    basis = {
        "return": str(made.id),
        "round": made.round,
        "version": made.version,
        "digest": made.digest,
        "cut": made.cut,
        "head": {"sequence": made.sequence, "block_no": made.block_no, "digest": made.block_digest},
        "regulation": BASIS,
        **more,
    }
    # A school's return is noted in its own journal, also when the bureau decides: it is the school's book.
    own = made.level == Level.SCHOOL or actor.organisation == made.organisation
    journals.append(
        actor=actor,
        transaction_id=environment().new_id(),
        entries=[
            NewEntry(
                organisation=made.organisation if own else actor.organisation,
                kind=kind,
                effective_on=today(),
                operations=(),
                basis=basis,
            )
        ],
        rulebook_version=parameters.rulebook(today()).version,
    )
