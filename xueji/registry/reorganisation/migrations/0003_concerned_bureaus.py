"""An act of the city is seen by the bureaus whose schools it concerns too: they decide and print nothing of it, but two
acts on one school hinder each other, whoever proposes the second one must see the first."""

from typing import ClassVar

from django.db import migrations

from xueji.ground.accounts.policies import ROLE, SYSTEM, VIEWER, VISIBLE, policy

_TABLE = "reorganisation_reorganisation"
_CONCERNED = f"concerned ?| ARRAY(SELECT a.organisation::text FROM accounts_access a WHERE a.viewer = {VIEWER})"
_OWN = f"organisation IN {VISIBLE}"


def _read(condition: str) -> str:
    using = f"({SYSTEM} OR ({ROLE} IN ('clerk', 'head') AND ({condition})))"
    return f"DROP POLICY {_TABLE}_select ON {_TABLE};\n" + policy(_TABLE, "SELECT", using=using)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("reorganisation", "0002_row_level_security")]

    operations: ClassVar = [migrations.RunSQL(_read(f"{_OWN} OR {_CONCERNED}"), _read(_OWN))]
