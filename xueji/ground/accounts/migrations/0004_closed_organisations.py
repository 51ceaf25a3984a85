"""A closed organisation sees nothing any more; who keeps its records sees what it saw (ADR 0015)."""

from typing import ClassVar

from django.db import migrations

from xueji.ground.accounts.policies import ROLE, SYSTEM, in_reach, policy

# As ``accounts/tables.py`` has it, with the custodian among the links and without closed viewers. Definer, since no
# viewer may write its own access; it derives everything from the dated relations.
REFRESH = """
CREATE OR REPLACE FUNCTION accounts_refresh_access(day date) RETURNS integer LANGUAGE plpgsql
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
      -- A closed organisation's records stay with those whom it belonged to on its last day, and go to its custodian.
      SELECT r.organisation_id AS lower, r.other_id AS upper FROM public.organisations_relation r
      JOIN public.organisations_organisation o ON o.id = r.organisation_id
      WHERE r.relation IN ('competent_bureau', 'central_school', 'host', 'custodian')
        AND r.started_on <= day AND (r.ended_on IS NULL OR r.ended_on > day OR r.ended_on = o.closed_on)
      UNION ALL
      SELECT id, parent FROM public.organisations_organisation WHERE parent IS NOT NULL
    ) link ON link.lower = chain.viewer
  )
  SELECT c.viewer, c.organisation FROM chain c JOIN public.organisations_organisation v ON v.id = c.viewer
  WHERE v.closed_on IS NULL OR v.closed_on > day;
  DELETE FROM public.accounts_access a WHERE NOT EXISTS (
    SELECT FROM accounts_wanted w WHERE w.viewer = a.viewer AND w.organisation = a.organisation);
  GET DIAGNOSTICS gone = ROW_COUNT;
  INSERT INTO public.accounts_access SELECT viewer, organisation FROM accounts_wanted
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS changed = ROW_COUNT;
  DROP TABLE accounts_wanted;
  RETURN changed + gone;
END $$;
"""
_REACH = in_reach("organisation_id")
NAMES = (
    "ALTER TABLE organisations_name ENABLE ROW LEVEL SECURITY;\n"
    + policy("organisations_name", "SELECT", using="true")
    + policy("organisations_name", "INSERT", check=f"({_REACH} OR {SYSTEM} OR {ROLE} IN ('clerk', 'head'))")
    + policy("organisations_name", "UPDATE", using=_REACH, check=_REACH)
    + policy("organisations_name", "DELETE", using=_REACH)
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0003_second_factor"), ("organisations", "0002_names_and_custody")]

    operations: ClassVar = [migrations.RunSQL(REFRESH + NAMES, migrations.RunSQL.noop)]
