"""A city node and district nodes, each with a database of its own, by the real command; then somebody with the
machine's own rights changes a row, and the comparison names school, pupil and field (issue 4 Shows 1).

Four districts of 500 pupils; the command's own size is thirteen.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from tests.installations import PASSPHRASE, Installation
from xueji.config.home import Home
from xueji.config.postgres import EmbeddedServer

pytestmark = pytest.mark.slow
PUPILS, DISTRICT = 500, "320104"
_ELSEWHERE = ("XUEJI_HOME", "DJANGO_SETTINGS_MODULE", "DATABASE_URL")

_PUPILS = """
SELECT s.id::text FROM register_student AS s JOIN organisations_organisation AS o ON o.id = s.holder
WHERE o.code = %s AND s.sensitive IS NOT NULL ORDER BY s.id LIMIT 3
"""
_TURNED = "set_byte(sensitive, 60, 255 - get_byte(sensitive, 60))"


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Nodes have servers of their own, also where the other tests use ``DATABASE_URL``."""
    environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    environment["XUEJI_PASSPHRASE"] = PASSPHRASE
    made = Installation(tmp_path_factory.mktemp("nodes") / "home", environment, {})
    made.outcome = made.answer("demo", "--nodes", "--districts", "4", "--pupils", str(PUPILS), "--no-serve")
    return made


@contextmanager
def superuser(nodes: Installation) -> Iterator[psycopg.Connection]:
    """The city's database without its triggers."""
    server = EmbeddedServer(Home(nodes.home)).enter()
    try:
        with psycopg.connect(server.conninfo(), autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")
            yield connection
    finally:
        server.leave()


def compared(nodes: Installation, expect: int) -> Any:
    other = nodes.home / "nodes" / DISTRICT
    return nodes.answer("reconcile", "--with", str(other), "--deep", expect=expect)


def test_a_year_flows_up_and_all_nodes_hold_the_same_book(nodes: Installation) -> None:
    outcome = nodes.outcome
    assert outcome["nodes"] == 5
    assert outcome["reconciled"] is True
    assert outcome["transfers_between_nodes"] >= 1
    assert outcome["filings_acknowledged"] == 8, "codes and roster of four districts"
    assert outcome["totals"] == {"city": PUPILS, "districts_sum": PUPILS, "schools_sum": PUPILS}
    assert outcome["totals_agree"] is True
    assert outcome["journal_verified"] is True
    assert outcome["return_2008"] == "accepted"


def test_a_changed_state_row_journal_row_and_blob_are_each_named_by_school_pupil_and_field(nodes: Installation) -> None:
    agreed = compared(nodes, expect=0)
    assert (agreed["equal"], agreed["differences"]) == (True, [])
    school = f"{DISTRICT}21001"
    with superuser(nodes) as connection:
        state, entry, blob = (row[0] for row in connection.execute(_PUPILS, [school]).fetchall())
        connection.execute(
            'UPDATE register_student SET fields = fields || \'{"ethnic_group": "09"}\' WHERE id = %s', [state]
        )
        connection.execute(
            "UPDATE journals_entry SET effective_on = effective_on + 1"
            " WHERE student = %s AND kind IN ('opening', 'enrolment')",
            [entry],
        )
        connection.execute(f"UPDATE register_student SET sensitive = {_TURNED} WHERE id = %s", [blob])
    found = {(one["organisation"], one["student"], one["field"]) for one in compared(nodes, expect=1)["differences"]}
    assert (school, state, "ethnic_group") in found
    assert {(school, blob, "sensitive"), (school, blob, "id_number")} <= found
    assert [field for _, student, field in found if student == entry and field.endswith(".effective_on")]
    assert {(code, student) for code, student, _ in found} == {(school, one) for one in (state, entry, blob)}
