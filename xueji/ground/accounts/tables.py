"""Tables, functions and policies behind ``accounts.context``, as SQL for the migration (design §4).

``accounts_access(viewer, organisation)``: whose pupils a viewer may see: its own; for a central school
or a host those of the schools it acts for; for a district its schools'; for the city all of its own.
``accounts_grant(xid, organisation)``: organisations that a deciding step opened, inside its transaction only.
``accounts_party(organisation, student, up_to)``: organisations that are party to a
pupil's matters beside the holder: of an open application, or the holder where earlier entries stand in
other journals. ``up_to``: entries up to this ``student_seq`` only (a former school).
"""

from __future__ import annotations

from xueji.ground.accounts.policies import (
    ANY_GRANT,
    JURISDICTION,
    KEEPS_ACCOUNTS,
    LEVEL,
    LOGIN,
    ORGANISATION,
    PERSON,
    ROLE,
    SIGNED_IN,
    SYSTEM,
    VISIBLE,
    in_reach,
    policy,
    rls,
)

TABLES = """
CREATE TABLE accounts_access (
  viewer uuid NOT NULL,
  organisation uuid NOT NULL,
  PRIMARY KEY (viewer, organisation)
);
CREATE INDEX accounts_access_organisation ON accounts_access (organisation);
CREATE TABLE accounts_grant (
  xid xid8 NOT NULL,
  organisation uuid NOT NULL,
  PRIMARY KEY (xid, organisation)
);
CREATE TABLE accounts_party (
  student uuid NOT NULL,
  organisation uuid NOT NULL,
  ground text NOT NULL,
  up_to integer,
  PRIMARY KEY (student, organisation, ground)
);
CREATE INDEX accounts_party_organisation ON accounts_party (organisation);
"""

REFUSE_CHANGE = """
CREATE FUNCTION accounts_refuse_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '% on % is refused: the table is append-only', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;
"""

# Definer, since no viewer may write its own access; it derives everything from the dated relations.
REFRESH = """
CREATE FUNCTION accounts_refresh_access(day date) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  changed integer;
  gone integer;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('accounts_refresh_access', 0));
  CREATE TEMPORARY TABLE accounts_wanted ON COMMIT DROP AS
  WITH RECURSIVE chain (viewer, organisation) AS (
    SELECT id, id FROM public.organisations_organisation
    UNION
    SELECT link.upper, chain.organisation
    FROM chain JOIN (
      -- A closed organisation's records stay with those whom it belonged to on its last day.
      SELECT r.organisation_id AS lower, r.other_id AS upper FROM public.organisations_relation r
      JOIN public.organisations_organisation o ON o.id = r.organisation_id
      WHERE r.relation IN ('competent_bureau', 'central_school', 'host')
        AND r.started_on <= day AND (r.ended_on IS NULL OR r.ended_on > day OR r.ended_on = o.closed_on)
      UNION ALL
      SELECT id, parent FROM public.organisations_organisation WHERE parent IS NOT NULL
    ) link ON link.lower = chain.viewer
  )
  SELECT viewer, organisation FROM chain;
  DELETE FROM public.accounts_access a WHERE NOT EXISTS (
    SELECT FROM accounts_wanted w WHERE w.viewer = a.viewer AND w.organisation = a.organisation);
  GET DIAGNOSTICS gone = ROW_COUNT;
  INSERT INTO public.accounts_access SELECT viewer, organisation FROM accounts_wanted
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS changed = ROW_COUNT;
  DROP TABLE accounts_wanted;
  RETURN changed + gone;
END $$;
REVOKE ALL ON FUNCTION accounts_refresh_access(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION accounts_refresh_access(date) TO xueji_application;

CREATE FUNCTION accounts_follow_relations() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM public.accounts_refresh_access(
    coalesce(nullif(current_setting('xueji.today', true), '')::date, current_date));
  RETURN NULL;
END $$;
CREATE TRIGGER accounts_follow_organisations AFTER INSERT OR UPDATE OR DELETE ON organisations_organisation
  FOR EACH STATEMENT EXECUTE FUNCTION accounts_follow_relations();
CREATE TRIGGER accounts_follow_relations AFTER INSERT OR UPDATE OR DELETE ON organisations_relation
  FOR EACH STATEMENT EXECUTE FUNCTION accounts_follow_relations();
"""

