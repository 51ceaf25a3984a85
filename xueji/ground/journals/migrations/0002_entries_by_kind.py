"""A ledger asks a school's journal for some kinds of a year: without an index it would read the whole journal.

The loads of many pupils at once stand in no ledger and are left out, so that they are not slowed down.
"""

from django.db import migrations

INDEX = """
CREATE INDEX journals_entry_kind ON journals_entry (organisation, kind, effective_on)
  WHERE kind NOT IN ('opening', 'enrolment');
"""


class Migration(migrations.Migration):
    dependencies = [("journals", "0001_initial")]
    operations = [migrations.RunSQL(INDEX, "DROP INDEX journals_entry_kind")]
