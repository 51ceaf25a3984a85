"""Acts are seen by the clerks and heads of the bureau and of those above; open matters go to another bureau with the
school (definer, since a city's head sees no duplicate of two districts and writes no step of theirs)."""

from typing import ClassVar

from django.db import migrations

from xueji.ground.accounts.policies import ROLE, SYSTEM, VISIBLE, rls

_REACH = f"({SYSTEM} OR ({ROLE} IN ('clerk', 'head') AND organisation IN {VISIBLE}))"
POLICIES = rls("reorganisation_reorganisation", read=_REACH, write=_REACH)

DEFINERS = """
CREATE FUNCTION reorganisation_hand_over(schools uuid[], receiver uuid) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  handed integer;
  day date := coalesce(nullif(current_setting('xueji.today', true), '')::date, current_date);
  acting uuid := nullif(current_setting('xueji.organisation', true), '')::uuid;
BEGIN
  IF NOT EXISTS (SELECT FROM public.organisations_organisation o WHERE o.id = acting AND o.level = 'city')
     OR NOT public.applications_post_held(acting, 'head') OR EXISTS (
       SELECT FROM unnest(schools) AS s WHERE NOT EXISTS (
         SELECT FROM public.organisations_relation r WHERE r.organisation_id = s AND r.other_id = receiver
           AND r.relation = 'competent_bureau' AND r.during @> day)) THEN
    RAISE EXCEPTION 'open matters of these schools are not this post''s to hand over'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  CREATE TEMPORARY TABLE handed_over ON COMMIT DROP AS
  SELECT s.id AS step, c.id AS case_id, c.subject, c.organisation AS owner, s.role
  FROM public.cases_step s JOIN public.cases_case c ON c.id = s.case_id AND c.state IN ('open', 'sent_back')
  LEFT JOIN public.applications_application a ON a.id = c.subject
  WHERE s.decided_at IS NULL AND s.organisation <> receiver
    AND ((s.side = 'bureau_of_applicant' AND c.organisation = ANY (schools))
         OR (s.side = 'bureau_of_other' AND a.other_school = ANY (schools)));
  UPDATE public.cases_step s SET organisation = receiver FROM handed_over h WHERE s.id = h.step;
  GET DIAGNOSTICS handed = ROW_COUNT;
  INSERT INTO public.cases_party (case_id, organisation, owner)
  SELECT DISTINCT case_id, receiver, owner FROM handed_over ON CONFLICT DO NOTHING;
  UPDATE public.cases_notice n SET organisation = receiver FROM handed_over h
  WHERE n.subject = h.subject AND n.role = h.role AND n.read_at IS NULL AND n.code LIKE 'step_waiting%';
  UPDATE public.applications_suspectedduplicate d SET bureau = receiver
  WHERE d.state = 'open' AND d.school = ANY (schools);
  UPDATE public.applications_suspectedduplicate d SET matched_bureau = receiver
  WHERE d.state = 'open' AND d.matched_school = ANY (schools);
  UPDATE public.accounts_party p SET organisation = receiver
  FROM public.applications_suspectedduplicate d
  WHERE d.state = 'open' AND d.school = ANY (schools) AND p.ground = 'duplicate:' || d.id;
  DROP TABLE handed_over;
  RETURN handed;
END $$;
REVOKE ALL ON FUNCTION reorganisation_hand_over(uuid[], uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reorganisation_hand_over(uuid[], uuid) TO xueji_application;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("reorganisation", "0001_initial"),
        ("applications", "0009_leavers"),
        ("cases", "0003_inbox_indexes"),
        ("accounts", "0004_closed_organisations"),
    ]

    operations: ClassVar = [
        migrations.RunSQL(POLICIES + DEFINERS, "DROP FUNCTION reorganisation_hand_over(uuid[], uuid);\n")
    ]
