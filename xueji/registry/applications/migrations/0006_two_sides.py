"""While an application is open the pupil's matters concern the school on the other side too (its steps check them)."""

from typing import ClassVar

from django.db import migrations

_JOIN = """
CREATE OR REPLACE FUNCTION applications_join(application uuid) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO public.accounts_party (student, organisation, ground)
  SELECT a.student, o, 'application:' || a.id
  FROM public.applications_application a, unnest({schools}) AS o
  WHERE a.id = application AND a.student IS NOT NULL AND o IS NOT NULL AND a.state IN ('lodged', 'sent_back')
    AND a.school = nullif(current_setting('xueji.organisation', true), '')::uuid
  ON CONFLICT DO NOTHING;
END $$;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("applications", "0005_papers")]

    operations: ClassVar = [
        migrations.RunSQL(
            _JOIN.format(schools="ARRAY[a.school, a.other_school]"), _JOIN.format(schools="ARRAY[a.school]")
        )
    ]
