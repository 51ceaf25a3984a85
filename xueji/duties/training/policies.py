"""Row-level security of the room's tables, for its migration.

A course is open to all who signed in (it names nobody); results and handovers are seen as accounts are, and written by
the bureau's keepers for organisations of their jurisdiction.
"""

from __future__ import annotations

from xueji.ground.accounts.policies import JURISDICTION, ORGANISATION, PERSON, ROLE, SIGNED_IN, SYSTEM, rls

_KEEPER = f"{ROLE} IN ('clerk', 'head')"
_BELOW = f"(organisation IN {JURISDICTION} AND organisation IS DISTINCT FROM {ORGANISATION})"

SQL = (
    rls(
        "training_course",
        read=SIGNED_IN,
        write=f"({SYSTEM} OR ({_KEEPER} AND bureau = {ORGANISATION}))",
    )
    + rls(
        "training_courseresult",
        read=f"{SYSTEM} OR person = {PERSON} OR organisation IN {JURISDICTION}",
        write=f"({SYSTEM} OR ({_KEEPER} AND {_BELOW} AND person IS DISTINCT FROM {PERSON}))",
    )
    + rls(
        "training_handover",
        read=f"{SYSTEM} OR organisation IN {JURISDICTION}",
        write=f"({SYSTEM} OR {ROLE} = 'security_admin' OR ({_KEEPER} AND {_BELOW}))",
        writes=("INSERT",),
    )
    + "REVOKE DELETE, TRUNCATE ON training_course, training_courseresult, training_handover FROM xueji_application;\n"
    "REVOKE UPDATE ON training_handover FROM xueji_application;\n"
)
