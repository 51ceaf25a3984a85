"""Applications for a change of status: claim, rows, evidence, suspected duplicates.

Claims are sealed under a data key of the application's own (design §3): nothing sensitive
stands in clear. The pupil of a transfer is named by his UUID only.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class ApplicationState(models.TextChoices):
    """How far an application has come (docs/architecture.md "Applications and cases")."""

    LODGED = "lodged", "已申报"
    PROOFREAD = "proofread", "已校对"
    DECIDED = "decided", "学校已审核"
    EXAMINED = "examined", "已审查"
    APPROVED = "approved", "已批准"
    SENT_BACK = "sent_back", "退回修改"
    REFUSED = "refused", "不予批准"
    RETRACTED = "retracted", "已撤回"

    @classmethod
    def under_way(cls) -> tuple[str, ...]:
        """States in which the matter is still open, with the applicant or with a decider."""
        return (cls.LODGED, cls.PROOFREAD, cls.DECIDED, cls.EXAMINED, cls.SENT_BACK)


class LineState(models.TextChoices):
    """How a row of a roster stands."""

    READY = "ready", "待批准"
    PARKED = "parked", "待核重复"
    ACCEPTED = "accepted", "已建立学籍"
    REFUSED = "refused", "不予批准"


class DuplicateState(models.TextChoices):
    """How a suspected duplicate stands."""

    OPEN = "open", "待核重复"
    DIFFERENT = "different", "确认不是同一人"
    SAME = "same", "确认是同一人"
    REFUSED = "refused", "不予建档"


class Application(models.Model):
    """One application. ``school`` lodges it (of a transfer the receiving one)."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=32)
    variant = models.CharField(max_length=32, blank=True)
    school = models.UUIDField()
    other_school = models.UUIDField(null=True)
    stage = models.CharField(max_length=16, blank=True)
    school_year = models.PositiveSmallIntegerField(null=True)
    state = models.CharField(max_length=16, choices=ApplicationState.choices, default=ApplicationState.LODGED)
    student = models.UUIDField(null=True)  # of a transfer
    registration = models.UUIDField(null=True)  # the one that a transfer would end
    second_student = models.UUIDField(null=True)  # of a merging or swapping
    class_group = models.UUIDField(null=True)  # that would receive the pupil
    rows = models.PositiveIntegerField(default=1)
    registrations = models.PositiveIntegerField(default=0)  # how many it began or ended
    reason = models.CharField(max_length=40, blank=True)  # a code; what was written stands in the claim
    claim = models.BinaryField(null=True)
    file_digest = models.CharField(max_length=64, null=True)
    effective_on = models.DateField(null=True)
    until = models.DateField(null=True)  # the last day of a change for a time: reminders look at it
    paper_date = models.DateField(null=True)  # entered later from a paper of that day: the system was down
    transaction_id = models.UUIDField(null=True)
    new_registration = models.UUIDField(null=True)
    arrived_on = models.DateField(null=True)  # of a transfer: so that the sender's bureau sees it too
    lodged_by = models.UUIDField()
    lodged_post = models.UUIDField()
    lodged_on = models.DateField()
    lodged_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)  # counts changes: two people at one application

    class Meta:
        db_table = "applications_application"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=ApplicationState.values), name="application_state"),
            models.UniqueConstraint(
                fields=["school", "kind", "file_digest"],
                condition=Q(file_digest__isnull=False) & ~Q(state__in=["refused", "retracted"]),
                name="application_one_a_file",
            ),
            models.UniqueConstraint(
                fields=["student"],
                condition=Q(
                    student__isnull=False, state__in=["lodged", "proofread", "decided", "examined", "sent_back"]
                ),
                name="application_one_open_a_student",
            ),
            models.CheckConstraint(
                condition=Q(state="approved", transaction_id__isnull=False)
                | (~Q(state="approved") & Q(transaction_id__isnull=True)),
                name="application_approved_with_its_transaction",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["school", "state", "lodged_at"], name="application_school"),
            models.Index(fields=["other_school", "state"], name="application_other"),
            models.Index(fields=["student"], name="application_student"),
            models.Index(
                fields=["second_student"], condition=Q(second_student__isnull=False), name="application_second"
            ),
        ]


class Line(models.Model):
    """A row of a roster. ``student`` is allocated when the roster is lodged, or the known one continued."""

    id = models.UUIDField(primary_key=True)
    application = models.ForeignKey(Application, models.CASCADE, related_name="lines", db_index=False)
    school = models.UUIDField()  # the application's, so that the policies need not look at it
    row_no = models.PositiveIntegerField()  # as in the file
    student = models.UUIDField()
    continued = models.BooleanField(default=False)
    claim = models.BinaryField()
    state = models.CharField(max_length=16, choices=LineState.choices, default=LineState.READY)
    findings = models.JSONField(default=list)  # code, row, fields: never a value
    cleared = models.JSONField(default=list)  # students whom both bureaus found to be somebody else
    reason = models.BinaryField(null=True)  # sealed as the reasons of cases are
    registration = models.UUIDField(null=True)

    class Meta:
        db_table = "applications_line"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["application", "row_no"], name="line_one_a_row"),
            models.CheckConstraint(condition=Q(state__in=LineState.values), name="line_state"),
        ]
        indexes: ClassVar = [models.Index(fields=["student"], name="line_student")]  # a pupil's page asks for it


