"""The working connection must be one that row-level security applies to (ADR 0002)."""

from __future__ import annotations

import pytest
from django.db import connections

from xueji.ground.accounts.context import ContextRefused, acting_system


def test_the_owner_of_the_tables_is_refused_as_a_working_connection(fresh_database: str) -> None:
    """As the owner row-level security would not apply: better no work than work without it."""
    application = dict(connections.settings["default"])
    owner = connections.settings["owner"]
    with acting_system():
        pass
    connections.close_all()
    connections.settings["default"].update(USER=owner["USER"], PASSWORD=owner["PASSWORD"])
    try:
        with pytest.raises(ContextRefused, match="application role"), acting_system():
            pytest.fail("the owner was let in")
    finally:
        connections.close_all()
        connections.settings["default"].update(USER=application["USER"], PASSWORD=application["PASSWORD"])
