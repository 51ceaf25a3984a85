"""What was sent back stays beside what is filed after it; a unit's documents of the regime are its bureau's to open."""

from typing import ClassVar

from django.db import migrations, models

from xueji.ground.accounts.policies import JURISDICTION, ROLE, SYSTEM, append_only, rls

_SEEN = f"{SYSTEM} OR ({ROLE} IN ('clerk', 'head') AND bureau IN {JURISDICTION})"
# By whatever door the filing is made anew (a page, a command, a package), its sent-back content is kept first.
KEPT = """
CREATE FUNCTION filings_keep_earlier() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO filings_earlierfiling
    (filing, bureau, content, digest, reason, made_by, made_at, filed_by, filed_at, decided_by, decided_at)
  VALUES (OLD.id, OLD.bureau, OLD.content, OLD.digest, OLD.reason, OLD.made_by, OLD.made_at, OLD.filed_by,
    OLD.filed_at, OLD.decided_by, OLD.decided_at);
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION filings_keep_earlier() FROM PUBLIC;
CREATE TRIGGER filings_keep_earlier BEFORE UPDATE ON filings_filing FOR EACH ROW
  WHEN (OLD.state = 'sent_back' AND NEW.state <> 'sent_back') EXECUTE FUNCTION filings_keep_earlier();
"""

# Whoever sees that a document of the regime is on record sees its file.
OPENED = """
CREATE INDEX filings_regimedocument_file ON filings_regimedocument (file) WHERE file IS NOT NULL;
CREATE POLICY filings_regime_select ON documents_document FOR SELECT USING (
  EXISTS (SELECT FROM filings_regimedocument r WHERE r.file = documents_document.id));
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("filings", "0001_initial"), ("documents", "0002_kept_ahead")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="EarlierFiling",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("filing", models.UUIDField(db_index=True)),
                ("bureau", models.UUIDField()),
                ("content", models.JSONField(default=list)),
                ("digest", models.CharField(max_length=64)),
                ("reason", models.TextField(blank=True)),
                ("made_by", models.UUIDField()),
                ("made_at", models.DateTimeField()),
                ("filed_by", models.UUIDField(null=True)),
                ("filed_at", models.DateTimeField(null=True)),
                ("decided_by", models.UUIDField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
            ],
            options={"db_table": "filings_earlierfiling"},
        ),
        migrations.RunSQL(
            rls("filings_earlierfiling", read=_SEEN, write=_SEEN, writes=("INSERT",))
            + append_only("filings_earlierfiling")
            + KEPT
            + OPENED,
            "DROP FUNCTION filings_keep_earlier() CASCADE; DROP POLICY filings_regime_select ON documents_document;"
            " DROP INDEX filings_regimedocument_file",
        ),
    ]
