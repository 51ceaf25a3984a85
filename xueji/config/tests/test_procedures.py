"""docs/procedures.md says what the rulebook and the procedures say; a kind that lacks something fails the build."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from xueji.config.procedures import AS_OF, Incomplete, document, written_by
from xueji.ground.parameters.build import rulebook_from_files


def test_the_page_is_up_to_date() -> None:
    page = Path(__file__).resolve().parents[3] / "docs" / "procedures.md"
    assert page.read_text(encoding="utf-8") == document(rulebook_from_files(AS_OF)), (
        "run: python -m xueji.config.procedures > docs/procedures.md"
    )


def test_no_kind_of_the_rule_of_2014_lacks_anything() -> None:
    assert "休学" in document(rulebook_from_files(AS_OF, city="nanjing-2014"))


@pytest.mark.parametrize("lack", ["evidence", "limits", "variants", "basis"])
def test_a_kind_that_lacks_something_is_not_let_through(lack: str) -> None:
    book = rulebook_from_files(AS_OF)
    empty = {"variants": {}, "basis": ""}.get(lack, ())
    spoilt = replace(book.changes["suspension"], **{lack: empty})  # type: ignore[arg-type]
    with pytest.raises(Incomplete, match="suspension"):
        document(replace(book, changes={**book.changes, "suspension": spoilt}))


def test_what_a_procedure_writes_is_read_off_it() -> None:
    assert written_by("suspension") == ("set_spell(status)",)
    assert written_by("transfer")[:2] == ("close_registration", "open_registration")
