"""The returns of each organisation in the reporting rounds (clause C5); the rounds' dates are the rulebook's.

A return is a row a version: what was certified never moves, a later version stands beside it.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class ReturnState(models.TextChoices):
    """How far a return has come; a sent-back one is answered by a new version."""

    MADE = "made", "已生成"
    CERTIFIED = "certified", "已确认"
    SUBMITTED = "submitted", "已上报"
    SENT_BACK = "sent_back", "已退回"
    ACCEPTED = "accepted", "已接受"

    @classmethod
    def frozen(cls) -> tuple[str, ...]:
        """States in which the organisation's cut is fixed for the whole round."""
        return (cls.CERTIFIED, cls.SUBMITTED, cls.ACCEPTED)


class Return(models.Model):
    """One organisation's return in one round, one version.

    ``bureau`` is the organisation that reviews it (None: the city's own). ``cut`` names the kept cut that it was
    counted on (room snapshots), ``held`` the transactions that did not count since closed returns had left them out,
    ``left_out`` those that this return left out (one child, one return). ``sequence``, ``block_no`` and
    ``block_digest`` are the organisation's own head in that cut, as the anchor has it: certified, it is frozen for the
    whole round. ``opening`` says what the flow begins with (``basis`` declared, previous or register; ``return``).
    ``totals``: one line an organisation (the school, or the part of a bureau's), stage, cohort and sex; ``flow``:
    one line a stage, cohort and sex, figures that are nought left out; ``findings``: code, severity, message,
    registration number, no sensitive text; ``in_hand``: transfers in hand on the reference date; ``parts``: the
    returns that a bureau consolidated; ``information``: what the register knows of the school itself. ``digest`` is
    over all of these but the findings and the information (``information.py``).
    """

    id = models.UUIDField(primary_key=True)
    level = models.CharField(max_length=8)
    round = models.CharField(max_length=16)
    organisation = models.UUIDField()
    bureau = models.UUIDField(null=True)
    version = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, choices=ReturnState.choices)
    cut = models.CharField(max_length=64)
    held = models.JSONField(default=list)
    left_out = models.JSONField(default=list)
    sequence = models.BigIntegerField()
    block_no = models.BigIntegerField(default=0)
    block_digest = models.CharField(max_length=64, default="")
    state_digest = models.CharField(max_length=64, default="")
    snapshot = models.UUIDField(null=True)
    digest = models.CharField(max_length=64)
    registered = models.IntegerField()
    attending = models.IntegerField()
    opening = models.JSONField(default=dict)
    totals = models.JSONField(default=list)
    flow = models.JSONField(default=list)
    findings = models.JSONField(default=list)
    in_hand = models.JSONField(default=list)
    parts = models.JSONField(default=list)
    information = models.JSONField(default=dict)
    reason = models.TextField(default="")
    made_at = models.DateTimeField()
    made_by = models.UUIDField()
    certified_at = models.DateTimeField(null=True)
    certified_by = models.UUIDField(null=True)
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.UUIDField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["round", "organisation", "version"], name="returns_one_version"),
            models.UniqueConstraint(
                fields=["round", "organisation"],
                condition=~models.Q(state="sent_back"),
                name="returns_one_current",
            ),
            models.CheckConstraint(condition=models.Q(state__in=ReturnState.values), name="returns_state"),
            models.CheckConstraint(
                condition=models.Q(certified_by__isnull=True) | ~models.Q(certified_by=models.F("made_by")),
                name="returns_four_eyes",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["bureau", "round"])]

    def __str__(self) -> str:
        return f"{self.round} {self.organisation} v{self.version}"


class RemarkKind(models.TextChoices):
    """Who says something about a line of a return."""

    EXPLANATION = "explanation", "学校说明"
    NOTE = "note", "审核意见"


class Remark(models.Model):
    """A school's explanation of a finding, or a reviewer's note on a line; only added, never changed.

    ``line``: a finding by ``findings.key_of``, a line of the figures (``totals:primary:2007``), or "" for the whole.
    ``version``: the return's when it was written. An explanation holds for every version in which the finding says the
    same; the newest one counts. ``text`` is sealed under a key of the organisation and round: it may speak of a child.
    """

    id = models.UUIDField(primary_key=True)
    round = models.CharField(max_length=16)
    organisation = models.UUIDField()
    version = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=RemarkKind.choices)
    line = models.CharField(max_length=64, blank=True)
    text = models.BinaryField()
    author = models.UUIDField()
    person = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(kind__in=RemarkKind.values), name="returns_remark_kind"),
            # A school explains its own return; whoever stands above notes.
            models.CheckConstraint(
                condition=models.Q(kind="explanation", author=models.F("organisation"))
                | (models.Q(kind="note") & ~models.Q(author=models.F("organisation"))),
                name="returns_remark_author",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "round", "at"], name="returns_remark_of_round")
        ]

    def __str__(self) -> str:
        return f"{self.round} {self.organisation} {self.kind} {self.line}"


class ReopeningOutcome(models.TextChoices):
    """What the head decided."""

    AGREED = "agreed", "同意"
    REFUSED = "refused", "不同意"


class Reopening(models.Model):
    """Somebody asks that an accepted return be opened again: with a reason, examined by the reviewing bureau's clerk,
    decided by its head. A trigger keeps what was said.

    ``organisation``: whose return, ``asked_for``: the organisation whose post asked (its own, its keeper's or the
    reviewer's); where the reviewer's clerk asks, that is the examination. ``opinion``: what the clerk found.
    """

    id = models.UUIDField(primary_key=True)
    return_id = models.UUIDField()
    organisation = models.UUIDField()
    asked_for = models.UUIDField()
    reason = models.TextField()
    asked_at = models.DateTimeField()
    asked_by = models.UUIDField()
    opinion = models.TextField(default="")
    examined_at = models.DateTimeField(null=True)
    examined_by = models.UUIDField(null=True)
    outcome = models.CharField(max_length=8, default="", blank=True)
    answer = models.TextField(default="")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["return_id"], condition=models.Q(outcome=""), name="returns_reopening_one_open"
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="", decided_by=None)
                | models.Q(outcome__in=["agreed", "refused"], decided_by__isnull=False, examined_by__isnull=False),
                name="returns_reopening_decided",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None)
                | (~models.Q(decided_by=models.F("examined_by")) & ~models.Q(decided_by=models.F("asked_by"))),
                name="returns_reopening_four_eyes",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["organisation"], name="returns_reopening_of")]

    def __str__(self) -> str:
        return f"{self.return_id} {self.outcome}"


class Standing(models.Model):
    """How many findings a school's live state had when it was last looked at (the standing list, all year round).

    ``head``: the sequence of its journal then; ``codes``: how many of each rule. The lines themselves are made anew on
    view: they would be true no longer.
    """

    organisation = models.UUIDField(primary_key=True)
    on = models.DateField()
    head = models.BigIntegerField()
    errors = models.IntegerField()
    queries = models.IntegerField()
    codes = models.JSONField(default=dict)
    counted_at = models.DateTimeField()

    class Meta:
        db_table = "returns_standing"

    def __str__(self) -> str:
        return f"{self.organisation} {self.on}"
