"""Row-level security of ``accounts_substitution``, for the migration that makes it (design §4).

The holder gives the own post away, nobody else's; the bureau names a substitute for a post that it keeps. Only the
last day can be changed afterwards, so that who acted, and by whose word, stays.
"""

from __future__ import annotations

from xueji.ground.accounts.policies import JURISDICTION, KEEPS_ACCOUNTS, PERSON, SYSTEM, policy
from xueji.ground.accounts.tables import KEPT_POST

_TODAY = "(SELECT coalesce(nullif(current_setting('xueji.today', true), '')::date, current_date))"
_IN_JURISDICTION = (
    "EXISTS (SELECT FROM accounts_post p "
    f"WHERE p.id = accounts_substitution.post_id AND p.organisation_id IN {JURISDICTION})"
)
_KEEPS = (
    f"({KEEPS_ACCOUNTS} AND account_id IS DISTINCT FROM {PERSON} AND EXISTS (SELECT FROM accounts_post p "
    f"WHERE p.id = accounts_substitution.post_id AND {KEPT_POST}))"
)
_HOLDS = (
    "EXISTS (SELECT FROM accounts_postholding h WHERE h.post_id = accounts_substitution.post_id "
    f"AND h.account_id = {PERSON} AND h.started_on <= {_TODAY} AND (h.ended_on IS NULL OR h.ended_on > {_TODAY}))"
)
_NAMED = f"named_by = {PERSON}"

SQL = (
    "ALTER TABLE accounts_substitution ENABLE ROW LEVEL SECURITY;\n"
    + policy(
        "accounts_substitution",
        "SELECT",
        using=f"{SYSTEM} OR account_id = {PERSON} OR {_NAMED} OR {_IN_JURISDICTION}",
    )
    + policy(
        "accounts_substitution",
        "INSERT",
        check=f"{SYSTEM} OR ({_NAMED} AND capacity = 'delegated' AND {_HOLDS})"
        f" OR ({_NAMED} AND capacity = 'substitute' AND {_KEEPS})",
    )
    + policy(
        "accounts_substitution",
        "UPDATE",
        using=f"{SYSTEM} OR (capacity = 'delegated' AND {_HOLDS}) OR {_KEEPS}",
    )
    + "REVOKE UPDATE, DELETE, TRUNCATE ON accounts_substitution FROM xueji_application;\n"
    "GRANT UPDATE (ended_on) ON accounts_substitution TO xueji_application;\n"
)
