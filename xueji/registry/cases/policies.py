"""Row-level security of the room ``cases``.

A case is seen by the organisations with a step in it and their superiors. Policies of
``cases_case`` and ``cases_step`` look at ``cases_party`` only, which looks at nothing else.
"""

from __future__ import annotations

from xueji.ground.accounts.policies import GRANTED, ORGANISATION, SIGNED_IN, SYSTEM, VISIBLE, policy, rls

_PARTY = (
    "EXISTS (SELECT FROM cases_party p WHERE p.case_id = {table}.{key} "
    f"AND (p.organisation IN {VISIBLE} OR p.organisation IN {GRANTED}))"
)


def _case_sql() -> str:
    party = _PARTY.format(table="cases_case", key="id")
    reach = f"({SYSTEM} OR organisation IN {VISIBLE} OR {party})"
    return rls("cases_case", read=reach, write=reach)


def _party_sql() -> str:
    reach = f"({SYSTEM} OR organisation IN {VISIBLE} OR owner IN {VISIBLE} OR organisation IN {GRANTED})"
    return rls("cases_party", read=reach, write=f"({SYSTEM} OR owner IN {VISIBLE})", writes=("INSERT",))


def _step_sql() -> str:
    party = _PARTY.format(table="cases_step", key="case_id")
    reach = f"({SYSTEM} OR organisation IN {VISIBLE} OR {party})"
    return rls("cases_step", read=reach, write=reach)


def _filing_sql() -> str:
    own = f"({SYSTEM} OR bureau IN {VISIBLE})"
    return rls("cases_filecounter", read=own, write=own) + rls(
        "cases_filenumber", read=own, write=own, writes=("INSERT",)
    )


def _notice_sql() -> str:
    own = f"({SYSTEM} OR organisation = {ORGANISATION})"
    return (
        "ALTER TABLE cases_notice ENABLE ROW LEVEL SECURITY;\n"
        + policy("cases_notice", "SELECT", using=own)
        + policy("cases_notice", "INSERT", check=SIGNED_IN)
        + policy("cases_notice", "UPDATE", using=own, check=own)
    )


SQL = _case_sql() + _party_sql() + _step_sql() + _filing_sql() + _notice_sql()
