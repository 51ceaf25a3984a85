"""Papers that were issued (clauses B2, B3). A paper is never changed: it is voided, with its reason, and replaced.

An attested kind (验印) is requested in an order with a sealed claim a line; what its lines became, and the papers made
of them, are frozen once the bureau's head has attested (triggers of migration 0004).
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

import xueji.duties.certificates.seal_models  # noqa: F401  # the room's table of electronic seals

#: Kinds that no school issues by itself, whatever a rulebook says (glossary).
ATTESTED_KINDS = ("graduation_certificate", "completion_certificate", "graduation_attestation_letter")

#: Of these a pupil holds one at most for a registration, whatever a rulebook says (a constraint); which kinds are cards
#: is ``CertificateKind.is_card``.
CARD_KINDS = ("student_card",)
#: Of these one at most stands for a registration, or for an order: the pupil's way, and the list that is stamped.
SINGLE_KINDS = ("transfer_sheet", "graduate_roll")


class OrderState(models.TextChoices):
    """How far a request for attestation has come."""

    REQUESTED = "requested", "验印办理中"
    SENT_BACK = "sent_back", "退回修改"
    ATTESTED = "attested", "已验印"
    REFUSED = "refused", "不予验印"
    RETRACTED = "retracted", "已撤回"
    ENDED = "ended", "已终止"  # the applicant was closed before it was decided


class LineState(models.TextChoices):
    """What became of one claim of an order."""

    CLAIMED = "claimed", "待验印"
    LEFT_OUT = "left_out", "未予验印"
    ATTESTED = "attested", "已验印"


class VoidGround(models.TextChoices):
    """Why an attested paper is voided. Only a misprint may be followed by another paper of its kind."""

    MISPRINT = "misprint", "印制或填写有误，收回原件，重新验印"
    WITHDRAWN = "withdrawn", "撤销，不再发给"


class Order(models.Model):
    """A school's request to the competent bureau to attest papers of one kind. ``digest`` vouches for all lines as
    they were decided; it stands in the bureau's journal too (``entry``)."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=40)
    school = models.UUIDField()
    bureau = models.UUIDField()
    stage = models.CharField(max_length=16, blank=True)
    title = models.TextField()  # names no pupil
    state = models.CharField(max_length=16, choices=OrderState.choices, default=OrderState.REQUESTED)
    requested_by = models.UUIDField()
    requested_at = models.DateTimeField()
    attested_by = models.UUIDField(null=True)
    attested_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True)
    entry = models.UUIDField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "certificates_order"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(state__in=OrderState.values), name="certificates_order_state"),
            models.CheckConstraint(
                condition=Q(state="attested", attested_by__isnull=False, attested_at__isnull=False, entry__isnull=False)
                | (~Q(state="attested") & Q(attested_by__isnull=True, attested_at__isnull=True, entry__isnull=True)),
                name="certificates_order_attested_whole",
            ),
            models.CheckConstraint(
                condition=Q(attested_by__isnull=True) | ~Q(attested_by=F("requested_by")),
                name="certificates_order_two_persons",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["school", "-requested_at"], name="certificates_order_newest"),
            models.Index(fields=["bureau", "state", "-requested_at"], name="certificates_order_bureau"),
        ]


class OrderLine(models.Model):
    """One claim: what is to be printed for one pupil, sealed under the data key of ``student``.

    ``archive``: a leaver whose record is on paper alone; ``student`` and ``registration`` are then made from who he is,
    so that the same person is found again. ``reason`` (sealed): why a line was left out. ``paper_seen``: the bureau's
    clerk held the claim against the paper archive.
    """

    id = models.UUIDField(primary_key=True)
    order = models.ForeignKey(Order, models.PROTECT, related_name="lines", db_index=False)
    row_no = models.PositiveIntegerField()
    kind = models.CharField(max_length=40)
    school = models.UUIDField()
    student = models.UUIDField()
    registration = models.UUIDField()
    archive = models.BooleanField(default=False)
    claim = models.BinaryField()
    claim_digest = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=LineState.choices, default=LineState.CLAIMED)
    reason = models.BinaryField(null=True)
    paper_seen = models.BooleanField(default=False)

    class Meta:
        db_table = "certificates_orderline"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["order", "row_no"], name="certificates_orderline_row"),
            models.UniqueConstraint(
                fields=["registration", "kind"], condition=Q(state="claimed"), name="certificates_orderline_one_open"
            ),
            models.CheckConstraint(condition=Q(state__in=LineState.values), name="certificates_orderline_state"),
            models.CheckConstraint(
                condition=~Q(state="left_out") | Q(reason__isnull=False), name="certificates_orderline_with_reason"
            ),
            models.CheckConstraint(
                condition=~Q(state="attested", archive=True) | Q(paper_seen=True),
                name="certificates_orderline_paper_seen",
            ),
        ]


