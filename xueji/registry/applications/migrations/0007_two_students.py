"""A merging names two students: each school concerned sees both while it is open, and its last step writes for all."""

from typing import ClassVar

from django.db import migrations

_HEAD = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$"

FORWARD = f"""
CREATE OR REPLACE FUNCTION applications_join(application uuid) RETURNS void LANGUAGE plpgsql
{_HEAD}
BEGIN
  INSERT INTO public.accounts_party (student, organisation, ground)
  SELECT s, o, 'application:' || a.id
  FROM public.applications_application a, unnest(ARRAY[a.school, a.other_school]) AS o,
    unnest(ARRAY[a.student, a.second_student]) AS s
  WHERE a.id = application AND s IS NOT NULL AND o IS NOT NULL AND a.state IN ('lodged', 'sent_back')
    AND a.school = nullif(current_setting('xueji.organisation', true), '')::uuid
  ON CONFLICT DO NOTHING;
END $$;

CREATE OR REPLACE FUNCTION applications_leave(application uuid) RETURNS void LANGUAGE plpgsql
{_HEAD}
BEGIN
  DELETE FROM public.accounts_party p USING public.applications_application a
  WHERE a.id = application AND a.state IN ('approved', 'refused', 'retracted')
    AND p.student IN (a.student, a.second_student) AND p.ground = 'application:' || a.id;
END $$;

CREATE OR REPLACE FUNCTION applications_opened(application uuid) RETURNS SETOF uuid LANGUAGE sql STABLE
{_HEAD}
  SELECT o FROM public.applications_application a, unnest(ARRAY[a.school, a.other_school]) AS o
  WHERE a.id = application AND o IS NOT NULL
  UNION
  SELECT s.holder FROM public.applications_line l JOIN public.register_student s ON s.id = l.student
  WHERE l.application_id = application AND l.continued AND l.state = 'ready'
  UNION
  SELECT r.school FROM public.applications_application a
  JOIN public.register_registration r ON r.student_id IN (a.student, a.second_student)
  WHERE a.id = application AND a.kind IN ('merge', 'merge_undo')
$$;

CREATE FUNCTION applications_recorded(asked text, called text) RETURNS TABLE (student uuid, school uuid)
LANGUAGE sql STABLE {_HEAD}
  SELECT s.id, s.holder
  FROM public.register_number n JOIN public.register_registration r ON r.id = n.registration
  JOIN public.register_student s ON s.id = r.student_id
  WHERE n.number = asked AND s.name = called
$$;
REVOKE ALL ON FUNCTION applications_recorded(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION applications_recorded(text, text) TO xueji_application;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("applications", "0006_two_sides")]

    operations: ClassVar = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
