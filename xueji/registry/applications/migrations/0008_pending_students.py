"""Which of some pupils have an application under way at any school: a roster that continues one of them must wait."""

from typing import ClassVar

from django.db import migrations

FORWARD = """
CREATE FUNCTION applications_pending(students uuid[], school uuid) RETURNS TABLE (student uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT a.student FROM public.applications_application a
  WHERE a.student = ANY (students) AND a.state IN ('lodged', 'proofread', 'decided', 'examined', 'sent_back')
  UNION
  SELECT l.student FROM public.applications_line l JOIN public.applications_application a ON a.id = l.application_id
  WHERE l.student = ANY (students) AND l.continued AND l.state IN ('ready', 'parked')
    AND a.state IN ('lodged', 'proofread', 'decided', 'examined', 'sent_back')
    AND NOT (a.state = 'sent_back' AND a.school = applications_pending.school)
$$;
REVOKE ALL ON FUNCTION applications_pending(uuid[], uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION applications_pending(uuid[], uuid) TO xueji_application;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("applications", "0007_two_students")]

    operations: ClassVar = [
        migrations.RunSQL(FORWARD, "DROP FUNCTION applications_pending(uuid[], uuid);"),
    ]
