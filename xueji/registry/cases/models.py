"""Steps and decisions of whatever needs them, file numbers, notices.

A case belongs to one subject (an application's UUID), which this room never looks into.
Steps are made from the rulebook's ``changes.yaml`` when the case is opened; a case that was sent
back runs them again in a new round. Clauses A2, A3, D2.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class CaseState(models.TextChoices):
    """How a case stands as a whole."""

    OPEN = "open", "办理中"
    SENT_BACK = "sent_back", "退回修改"
    APPROVED = "approved", "已批准"
    REFUSED = "refused", "不予批准"
    RETRACTED = "retracted", "已撤回"


class Outcome(models.TextChoices):
    """How one step ended."""

    AGREED = "agreed", "同意"
    SENT_BACK = "sent_back", "退回修改"
    REFUSED = "refused", "不予批准"


class Case(models.Model):
    """One matter under decision. ``organisation`` lodged it; ``label`` names no pupil."""

    id = models.UUIDField(primary_key=True)
    subject = models.UUIDField(unique=True)
    kind = models.CharField(max_length=32)
    stage = models.CharField(max_length=16, blank=True)  # '' where it concerns no stage
    organisation = models.UUIDField()
    label = models.TextField(blank=True)
    state = models.CharField(max_length=16, choices=CaseState.choices, default=CaseState.OPEN)
    round = models.PositiveSmallIntegerField(default=1)
    file_number = models.CharField(max_length=40, null=True)
    lodged_by = models.UUIDField()
    lodged_role = models.CharField(max_length=24)
    lodged_as = models.CharField(max_length=16, blank=True)  # kernel.types.Capacity; '' by the holder of the post
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)

    class Meta:
        db_table = "cases_case"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=CaseState.values), name="case_state"),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True, state__in=["open", "sent_back"])
                | Q(closed_on__isnull=False, state__in=["approved", "refused", "retracted"]),
                name="case_closed_with_its_state",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "state"], name="case_organisation"),
            models.Index(fields=["opened_on", "id"], name="case_newest"),  # the list of all files, read from its end
        ]


class Party(models.Model):
    """An organisation that has a step in a case: it and its superiors see the case (row-level security)."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="parties", db_index=False)
    organisation = models.UUIDField()
    owner = models.UUIDField()  # the case's organisation, so that policies need not look at the case

    class Meta:
        db_table = "cases_party"
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "organisation"], name="party_once")]
        indexes: ClassVar = [models.Index(fields=["organisation"], name="party_organisation")]


class Step(models.Model):
    """One act of one post. Open = ``opened_at`` set, ``decided_at`` not."""

    id = models.UUIDField(primary_key=True)
    case = models.ForeignKey(Case, models.CASCADE, related_name="steps", db_index=False)
    # The case's, said again here: an inbox of thousands is counted and filtered over its open steps alone.
    kind = models.CharField(max_length=32, blank=True)
    applicant = models.UUIDField(null=True)
    round = models.PositiveSmallIntegerField()
    order = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=40)
    title = models.TextField(blank=True)
    phase = models.CharField(max_length=40, blank=True)  # the steps of one organisation share a term
    act = models.CharField(max_length=16)
    role = models.CharField(max_length=24)
    side = models.CharField(max_length=24, blank=True)  # kernel.rulebook.Party
    stage = models.CharField(max_length=16, blank=True)
    organisation = models.UUIDField()
    completes = models.BooleanField(default=False)  # the last decision: writes to the register
    needs_check = models.BooleanField(default=False)  # 比对: the register check is stored with the decision
    files = models.BooleanField(default=False)  # a bureau's approval: bears a file number
    working_days = models.PositiveSmallIntegerField(null=True)
    opened_at = models.DateTimeField(null=True)
    due_on = models.DateField(null=True)
    due_is_provisional = models.BooleanField(default=False)  # the calendar has no table for that year
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    decided_post = models.UUIDField(null=True)
    decided_name = models.TextField(blank=True)
    decided_as = models.CharField(max_length=16, blank=True)  # kernel.types.Capacity; '' by the holder of the post
    outcome = models.CharField(max_length=16, blank=True, choices=Outcome.choices)
    reason_code = models.CharField(max_length=16, blank=True)  # of the rulebook's list
    reason = models.BinaryField(null=True)  # sealed, see reasons.py
    file_number = models.CharField(max_length=40, null=True)
    register_check = models.JSONField(null=True)

    class Meta:
        db_table = "cases_step"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "round", "order"], name="step_one_in_its_place"),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(opened_at__isnull=False, decided_at__isnull=True),
                name="step_one_open_a_case",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True, outcome="")
                | Q(decided_at__isnull=False, decided_by__isnull=False, outcome__in=Outcome.values),
                name="step_decided_whole",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["", "agreed"]) | Q(reason__isnull=False), name="step_negative_with_reason"
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True) | Q(opened_at__lte=F("decided_at")),
                name="step_opened_before_decided",
            ),
        ]
        indexes: ClassVar = [
            models.Index(  # all that an inbox counts and sorts by, so that thousands are counted from the index alone
                fields=["organisation", "role", "due_on", "opened_at", "case"],
                include=["kind", "stage", "act", "applicant"],
                condition=Q(opened_at__isnull=False, decided_at__isnull=True),
                name="step_inbox",
            ),
            models.Index(
                fields=["due_on"],
                condition=Q(opened_at__isnull=False, decided_at__isnull=True),
                name="step_due",
            ),
            models.Index(fields=["file_number"], condition=Q(file_number__isnull=False), name="step_file_number"),
            models.Index(
                fields=["applicant", "due_on"],
                condition=Q(opened_at__isnull=False, decided_at__isnull=True),
                name="step_of_applicant",
            ),
        ]


class FileCounter(models.Model):
    """The last serial of a bureau's file numbers in a year: gapless, given inside the decision."""

    bureau = models.UUIDField()
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        db_table = "cases_filecounter"
        constraints: ClassVar = [models.UniqueConstraint(fields=["bureau", "year"], name="filecounter_bureau_year")]


class FileNumber(models.Model):
    """卷号: every file number that was given, and for which step."""

    bureau = models.UUIDField()
    year = models.PositiveSmallIntegerField()
    serial = models.PositiveIntegerField()
    text = models.CharField(max_length=40)
    step = models.OneToOneField(Step, models.PROTECT)

    class Meta:
        db_table = "cases_filenumber"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bureau", "year", "serial"], name="filenumber_once"),
            models.UniqueConstraint(fields=["bureau", "text"], name="filenumber_text_once"),
        ]


class Notice(models.Model):
    """A notice to an organisation's post; ``code`` and ``params`` make its text on reading."""

    id = models.UUIDField(primary_key=True)
    organisation = models.UUIDField()
    role = models.CharField(max_length=24, blank=True)  # '' = every post of the organisation
    subject = models.UUIDField(null=True)
    code = models.CharField(max_length=40)
    params = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    read_by = models.UUIDField(null=True)

    class Meta:
        db_table = "cases_notice"
        indexes: ClassVar = [
            models.Index(
                fields=["organisation", "role", "created_at"], condition=Q(read_at__isnull=True), name="notice_unread"
            ),
            models.Index(fields=["subject"], condition=Q(read_at__isnull=True), name="notice_unread_subject"),
            models.Index(fields=["organisation", "-created_at"], name="notice_newest"),
            models.Index(
                fields=["organisation", "role"],
                condition=Q(read_at__isnull=True) & ~Q(code__startswith="step_waiting"),
                name="notice_unread_outcome",
            ),
        ]
