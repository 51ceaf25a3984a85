"""Regular checks (定期审核, clause A4): what was drawn, what was looked at, what was found, how it was mended.

A sample is frozen once drawn, a signed-off inspection is kept for ever (triggers). What a finding says is sealed under
the data key of the pupil (or school) that it is about; all else is codes and ids.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class InspectionKind(models.TextChoices):
    """Who checks: the school itself each term, or its bureau."""

    OWN = "own", "学校自查"
    BUREAU = "bureau", "教育局检查"


class InspectionState(models.TextChoices):
    """How far an inspection has come."""

    DRAWN = "drawn", "检查中"
    HANDED_OVER = "handed_over", "更正中"
    SIGNED_OFF = "signed_off", "已办结"


class Method(models.TextChoices):
    """How a sample is drawn."""

    RANDOM = "random", "随机抽取"
    RISK = "risk", "按风险"
    RULE = "rule", "按核查规则"
    NAMED = "named", "指定"


class What(models.TextChoices):
    """What a line of a sample is: a pupil's record, or the papers of a change."""

    RECORD = "record", "学生信息"
    PROCEDURE = "procedure", "变动手续"


class Verdict(models.TextChoices):
    """What was seen when record and papers were compared."""

    RIGHT = "right", "相符"
    WRONG = "wrong", "有问题"
    NOT_APPLICABLE = "not_applicable", "不适用"


class FindingState(models.TextChoices):
    """How a finding stands."""

    OPEN = "open", "待更正"
    CORRECTED = "corrected", "待复查"
    CLOSED = "closed", "已复查"


class Responsible(models.TextChoices):
    """Whose matter a finding is."""

    REGISTRAR = "registrar", "学籍管理员"
    PROOFREADER = "proofreader", "校对人员"
    DEPUTY_HEAD = "deputy_head", "分管校长"
    CLASS_TEACHER = "class_teacher", "班主任"
    ACADEMIC_OFFICE = "academic_office", "教务部门"


class InspectionRound(models.Model):
    """A bureau's round: which schools were drawn and how; ``within``: the bureaus whose schools were drawn from, all in
    reach where it is empty; ``retention``: joint with the retention check (控辍保学)."""

    id = models.UUIDField(primary_key=True)
    bureau = models.UUIDField()
    title = models.CharField(max_length=80)
    school_year = models.PositiveSmallIntegerField()
    term = models.CharField(max_length=24)
    school_method = models.CharField(max_length=8, choices=Method.choices)
    method = models.CharField(max_length=8, choices=Method.choices)
    rule = models.CharField(max_length=64, blank=True)
    seed = models.CharField(max_length=64)
    schools = models.PositiveIntegerField()
    population = models.PositiveIntegerField()
    within = models.JSONField(default=list)
    records = models.PositiveIntegerField()
    procedures = models.PositiveIntegerField()
    retention = models.BooleanField(default=False)
    drawn_at = models.DateTimeField()
    drawn_by = models.UUIDField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["bureau", "school_year"], name="inspections_round")
        ]


class Inspection(models.Model):
    """One check of one school. ``inspector``: the organisation that checks. ``record_population`` pupils and
    ``procedure_population`` changes were drawn from. ``counts``, ``digest``, ``entry``, ``retention``: of
    the sign-off."""

    id = models.UUIDField(primary_key=True)
    school = models.UUIDField()
    inspector = models.UUIDField()
    kind = models.CharField(max_length=8, choices=InspectionKind.choices)
    round = models.ForeignKey(InspectionRound, models.PROTECT, null=True, related_name="inspections", db_index=False)
    title = models.CharField(max_length=80)
    school_year = models.PositiveSmallIntegerField()
    term = models.CharField(max_length=24)
    method = models.CharField(max_length=8, choices=Method.choices)
    rule = models.CharField(max_length=64, blank=True)
    seed = models.CharField(max_length=64)
    record_population = models.PositiveIntegerField(default=0)
    procedure_population = models.PositiveIntegerField(default=0)
    sample_digest = models.CharField(max_length=64, blank=True)
    joint = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=InspectionState.choices, default=InspectionState.DRAWN)
    due_on = models.DateField(null=True)
    drawn_at = models.DateTimeField()
    drawn_by = models.UUIDField()
    handed_at = models.DateTimeField(null=True)
    handed_by = models.UUIDField(null=True)
    signed_at = models.DateTimeField(null=True)
    signed_by = models.UUIDField(null=True)
    counts = models.JSONField(null=True)
    retention = models.JSONField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    entry = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["school", "term"], condition=Q(kind="own"), name="inspections_own_a_term"),
            models.UniqueConstraint(fields=["round", "school"], name="inspections_school_a_round"),
            models.CheckConstraint(
                condition=Q(state="drawn", handed_at__isnull=True, signed_at__isnull=True)
                | Q(state="handed_over", handed_by__isnull=False, signed_at__isnull=True)
                | Q(state="signed_off", handed_by__isnull=False, signed_by__isnull=False, entry__isnull=False),
                name="inspections_state_whole",
            ),
            models.CheckConstraint(
                condition=Q(kind="own", inspector=F("school")) | Q(kind="bureau", round__isnull=False),
                name="inspections_whose",
            ),
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True) | ~Q(signed_by=F("handed_by")), name="inspections_four_eyes"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["school", "school_year"], name="inspections_school"),
            models.Index(fields=["inspector", "state"], name="inspections_inspector"),
        ]


