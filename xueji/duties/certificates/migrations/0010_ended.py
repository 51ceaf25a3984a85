"""A request of an organisation that was closed before it was decided ends: nobody of it is left to go on with it."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q

_STATES = ["requested", "sent_back", "attested", "refused", "retracted", "ended"]
_LABELS = ["验印办理中", "退回修改", "已验印", "不予验印", "已撤回", "已终止"]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("certificates", "0009_diploma_batches")]
    operations: ClassVar = [
        migrations.AlterField(
            "order",
            "state",
            models.CharField(choices=list(zip(_STATES, _LABELS, strict=True)), default="requested", max_length=16),
        ),
        migrations.RemoveConstraint("order", "certificates_order_state"),
        migrations.AddConstraint(
            "order", models.CheckConstraint(condition=Q(state__in=_STATES), name="certificates_order_state")
        ),
    ]
