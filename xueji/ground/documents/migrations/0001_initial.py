"""The list of documents. Who handed one in sees it; a room above opens it to those whose matter it is."""

from typing import ClassVar

from django.db import migrations, models

ROW_LEVEL_SECURITY = """
ALTER TABLE documents_document ENABLE ROW LEVEL SECURITY;
CREATE POLICY documents_document_select ON documents_document FOR SELECT USING (
  (SELECT coalesce(current_setting('xueji.role', true), '')) = 'system'
  OR organisation = (SELECT nullif(current_setting('xueji.viewer', true), '')::uuid));
CREATE POLICY documents_document_insert ON documents_document FOR INSERT WITH CHECK (
  (SELECT coalesce(current_setting('xueji.role', true), '')) = 'system'
  OR organisation = (SELECT nullif(current_setting('xueji.viewer', true), '')::uuid));
REVOKE UPDATE, DELETE, TRUNCATE ON documents_document FROM xueji_application;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies: ClassVar = [("keys", "0001_initial")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("subject", models.UUIDField(db_index=True)),
                ("organisation", models.UUIDField()),
                ("digest", models.TextField(unique=True)),
                ("media_type", models.TextField()),
                ("size", models.BigIntegerField()),
                ("details", models.BinaryField()),
                ("uploaded_by", models.UUIDField()),
                ("uploaded_at", models.DateTimeField()),
            ],
            options={"db_table": "documents_document"},
        ),
        migrations.RunSQL(ROW_LEVEL_SECURITY, migrations.RunSQL.noop),
    ]
