"""A file that is kept before anything is lodged with it is marked, so that it can be taken away again."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("documents", "0001_initial")]

    operations: ClassVar = [
        migrations.AddField("document", "ahead", models.BooleanField(default=False, db_default=False)),
        migrations.AddIndex(
            "document",
            models.Index(fields=["uploaded_at"], condition=models.Q(ahead=True), name="documents_document_ahead"),
        ),
    ]
