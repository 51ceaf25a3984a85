"""Row-level security and functions of registered machines (专机), for the migration that makes their tables.

The security administrator names machines and binds organisations to them; a machine registers itself with its code by
a definer function, since whoever sits before it may not write the table.
"""

from __future__ import annotations

from xueji.ground.accounts.policies import JURISDICTION, ROLE, SIGNED_IN, SYSTEM, rls

_OWN = f"organisation_id IN {JURISDICTION}"
_KEEPS = f"({SYSTEM} OR ({ROLE} = 'security_admin' AND {_OWN}))"

FUNCTIONS = """
CREATE FUNCTION accounts_register_machine(code text, secret text) RETURNS uuid LANGUAGE sql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  UPDATE public.accounts_machine SET code_digest = '', secret_digest = secret, registered_at = now()
  WHERE code <> '' AND code_digest = code AND revoked_at IS NULL
    AND nullif(current_setting('xueji.person', true), '') IS NOT NULL
    AND code_until >= coalesce(nullif(current_setting('xueji.today', true), '')::date, current_date)
  RETURNING id
$$;
CREATE FUNCTION accounts_machine_known(place uuid, machine uuid, secret text) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM public.accounts_machine m WHERE m.id = machine AND m.organisation_id = place
    AND secret <> '' AND m.secret_digest = secret AND m.revoked_at IS NULL)
$$;
REVOKE ALL ON FUNCTION accounts_register_machine(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION accounts_machine_known(uuid, uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION accounts_register_machine(text, text) TO xueji_application;
GRANT EXECUTE ON FUNCTION accounts_machine_known(uuid, uuid, text) TO xueji_application;
"""

SQL = (
    rls("accounts_machine", read=f"{SYSTEM} OR {_OWN}", write=_KEEPS)
    + rls("accounts_machinebinding", read=SIGNED_IN, write=_KEEPS)
    + "REVOKE DELETE, TRUNCATE ON accounts_machine, accounts_machinebinding FROM xueji_application;\n"
    + FUNCTIONS
)
