"""Problems reported by schools and districts (clause D1). References to accounts and organisations are plain UUIDs."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class ProblemState(models.TextChoices):
    """Of a problem."""

    OPEN = "open", "等待答复"
    ANSWERED = "answered", "已答复"
    CLOSED = "closed", "已解决"


class NoteKind(models.TextChoices):
    """What was done with a problem."""

    REPORT = "report", "报告"
    PASS_ON = "pass_on", "转报市局"
    ANSWER = "answer", "答复"
    REOPEN = "reopen", "还没有解决"
    CLOSE = "close", "确认已解决"


class Problem(models.Model):
    """问题: reported by ``organisation``, with ``handler`` (the district, or the city) until it is solved."""

    id = models.UUIDField(primary_key=True)
    organisation = models.UUIDField(db_index=True)
    handler = models.UUIDField(db_index=True)
    title = models.TextField()
    state = models.CharField(max_length=12, choices=ProblemState.choices)
    reported_at = models.DateTimeField()
    moved_at = models.DateTimeField()

    class Meta:
        db_table = "maintenance_problem"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=ProblemState.values), name="problem_state"),
            models.CheckConstraint(condition=~Q(handler=models.F("organisation")), name="problem_handled_above"),
        ]


class ProblemNote(models.Model):
    """One thing said about a problem; only added."""

    id = models.UUIDField(primary_key=True)
    problem = models.ForeignKey(Problem, models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=12, choices=NoteKind.choices)
    text = models.TextField(blank=True)
    person = models.UUIDField()
    place = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        db_table = "maintenance_problemnote"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=NoteKind.values), name="problem_note_kind"),
        ]
