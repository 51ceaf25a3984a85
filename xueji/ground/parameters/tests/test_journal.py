"""The journal stays whole with a rulebook in it."""

from __future__ import annotations

from uuid import UUID

from xueji.ground.accounts.context import acting_system
from xueji.ground.journals.selectors import verify
from xueji.ground.parameters.services import load_rulebooks
from xueji.pure.kernel.environment import SeededEnvironment


def test_invariant_4_the_journal_with_a_rulebook_verifies(fresh_database: str, environment: SeededEnvironment) -> None:
    with acting_system() as actor:
        done = load_rulebooks(actor=actor, organisations={"320100": UUID(int=320100), "320124": UUID(int=320124)})
    found = verify()
    assert found.faults == []
    assert found.entries == len(done.loaded)
