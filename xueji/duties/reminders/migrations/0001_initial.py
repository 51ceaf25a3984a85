from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Sent",
            fields=[
                ("key", models.CharField(max_length=160, primary_key=True, serialize=False)),
                ("reminder", models.CharField(max_length=40)),
                ("organisation", models.UUIDField()),
                ("day", models.DateField(db_index=True)),
            ],
            options={"db_table": "reminders_sent"},
        ),
    ]
