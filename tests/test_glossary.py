"""Names come from docs/glossary.md: one identifier for each term."""

from __future__ import annotations

import ast
import re
from datetime import date
from pathlib import Path

import pytest
from django.apps import apps

from xueji.config.settings import ROOMS
from xueji.ground.parameters.build import rulebook_from_files

ROOT = Path(__file__).resolve().parent.parent
PROCEDURES = ROOT / "xueji" / "pure" / "procedures"


@pytest.fixture(scope="module")
def terms() -> frozenset[str]:
    """Every identifier in the second column of a table."""
    rows = (line.split("|") for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines())
    return frozenset(term for cells in rows if len(cells) > 3 for term in re.findall(r"`(\w+)`", cells[2]))


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def test_every_tables_name_is_a_term(terms: frozenset[str]) -> None:
    rooms = {room.rsplit(".", 1)[1] for room in ROOMS}
    names = {snake(model.__name__) for model in apps.get_models() if model._meta.app_label in rooms}
    assert names - terms == set()


def test_every_procedure_is_a_term(terms: frozenset[str]) -> None:
    """A procedure is the function that bears its file's name."""
    named = {
        path.stem
        for path in PROCEDURES.glob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name == path.stem
    }
    assert "transfer" in named
    assert named - terms == set()


def test_every_kind_of_status_change_is_a_term(terms: frozenset[str]) -> None:
    assert set(rulebook_from_files(date(2008, 9, 1)).changes) - terms == set()
