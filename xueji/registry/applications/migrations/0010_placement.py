"""The competent bureau lodges a placement: both schools become party to the pupil's matters as with a transfer."""

from typing import ClassVar

from django.db import migrations

_JOIN = """
CREATE OR REPLACE FUNCTION applications_join(application uuid) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO public.accounts_party (student, organisation, ground)
  SELECT s, o, 'application:' || a.id
  FROM public.applications_application a, unnest(ARRAY[a.school, a.other_school]) AS o,
    unnest(ARRAY[a.student, a.second_student]) AS s
  WHERE a.id = application AND s IS NOT NULL AND o IS NOT NULL AND a.state IN ('lodged', 'sent_back')
    AND {lodged_by}
  ON CONFLICT DO NOTHING;
END $$;
"""
_OWN = "a.school = nullif(current_setting('xueji.organisation', true), '')::uuid"
_BUREAU = """(a.kind = 'placement' AND EXISTS (
      SELECT FROM public.organisations_relation r
      WHERE r.organisation_id = a.school AND r.relation = 'competent_bureau' AND r.ended_on IS NULL
        AND public.applications_post_held(r.other_id, 'clerk')))"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("applications", "0009_leavers")]

    operations: ClassVar = [
        migrations.RunSQL(_JOIN.format(lodged_by=f"({_OWN} OR {_BUREAU})"), _JOIN.format(lodged_by=_OWN)),
    ]
