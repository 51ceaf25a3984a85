"""Row-level security and the freezing of filings, for the room's migration."""

from __future__ import annotations

from xueji.ground.accounts.policies import JURISDICTION, LEVEL, ORGANISATION, PERSON, ROLE, SYSTEM, rls

_KEEPER = f"{ROLE} IN ('clerk', 'head')"
_CITY = f"({LEVEL} = 'city' AND bureau IN {JURISDICTION})"
_SCHOOLS_HEAD = f"({ROLE} IN ('registrar', 'deputy_head') AND organisation = {ORGANISATION})"

FREEZE = """
CREATE FUNCTION filings_keep() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF OLD.state = 'acknowledged' THEN
    RAISE EXCEPTION 'an acknowledged filing is kept for ever' USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.state = 'filed' AND (NEW.content, NEW.digest, NEW.made_by, NEW.filed_by)
     IS DISTINCT FROM (OLD.content, OLD.digest, OLD.made_by, OLD.filed_by) THEN
    RAISE EXCEPTION 'what was filed is frozen' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.kind, NEW.year, NEW.bureau) IS DISTINCT FROM (OLD.kind, OLD.year, OLD.bureau) THEN
    RAISE EXCEPTION 'a filing stays what it is' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER filings_keep BEFORE UPDATE ON filings_filing FOR EACH ROW EXECUTE FUNCTION filings_keep();
"""

SQL = (
    rls(
        "filings_filing",
        read=f"{SYSTEM} OR ({_KEEPER} AND bureau IN {JURISDICTION})",
        write=f"({SYSTEM} OR ({_KEEPER} AND (bureau = {ORGANISATION} OR {_CITY})))",
    )
    + rls(
        "filings_regimedocument",
        read=f"{SYSTEM} OR organisation IN {JURISDICTION}",
        write=f"({SYSTEM} OR {_SCHOOLS_HEAD} OR ({_KEEPER} AND organisation = {ORGANISATION}))",
        writes=("INSERT",),
    )
    + rls(
        "filings_undertaking",
        read=f"{SYSTEM} OR person = {PERSON} OR organisation IN {JURISDICTION}",
        write=f"({SYSTEM} OR (person IS DISTINCT FROM {PERSON} AND ({_SCHOOLS_HEAD} OR {ROLE} = 'security_admin' "
        f"OR ({_KEEPER} AND organisation IN {JURISDICTION}))))",
        writes=("INSERT",),
    )
    + "REVOKE DELETE, TRUNCATE ON filings_filing FROM xueji_application;\n"
    "REVOKE UPDATE, DELETE, TRUNCATE ON filings_regimedocument, filings_undertaking FROM xueji_application;\n" + FREEZE
)
