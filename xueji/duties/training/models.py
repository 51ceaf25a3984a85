"""Courses of the level that trains, their results, and handovers of posts (clauses A3, A5).

References to accounts, posts and organisations are plain UUIDs.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class CourseKind(models.TextChoices):
    """For whom a course is held."""

    NEW = "new", "岗前培训"
    REGULAR = "regular", "定期轮训"


class Outcome(models.TextChoices):
    """What came of a course for one person."""

    PASSED = "passed", "合格"
    FAILED = "failed", "不合格"
    ABSENT = "absent", "缺席"


class Course(models.Model):
    """培训: held by a bureau on a day, with or without an examination (考核)."""

    id = models.UUIDField(primary_key=True)
    bureau = models.UUIDField(db_index=True)
    title = models.TextField()
    kind = models.CharField(max_length=12, choices=CourseKind.choices)
    held_on = models.DateField()
    pass_mark = models.PositiveSmallIntegerField(null=True)  # None: no examination
    opened_by = models.UUIDField()
    opened_at = models.DateTimeField()
    counts = models.JSONField(null=True)  # of a course held at another node: {"entered": n, "passed": n}

    class Meta:
        db_table = "training_course"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=CourseKind.values), name="course_kind"),
            models.CheckConstraint(condition=Q(pass_mark__isnull=True) | Q(pass_mark__lte=100), name="course_mark"),
        ]


class CourseResult(models.Model):
    """One person's result, for the post held. ``before``: the day of training that stood there before it."""

    id = models.UUIDField(primary_key=True)
    course = models.ForeignKey(Course, models.PROTECT, related_name="results", db_index=False)
    holding = models.UUIDField(db_index=True)
    person = models.UUIDField()
    organisation = models.UUIDField(db_index=True)
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    score = models.PositiveSmallIntegerField(null=True)
    before = models.DateField(null=True)
    entered_by = models.UUIDField()
    entered_at = models.DateTimeField()

    class Meta:
        db_table = "training_courseresult"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["course", "holding"], name="course_result_once"),
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="course_result_outcome"),
            models.CheckConstraint(condition=Q(score__isnull=True) | Q(score__lte=100), name="course_result_score"),
            models.CheckConstraint(
                condition=~Q(outcome="absent") | Q(score__isnull=True), name="course_result_absent_has_no_score"
            ),
            models.CheckConstraint(condition=~Q(entered_by=models.F("person")), name="course_result_not_by_oneself"),
        ]


class Handover(models.Model):
    """交接: a post passed on a day from its holder to another, or to nobody yet; ``moved`` is what waited there."""

    id = models.UUIDField(primary_key=True)
    post = models.UUIDField(db_index=True)
    organisation = models.UUIDField(db_index=True)
    from_person = models.UUIDField()
    to_person = models.UUIDField(null=True)
    handed_on = models.DateField()
    moved = models.JSONField(default=list)  # [{"title": …, "count": …}]: kinds and numbers, nothing of a pupil
    recorded_by = models.UUIDField()
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "training_handover"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(to_person__isnull=True) | ~Q(to_person=models.F("from_person")),
                name="handover_to_another",
            ),
        ]
