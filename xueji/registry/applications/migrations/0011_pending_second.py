"""Which pupils have something under way at any school: also who is the second one of a swap or a merging."""

from typing import ClassVar

from django.db import migrations

_PENDING = """
CREATE OR REPLACE FUNCTION applications_pending(students uuid[], school uuid) RETURNS TABLE (student uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT s FROM public.applications_application a, unnest(ARRAY[{columns}]) AS s
  WHERE s = ANY (students) AND a.state IN ('lodged', 'proofread', 'decided', 'examined', 'sent_back')
  UNION
  SELECT l.student FROM public.applications_line l JOIN public.applications_application a ON a.id = l.application_id
  WHERE l.student = ANY (students) AND l.continued AND l.state IN ('ready', 'parked')
    AND a.state IN ('lodged', 'proofread', 'decided', 'examined', 'sent_back')
    AND NOT (a.state = 'sent_back' AND a.school = applications_pending.school)
$$;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("applications", "0010_placement")]

    operations: ClassVar = [
        migrations.RunSQL(_PENDING.format(columns="a.student, a.second_student"), _PENDING.format(columns="a.student")),
    ]
