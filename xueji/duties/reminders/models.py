"""What was reminded of already: so that a run that is repeated, or was missed, says nothing twice."""

from __future__ import annotations

from django.db import models


class Sent(models.Model):
    """One matter at one stage (so many days before, so many periods after) for one organisation. Names no pupil."""

    key = models.CharField(max_length=160, primary_key=True)
    reminder = models.CharField(max_length=40)
    organisation = models.UUIDField()
    day = models.DateField(db_index=True)

    class Meta:
        db_table = "reminders_sent"