class SampleLine(models.Model):
    """What was drawn, in its order; never changed. ``subject``: a pupil, or the application of a change; ``why``:
    'lot', 'rule', or 'risk' with its ``score``."""

    id = models.BigAutoField(primary_key=True)
    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="lines", db_index=False)
    school = models.UUIDField()
    what = models.CharField(max_length=10, choices=What.choices)
    place = models.PositiveIntegerField()
    subject = models.UUIDField()
    student = models.UUIDField(null=True)
    why = models.CharField(max_length=8)
    score = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["inspection", "what", "subject"], name="inspections_line_once"),
            models.UniqueConstraint(fields=["inspection", "what", "place"], name="inspections_line_place"),
        ]


class ChecklistAnswer(models.Model):
    """One line of a checklist, answered about the school, a pupil or a change."""

    id = models.BigAutoField(primary_key=True)
    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="answers", db_index=False)
    school = models.UUIDField()
    checklist = models.CharField(max_length=10)
    item = models.CharField(max_length=40)
    subject = models.UUIDField()
    verdict = models.CharField(max_length=16, choices=Verdict.choices)
    answered_at = models.DateTimeField()
    answered_by = models.UUIDField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["inspection", "checklist", "subject", "item"], name="inspections_answer_once"
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=["right", "wrong", "not_applicable"]), name="inspections_answer_verdict"
            ),
        ]


class InspectionFinding(models.Model):
    """What is wrong: ``said`` (sealed), of what, whose, how bad, by when mended. ``application``: the change or
    correction that mends it; ``mended``, ``answer`` (sealed): how it was mended, what the re-check says."""

    id = models.UUIDField(primary_key=True)
    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="findings", db_index=False)
    school = models.UUIDField()
    number = models.PositiveSmallIntegerField()
    checklist = models.CharField(max_length=10)
    item = models.CharField(max_length=40)
    subject = models.UUIDField()
    student = models.UUIDField(null=True)
    severity = models.CharField(max_length=8)
    responsible = models.CharField(max_length=16, choices=Responsible.choices)
    said = models.BinaryField()
    due_on = models.DateField()
    state = models.CharField(max_length=10, choices=FindingState.choices, default=FindingState.OPEN)
    found_at = models.DateTimeField()
    found_by = models.UUIDField()
    corrected_at = models.DateTimeField(null=True)
    corrected_by = models.UUIDField(null=True)
    application = models.UUIDField(null=True)
    mended = models.BinaryField(null=True)
    rechecked_at = models.DateTimeField(null=True)
    rechecked_by = models.UUIDField(null=True)
    answer = models.BinaryField(null=True)
    sent_back = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["inspection", "checklist", "subject", "item"], name="inspections_finding_once"
            ),
            models.UniqueConstraint(fields=["inspection", "number"], name="inspections_finding_number"),
            models.CheckConstraint(
                condition=Q(severity__in=["error", "query", "note"]), name="inspections_finding_severity"
            ),
            models.CheckConstraint(
                condition=Q(state="open")
                | Q(state="corrected", corrected_by__isnull=False)
                | Q(state="closed", corrected_by__isnull=False, rechecked_by__isnull=False),
                name="inspections_finding_whole",
            ),
            models.CheckConstraint(
                condition=Q(rechecked_by__isnull=True)
                | (~Q(rechecked_by=F("found_by")) & ~Q(rechecked_by=F("corrected_by"))),
                name="inspections_finding_four_eyes",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["school", "due_on"], condition=~Q(state="closed"), name="inspections_finding_open"),
            models.Index(fields=["student"], name="inspections_finding_student"),
        ]
