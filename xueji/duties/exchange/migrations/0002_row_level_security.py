"""Packages and keys are the bureaus' and the administrators' to see; only the system's own work writes them.

The two tables of the journals' floor that say who writes what are guarded here too, since the journals stand below
the policies.
"""

from typing import ClassVar

from django.db import migrations

from xueji.ground.accounts.policies import ROLE, SYSTEM, rls

_BUREAU = f"({SYSTEM} OR {ROLE} IN ('clerk', 'head'))"
_BUREAU_AND_ADMINISTRATORS = (
    f"({SYSTEM} OR {ROLE} IN ('clerk', 'head', 'security_admin', 'audit_admin', 'system_admin'))"
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("exchange", "0001_initial"),
        ("accounts", "0001_initial"),
        ("journals", "0003_carried"),
    ]
    operations: ClassVar = [
        migrations.RunSQL(
            "".join(
                rls(table, read=_BUREAU_AND_ADMINISTRATORS, write=SYSTEM)
                for table in ("exchange_peer", "exchange_peerkey", "exchange_package")
            )
            + rls("exchange_finding", read=_BUREAU, write=SYSTEM)
            + rls("exchange_acknowledged", read=SYSTEM, write=SYSTEM)
            + rls("journals_carried", read=SYSTEM, write=SYSTEM)
            + rls("journals_studentbase", read=SYSTEM, write=SYSTEM, writes=("INSERT",))
            + "REVOKE DELETE, TRUNCATE ON exchange_peer, exchange_peerkey, exchange_package, exchange_finding"
            " FROM xueji_application;\n",
            migrations.RunSQL.noop,
        )
    ]
