"""A machine may be one post's own, and a post may be bound to it alone (clause A3: 专人、专机)."""

from typing import ClassVar

import django.contrib.postgres.fields
from django.db import migrations, models

SERVES = """
DROP FUNCTION accounts_machine_known(uuid, uuid, text);
CREATE FUNCTION accounts_machine_serves(place uuid, post uuid, machine uuid, secret text) RETURNS boolean LANGUAGE sql
STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM public.accounts_machine m WHERE m.id = $3 AND m.organisation_id = $1
    AND $4 <> '' AND m.secret_digest = $4 AND m.revoked_at IS NULL
    AND (m.post = $2 OR (m.post IS NULL AND NOT EXISTS (
      SELECT FROM public.accounts_machinebinding b WHERE b.organisation_id = $1 AND $2 = ANY (b.posts)))))
$$;
REVOKE ALL ON FUNCTION accounts_machine_serves(uuid, uuid, uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION accounts_machine_serves(uuid, uuid, uuid, text) TO xueji_application;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0005_trained_hands")]
    operations: ClassVar = [
        migrations.AddField("machine", "post", models.UUIDField(null=True)),
        migrations.AddField(
            "machinebinding",
            "posts",
            django.contrib.postgres.fields.ArrayField(models.UUIDField(), default=list),
        ),
        migrations.RunSQL(SERVES, migrations.RunSQL.noop),
    ]