class Certificate(models.Model):
    """One issued paper. Its name and number stand in the statement, which the row keeps encrypted.

    ``line`` is the attested claim it was made of, ``bureau`` and ``attested_by`` who attested; none where the school
    issues by itself. ``void_ground`` says whether another paper of the kind may follow; ``replaces`` is the voided one
    that this one was given out instead of. Of a roll ``student`` and ``registration`` are the order
    (or the batch's part) that it lists, ``purpose`` its title.

    ``seals``: the electronic seals that it bears, ``{"use", "seal", "digest"}`` each; none: it needs the real ones.
    ``statement`` is sealed under the student's data key, ``statement_digest`` its SHA-256; ``register_digest`` is the
    digest of the facts that were printed: while the register says the same, the paper may be printed again.
    """

    id = models.UUIDField(primary_key=True)
    number = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=40)
    student = models.UUIDField()
    registration = models.UUIDField()
    school = models.UUIDField()
    purpose = models.CharField(max_length=120, default="")
    statement = models.BinaryField()
    statement_digest = models.CharField(max_length=64, default="")
    register_digest = models.CharField(max_length=64)
    issued_on = models.DateField()
    valid_until = models.DateField(null=True)
    issued_at = models.DateTimeField()
    issued_by = models.UUIDField()
    voided_at = models.DateTimeField(null=True)
    voided_by = models.UUIDField(null=True)
    void_reason = models.TextField(default="")
    line = models.OneToOneField(OrderLine, models.PROTECT, null=True, related_name="certificate")
    bureau = models.UUIDField(null=True)
    attested_by = models.UUIDField(null=True)
    void_ground = models.CharField(max_length=16, default="", blank=True)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replacement")
    seals = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(line__isnull=True, bureau__isnull=True, attested_by__isnull=True)
                & ~Q(kind__in=ATTESTED_KINDS)
                | Q(line__isnull=False, bureau__isnull=False, attested_by__isnull=False)
                & ~Q(attested_by=F("issued_by")),
                name="certificates_attested_whole",
            ),
            models.CheckConstraint(
                condition=Q(void_ground="") & (Q(line__isnull=True) | Q(voided_at__isnull=True))
                | Q(line__isnull=False, voided_at__isnull=False, void_ground__in=VoidGround.values),
                name="certificates_voided_with_ground",
            ),
            models.UniqueConstraint(
                fields=["registration", "kind"],
                condition=Q(line__isnull=False) & ~Q(void_ground="misprint"),
                name="certificates_attested_once",
            ),
            models.UniqueConstraint(
                fields=["registration", "kind"],
                condition=Q(kind__in=CARD_KINDS, voided_at__isnull=True),
                name="certificates_one_card",
            ),
            models.UniqueConstraint(
                fields=["registration", "kind"],
                condition=Q(kind__in=SINGLE_KINDS, voided_at__isnull=True),
                name="certificates_one_single",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["school", "-issued_at"]),
            models.Index(fields=["student"]),
        ]

    def __str__(self) -> str:
        return self.number


class CertificateCounter(models.Model):
    """The last serial of a school's papers of one kind and year; locked while a number is taken."""

    school = models.UUIDField()
    kind = models.CharField(max_length=40)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["school", "kind", "year"], name="certificates_one_counter")
        ]