# Definer: what a child's new school sees of its earlier schools, and those of it, follows from the journals alone. The
# school of the last opened registration sees all entries, a former one those up to its own last (design §4).
HISTORY = """
CREATE FUNCTION accounts_follow_history() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM fresh WHERE student_seq > 1) THEN
    RETURN NULL;
  END IF;
  INSERT INTO public.accounts_party (student, organisation, ground, up_to)
  SELECT own.student, own.organisation, 'history',
         CASE WHEN own.opened = max(own.opened) OVER (PARTITION BY own.student) THEN NULL ELSE own.last END
  FROM (
    SELECT e.student, e.organisation, max(e.student_seq) AS last,
           coalesce(max(e.student_seq) FILTER (
             WHERE e.operations::jsonb @> '[{"op": "open_registration"}]'), 0) AS opened,
           count(*) OVER (PARTITION BY e.student) AS journals
    FROM public.journals_entry e
    WHERE e.student IN (SELECT student FROM fresh WHERE student_seq > 1)
    GROUP BY e.student, e.organisation
  ) own
  WHERE own.journals > 1
  ON CONFLICT (student, organisation, ground) DO UPDATE SET up_to = excluded.up_to
  WHERE accounts_party.up_to IS DISTINCT FROM excluded.up_to;
  RETURN NULL;
END $$;
CREATE TRIGGER accounts_follow_history AFTER INSERT ON journals_entry
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION accounts_follow_history();
"""

# Definer: whoever may read a timeline may read the names of those who acted in it, and nothing else of them.
NAMES = """
CREATE FUNCTION accounts_names(persons uuid[]) RETURNS TABLE (person uuid, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT id, name FROM public.accounts_account WHERE id = ANY (persons)
$$;
REVOKE ALL ON FUNCTION accounts_names(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION accounts_names(uuid[]) TO xueji_application;
"""

DEFINERS_UNDO = """
DROP FUNCTION accounts_names(uuid[]);
DROP FUNCTION accounts_follow_history() CASCADE;
DROP FUNCTION accounts_follow_relations() CASCADE;
DROP FUNCTION accounts_refresh_access(date);
DROP FUNCTION accounts_refuse_change() CASCADE;
DROP TABLE accounts_party, accounts_grant, accounts_access;
"""

_DISTRICT_OR_CITY = f"{LEVEL} IN ('district', 'city')"
_ORGANISATION_WRITE = f"({SYSTEM} OR {ROLE} IN ('clerk', 'head'))"
ALL = ("INSERT", "UPDATE", "DELETE")


def _organisation_table(table: str, column: str, *, inserts: str) -> str:
    """Read by everybody; changed within reach; new rows by ``inserts``."""
    reach = in_reach(column)
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;\n"
        + policy(table, "SELECT", using="true")
        + policy(table, "INSERT", check=inserts)
        + policy(table, "UPDATE", using=reach, check=reach)
        + policy(table, "DELETE", using=reach)
    )


# A school that is opened is in nobody's access before its row stands: the bureau's role lets it in.
ORGANISATIONS = (
    _organisation_table("organisations_organisation", "id", inserts=f"({in_reach('id')} OR {_ORGANISATION_WRITE})")
    + _organisation_table("organisations_relation", "organisation_id", inserts=_ORGANISATION_WRITE)
    + _organisation_table("organisations_site", "school_id", inserts=in_reach("school_id"))
    + _organisation_table("organisations_classgroup", "school_id", inserts=in_reach("school_id"))
    + _organisation_table("organisations_cohortpromotion", "school_id", inserts=in_reach("school_id"))
    + rls(
        "organisations_mention",
        read="true",
        write=f"({in_reach('organisation')} OR {_ORGANISATION_WRITE})",
        writes=("INSERT",),
    )
)

ACCESS = (
    "ALTER TABLE accounts_access ENABLE ROW LEVEL SECURITY;\n"
    + policy("accounts_access", "SELECT", using="true")
    + "ALTER TABLE accounts_grant ENABLE ROW LEVEL SECURITY;\n"
    + policy("accounts_grant", "SELECT", using="true")
    + "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON accounts_access, accounts_grant FROM xueji_application;\n"
    + rls(
        "accounts_party",
        read=f"({SYSTEM} OR {ANY_GRANT} OR organisation IN {VISIBLE})",
        write=f"({SYSTEM} OR {ANY_GRANT} OR ({_DISTRICT_OR_CITY} AND organisation IN {VISIBLE}))",
        writes=ALL,
    )
)

