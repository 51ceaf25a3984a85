"""Row-level security of problems, and what a maintainer is told of the packages, for the room's migration."""

from __future__ import annotations

from xueji.ground.accounts.policies import JURISDICTION, SYSTEM, enable_rls_through, rls

_REACH = f"({SYSTEM} OR organisation IN {JURISDICTION})"

# Definer: a maintainer sees how many packages wait and since when, and nothing of what is in them.
PACKAGES = """
CREATE FUNCTION maintenance_packages() RETURNS TABLE (direction text, state text, packages bigint, oldest timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT p.direction, p.state, count(*), min(p.at) FROM public.exchange_package p GROUP BY p.direction, p.state
$$;
REVOKE ALL ON FUNCTION maintenance_packages() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maintenance_packages() TO xueji_application;
"""

SQL = (
    rls("maintenance_problem", read=_REACH, write=_REACH)
    + enable_rls_through("maintenance_problemnote", "maintenance_problem", "id", "problem_id", writes=("INSERT",))
    + "REVOKE DELETE, TRUNCATE ON maintenance_problem FROM xueji_application;\n"
    "REVOKE UPDATE, DELETE, TRUNCATE ON maintenance_problemnote FROM xueji_application;\n" + PACKAGES
)