class Evidence(models.Model):
    """A paper handed in: a document of the room ``documents`` under the rulebook's key for it.

    Rows are only added: ``supersedes`` names the paper in whose place this one stands. ``scanned``: found its file by
    the code printed on it.
    """

    id = models.UUIDField(primary_key=True)
    application = models.ForeignKey(Application, models.CASCADE, related_name="evidence")
    key = models.CharField(max_length=40)
    document = models.UUIDField()
    added_at = models.DateTimeField()
    added_by = models.UUIDField()
    supersedes = models.UUIDField(null=True, unique=True)
    scanned = models.BooleanField(default=False)

    class Meta:
        db_table = "applications_evidence"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["application", "document"], name="evidence_once"),
        ]


class SuspectedDuplicate(models.Model):
    """待核重复: a row that may be a child whom the register already holds.

    The school learns only that it is under check; both bureaus see the two side by side and decide. It is
    concluded when both chose the same (one choice where both are one bureau). The reasons stand in the entries.
    """

    id = models.UUIDField(primary_key=True)
    application = models.ForeignKey(Application, models.CASCADE, related_name="duplicates")
    line = models.ForeignKey(Line, models.CASCADE, related_name="duplicates")
    reason = models.CharField(max_length=40)
    matched = models.UUIDField()  # the student whom the register holds
    matched_in_force = models.BooleanField()
    school = models.UUIDField()
    matched_school = models.UUIDField()
    bureau = models.UUIDField()
    matched_bureau = models.UUIDField()
    state = models.CharField(max_length=16, choices=DuplicateState.choices, default=DuplicateState.OPEN)
    choice = models.CharField(max_length=16, blank=True)
    chosen_by = models.UUIDField(null=True)
    chosen_at = models.DateTimeField(null=True)
    chosen_entry = models.UUIDField(null=True)
    matched_choice = models.CharField(max_length=16, blank=True)
    matched_chosen_by = models.UUIDField(null=True)
    matched_chosen_at = models.DateTimeField(null=True)
    matched_chosen_entry = models.UUIDField(null=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "applications_suspectedduplicate"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["line", "matched"], name="duplicate_once"),
            models.CheckConstraint(condition=Q(state__in=DuplicateState.values), name="duplicate_state"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["bureau"], condition=Q(state="open"), name="duplicate_bureau"),
            models.Index(fields=["matched_bureau"], condition=Q(state="open"), name="duplicate_matched_bureau"),
        ]


class BulkRun(models.Model):
    """成批办理: one run over the schools of a bureau, so that it can be watched, left and found again.

    What is done stands in the register, school by school; a row here only tells how far a run has come.
    ``organisation`` decides, ``scope`` is the bureau or school whose schools are meant. ``skipped`` lists schools that
    were left out: id, code of the reason, sentence. ``written`` counts entries.
    """

    id = models.UUIDField(primary_key=True)
    organisation = models.UUIDField()
    scope = models.UUIDField()
    kind = models.CharField(max_length=32)
    school_year = models.PositiveSmallIntegerField()
    stage = models.CharField(max_length=16, blank=True)
    state = models.CharField(max_length=16)  # waiting, running, done
    person = models.UUIDField()
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    written = models.PositiveIntegerField(default=0)
    skipped = models.JSONField(default=list)
    begun_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "applications_bulkrun"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=["waiting", "running", "done"]), name="bulkrun_state"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "kind", "-begun_at"], name="bulkrun_latest"),
        ]


class Letter(models.Model):
    """A letter that the completion of an application calls for, and when it was sent: a migrant child's dropout, to the
    education bureau of the household register's county, which this register does not know. The addressee is not kept:
    it is read from the record, where it is sealed."""

    application = models.OneToOneField(Application, models.CASCADE, primary_key=True, related_name="letter")
    school = models.UUIDField()
    student = models.UUIDField()
    made_on = models.DateField()
    sent_on = models.DateField(null=True)
    sent_by = models.UUIDField(null=True)

    class Meta:
        db_table = "applications_letter"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(sent_on__isnull=True, sent_by__isnull=True)
                | Q(sent_on__gte=F("made_on"), sent_by__isnull=False),
                name="letter_sent",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["school"], condition=Q(sent_on=None), name="letter_unsent")]