_HELD_IN_JURISDICTION = (
    "EXISTS (SELECT FROM accounts_postholding h JOIN accounts_post p ON p.id = h.post_id "
    f"WHERE h.account_id = accounts_account.id AND p.organisation_id IN {JURISDICTION})"
)
_POST_IN_JURISDICTION = (
    "EXISTS (SELECT FROM accounts_post p "
    f"WHERE p.id = accounts_postholding.post_id AND p.organisation_id IN {JURISDICTION})"
)

KEPT_POST = (
    f"(p.organisation_id IN {JURISDICTION} AND ({ROLE} = 'security_admin' OR ({ROLE} IN ('clerk', 'head') "
    f"AND p.organisation_id <> {ORGANISATION} AND p.role NOT IN ('security_admin', 'audit_admin', 'system_admin'))))"
)
_KEEPS_POST = KEPT_POST.replace("p.", "")
_KEEPS_HOLDING = f"EXISTS (SELECT FROM accounts_post p WHERE p.id = accounts_postholding.post_id AND {KEPT_POST})"
_HOLDS = (
    "SELECT FROM accounts_postholding h JOIN accounts_post p ON p.id = h.post_id "
    "WHERE h.account_id = accounts_account.id"
)
# A person is kept by whoever keeps one of the posts held, unless another one held is beyond that keeper.
_KEEPS_PERSON = (
    f"(EXISTS ({_HOLDS} AND {KEPT_POST}) AND ({ROLE} = 'security_admin' "
    f"OR NOT EXISTS ({_HOLDS} AND h.ended_on IS NULL AND p.organisation_id = {ORGANISATION})))"
)

# Posts are a directory without persons; accounts and holdings are seen by their owner and the jurisdiction.
ACCOUNTS = (
    "ALTER TABLE accounts_account ENABLE ROW LEVEL SECURITY;\n"
    + policy(
        "accounts_account",
        "SELECT",
        using=f"{SYSTEM} OR id = {PERSON} OR login = {LOGIN} OR {_HELD_IN_JURISDICTION}",
    )
    + policy("accounts_account", "INSERT", check=KEEPS_ACCOUNTS)
    + policy(
        "accounts_account",
        "UPDATE",
        using=f"{SYSTEM} OR id = {PERSON} OR login = {LOGIN} OR {_KEEPS_PERSON}",
    )
    + rls(
        "accounts_post",
        read=SIGNED_IN,
        write=f"({SYSTEM} OR {_KEEPS_POST})",
    )
    + rls(
        "accounts_postholding",
        read=f"{SYSTEM} OR account_id = {PERSON} OR {_POST_IN_JURISDICTION}",
        write=f"({SYSTEM} OR ({KEEPS_ACCOUNTS} AND account_id IS DISTINCT FROM {PERSON} AND {_KEEPS_HOLDING}))",
    )
)

_PARTY_TO_ENTRY = (
    "EXISTS (SELECT FROM accounts_party p WHERE p.student = journals_entry.student "
    f"AND (p.up_to IS NULL OR journals_entry.student_seq <= p.up_to) AND p.organisation IN {VISIBLE})"
)

# What no pupil is concerned by (codes, relations, classes, rulebook) is open to all who signed in.
JOURNALS = (
    rls(
        "journals_entry",
        read=f"{in_reach('organisation')} OR (student IS NULL AND data_key IS NULL AND {SIGNED_IN})"
        f" OR (student IS NOT NULL AND {_PARTY_TO_ENTRY})",
        write=in_reach("organisation"),
        writes=("INSERT",),
    )
    + rls(
        "journals_block",
        read=in_reach("organisation", JURISDICTION),
        write=in_reach("organisation"),
        writes=("INSERT",),
    )
    + "REVOKE UPDATE, DELETE, TRUNCATE ON journals_entry FROM xueji_application;\n"
    + "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON journals_block FROM xueji_application;\n"
)

POLICIES = ORGANISATIONS + ACCESS + ACCOUNTS + JOURNALS
