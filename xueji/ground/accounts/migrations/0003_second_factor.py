from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """The second factor's secret is made with the home's keys; devices of before no longer fit and are set up anew."""

    dependencies: ClassVar = [("accounts", "0002_substitution"), ("otp_totp", "0003_add_timestamps")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="SecondFactor",
            fields=[],
            options={"proxy": True, "indexes": [], "constraints": []},
            bases=("otp_totp.totpdevice",),
        ),
        migrations.RunSQL("DELETE FROM otp_totp_totpdevice", migrations.RunSQL.noop),
    ]
