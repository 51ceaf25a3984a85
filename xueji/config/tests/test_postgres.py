"""The embedded server (ADR 0001)."""

import pytest
from django.db import connection


@pytest.mark.db
def test_tests_run_as_the_application_role_and_not_as_the_owner() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == ("xueji_app_test", False, False)
