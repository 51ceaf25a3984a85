"""Who sees a return: its organisation and whoever has that organisation in reach; cuts hold no pupil."""

from typing import ClassVar

from django.db import migrations

from xueji.ground.accounts.policies import enable_rls

# A school must know how far the others' journals count, and learns nothing but sequence numbers.
FROZEN = """
CREATE FUNCTION returns_frozen(asked text) RETURNS TABLE (organisation uuid, sequence bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT r.organisation, r.sequence FROM returns_return r
  WHERE r.round = asked AND r.level = 'school' AND r.state IN ('certified', 'submitted', 'accepted')
$$;
REVOKE ALL ON FUNCTION returns_frozen(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION returns_frozen(text) TO xueji_application;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("returns", "0001_initial"),
        ("accounts", "0001_initial"),
    ]
    operations: ClassVar = [
        migrations.RunSQL(
            enable_rls("returns_return", "organisation", about_pupils=False, writes=("INSERT", "UPDATE", "DELETE")),
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(FROZEN, "DROP FUNCTION returns_frozen(text)"),
    ]
