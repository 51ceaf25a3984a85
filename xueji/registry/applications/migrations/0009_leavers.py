"""The leavers whom a junior school finds by exactly 19 digits and name (升学): found or not found, nothing else."""

from __future__ import annotations

from django.db import migrations

CREATE = """
CREATE FUNCTION applications_leavers(numbers text[], names text[])
RETURNS TABLE (number text, name text, student uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT r.number, s.name, s.id
  FROM unnest(numbers, names) AS asked (its_number, its_name)
  JOIN public.register_registration r ON r.number = asked.its_number AND NOT r.voided AND r.stage = 'primary'
    AND r.ended_on IS NOT NULL AND r.how_ended IN ('graduation', 'completion', 'leaving')
  JOIN public.register_student s ON s.id = r.student_id AND s.name = asked.its_name
  WHERE NOT EXISTS (
    SELECT FROM public.register_registration o
    WHERE o.student_id = s.id AND NOT o.voided AND o.id <> r.id
      AND (o.ended_on IS NULL OR o.started_on >= r.ended_on))
$$;
REVOKE ALL ON FUNCTION applications_leavers(text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION applications_leavers(text[], text[]) TO xueji_application;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0008_pending_students"),
    ]

    operations = [
        migrations.RunSQL(CREATE, "DROP FUNCTION applications_leavers(text[], text[]);"),
    ]