class BlankState(models.TextChoices):
    """What became of a preprinted blank."""

    IN_STOCK = "in_stock", "未用"
    USED = "used", "已用"
    SPOILT = "spoilt", "作废"


class Blank(models.Model):
    """空白证书: one preprinted blank, from its receipt to its use or spoiling. ``certificate`` is the paper that was
    printed on it, also where it was spoilt in the printer."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=40)
    serial = models.CharField(max_length=32)
    school = models.UUIDField()
    state = models.CharField(max_length=16, choices=BlankState.choices, default=BlankState.IN_STOCK)
    certificate = models.ForeignKey(Certificate, models.PROTECT, null=True, related_name="blanks", db_index=False)
    received_on = models.DateField()
    received_by = models.UUIDField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.UUIDField(null=True)
    reason = models.CharField(max_length=120, default="", blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "serial"], name="certificates_blank_serial"),
            models.UniqueConstraint(
                fields=["certificate"], condition=Q(state="used"), name="certificates_blank_one_a_paper"
            ),
            models.CheckConstraint(
                condition=Q(state="in_stock", certificate__isnull=True, settled_at__isnull=True)
                | Q(state="used", certificate__isnull=False, settled_at__isnull=False)
                | Q(state="spoilt", settled_at__isnull=False) & ~Q(reason=""),
                name="certificates_blank_settled_whole",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["school", "kind", "state", "serial"], name="certificates_blank_ledger")
        ]


class Printer(models.Model):
    """How far a printer of a school is off, to the right and down: added to every place of a sheet, in 0.1 mm."""

    id = models.UUIDField(primary_key=True)
    school = models.UUIDField()
    name = models.CharField(max_length=40)
    dx = models.SmallIntegerField(default=0)
    dy = models.SmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["school", "name"], name="certificates_printer_name"),
            models.CheckConstraint(
                condition=Q(dx__gte=-300, dx__lte=300, dy__gte=-300, dy__lte=300),
                name="certificates_printer_offsets",
            ),
        ]


class Batch(models.Model):
    """制证批次: one order of papers, a transaction a part (``parts``), so that what was finished is passed over after a
    stop. A school orders cards, a part a class; a bureau orders the print of what was attested for the leavers of
    ``leaving_year``, a part a school, on its ``printer``. ``organisation`` is whose order it is."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=40)
    organisation = models.UUIDField()
    leaving_year = models.PositiveSmallIntegerField(null=True)
    printer = models.UUIDField(null=True)
    state = models.CharField(max_length=8, choices=[("waiting", "等待"), ("running", "正在办理"), ("done", "已办完")])
    pupils = models.PositiveIntegerField(default=0)
    ordered_by = models.UUIDField()
    ordered_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running", "done"]), name="certificates_batch_state"
            ),
            models.UniqueConstraint(
                fields=["organisation", "kind"], condition=~Q(state="done"), name="certificates_batch_one_open"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "-ordered_at"], name="certificates_batch_newest")
        ]


class BatchPart(models.Model):
    """One class of a batch, or one school of a bureau's. ``certificates``: what was given out (or printed), in page
    order. Sealed under the batch's data key: ``exceptions`` (who was left out and why), ``sheets`` and ``roll`` (the
    PDFs, erased after some days)."""

    id = models.UUIDField(primary_key=True)
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="parts", db_index=False)
    school = models.UUIDField()
    row_no = models.PositiveSmallIntegerField()
    class_group = models.UUIDField(null=True)  # none: pupils who are in no class, or a whole school
    title = models.CharField(max_length=80)
    state = models.CharField(max_length=8, choices=[("waiting", "等待"), ("failed", "没有办成"), ("done", "已办完")])
    pupils = models.PositiveIntegerField(default=0)
    cards = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)
    certificates = models.JSONField(default=list)
    exceptions = models.BinaryField(null=True)
    sheets = models.BinaryField(null=True)
    roll = models.BinaryField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["batch", "row_no"], name="certificates_batchpart_row"),
            models.CheckConstraint(
                condition=Q(state="done", finished_at__isnull=False) | Q(state__in=["waiting", "failed"], cards=0),
                name="certificates_batchpart_state",
            ),
        ]
