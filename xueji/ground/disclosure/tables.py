"""The log's queue, chain and policies, as SQL for the migration."""

from __future__ import annotations

from xueji.ground.accounts.policies import (
    JURISDICTION,
    ORGANISATION,
    PERSON,
    ROLE,
    SYSTEM,
    append_only,
    policy,
)

# The lines that no block holds yet. Filled by the trigger, emptied by the worker, so that a line whose
# transaction ends late is never passed over.
PENDING = """
CREATE TABLE disclosure_pending (sequence bigint PRIMARY KEY REFERENCES disclosure_disclosure (sequence));
CREATE FUNCTION disclosure_queue() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO public.disclosure_pending SELECT sequence FROM fresh;
  RETURN NULL;
END $$;
CREATE TRIGGER disclosure_queued AFTER INSERT ON disclosure_disclosure
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION disclosure_queue();
ALTER TABLE disclosure_disclosure ENABLE ALWAYS TRIGGER disclosure_queued;
"""

# Read by the audit administrator over the jurisdiction, by the head of the organisation, and by oneself.
_READERS = f"{ROLE} IN ('audit_admin', 'head', 'deputy_head')"
POLICIES = (
    "ALTER TABLE disclosure_disclosure ENABLE ROW LEVEL SECURITY;\n"
    + policy(
        "disclosure_disclosure",
        "SELECT",
        using=f"{SYSTEM} OR person = {PERSON} OR ({_READERS} AND organisation IN {JURISDICTION})",
    )
    + policy(
        "disclosure_disclosure",
        "INSERT",
        check=f"{SYSTEM} OR (person = {PERSON} AND organisation = {ORGANISATION})",
    )
    + "ALTER TABLE disclosure_block ENABLE ROW LEVEL SECURITY;\n"
    + policy("disclosure_block", "SELECT", using=f"{SYSTEM} OR {ROLE} = 'audit_admin'")
    + policy("disclosure_block", "INSERT", check=SYSTEM)
    + "ALTER TABLE disclosure_pending ENABLE ROW LEVEL SECURITY;\n"
    + policy("disclosure_pending", "SELECT", using=SYSTEM)
    + policy("disclosure_pending", "DELETE", using=SYSTEM)
    + "REVOKE UPDATE, DELETE, TRUNCATE ON disclosure_disclosure, disclosure_block FROM xueji_application;\n"
    + "REVOKE INSERT, UPDATE, TRUNCATE ON disclosure_pending FROM xueji_application;\n"
)
GUARDS = append_only("disclosure_disclosure") + append_only("disclosure_block")
UNDO = "DROP FUNCTION disclosure_queue() CASCADE; DROP TABLE disclosure_pending;"
