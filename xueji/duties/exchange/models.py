"""What a node knows of other nodes, and every package that went out or came in. No table here names a pupil's data.

``code`` is the division code of the bureau whose node it is (320104); nodes name each other by it.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Peer(models.Model):
    """Another node that is trusted: its keys are in :class:`PeerKey`; ``address`` where packages can be pushed.

    ``public``: its public file as it came last, signed by itself: what a node above passes on to those below.
    """

    code = models.CharField(max_length=16, primary_key=True)
    level = models.CharField(max_length=8)
    name = models.TextField()
    address = models.TextField(default="")
    trusted_at = models.DateTimeField()
    public = models.JSONField(null=True)

    class Meta:
        db_table = "exchange_peer"

    def __str__(self) -> str:
        return f"{self.name} {self.code}"


class PeerKey(models.Model):
    """A pair of public keys of another node. A revoked one signs nothing more; its day and reason are kept."""

    key_id = models.CharField(max_length=16, primary_key=True)
    peer = models.ForeignKey(Peer, on_delete=models.PROTECT, related_name="keys")
    serial = models.PositiveIntegerField()
    created_at = models.CharField(max_length=40)
    signing_algorithm = models.CharField(max_length=32)
    signing = models.BinaryField()
    encryption_algorithm = models.CharField(max_length=32)
    encryption = models.BinaryField()
    endorsed_by = models.CharField(max_length=16, default="")
    learnt_at = models.DateTimeField()
    revoked_on = models.DateField(null=True)
    reason = models.TextField(default="")

    class Meta:
        db_table = "exchange_peerkey"

    def __str__(self) -> str:
        return self.key_id


class Introduced(models.Model):
    """A node that the node above (``by``) named and that nobody here trusts yet; ``public``: its public file."""

    code = models.CharField(max_length=16, primary_key=True)
    public = models.JSONField()
    by = models.CharField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        db_table = "exchange_introduced"

    def __str__(self) -> str:
        return f"{self.code} by {self.by}"


class PackageState(models.TextChoices):
    """How far a package came."""

    MADE = "made", "已生成，未回执"
    ACCEPTED = "accepted", "已接收"
    REFUSED = "refused", "已拒收"
    SUPERSEDED = "superseded", "已由后一包代替"


class Package(models.Model):
    """A package that was made here or came here. ``digest`` (SHA-256 of its signed head) names it everywhere.

    ``peer`` is the other side's code, '' where the file does not say or says nothing believable; ``number`` counts the
    packages of a sender to a receiver. ``contents``: counts by section; ``heads``: how far each journal is carried
    (organisation → block), ``messages`` the case messages in it, ``duties`` the digest of its filings, courses and
    problems, ``news`` that of its findings and news of other nodes' keys. ``receipt`` is the receiver's signed answer,
    once there is one. A later package holds all that one without an answer did, and supersedes it.
    """

    id = models.UUIDField(primary_key=True)
    direction = models.CharField(max_length=12)
    peer = models.CharField(max_length=16)
    number = models.IntegerField()
    kind = models.CharField(max_length=16)
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=PackageState.choices)
    reason = models.CharField(max_length=40, default="")
    message = models.TextField(default="")
    size = models.BigIntegerField()
    contents = models.JSONField(default=dict)
    heads = models.JSONField(default=dict)
    messages = models.JSONField(default=list)
    duties = models.CharField(max_length=64, default="")
    news = models.CharField(max_length=64, default="")
    receipt = models.JSONField(null=True)
    at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt = models.DateTimeField(null=True)
    trouble = models.TextField(default="")

    class Meta:
        db_table = "exchange_package"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(direction__in=["in", "out"]), name="exchange_package_direction"),
            models.CheckConstraint(condition=Q(state__in=PackageState.values), name="exchange_package_state"),
            models.UniqueConstraint(
                fields=["peer", "number"], condition=Q(direction="out"), name="exchange_package_numbered"
            ),
            models.UniqueConstraint(
                fields=["peer", "number"],
                condition=Q(direction="in", state="accepted"),
                name="exchange_package_accepted_once",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["direction", "-at"], name="exchange_package_latest")]

    def __str__(self) -> str:
        return f"{self.direction} {self.peer} {self.number}"


class Acknowledged(models.Model):
    """How far another node has taken in a journal, by its receipts; a new package begins after it."""

    pk = models.CompositePrimaryKey("peer", "organisation")
    peer = models.CharField(max_length=16)
    organisation = models.UUIDField()
    block_no = models.BigIntegerField()

    class Meta:
        db_table = "exchange_acknowledged"

    def __str__(self) -> str:
        return f"{self.peer} {self.organisation}"


class SentPhoto(models.Model):
    """A photo (``digest``) that a package to a node holds, the latest one; ``acknowledged`` by its receipt."""

    pk = models.CompositePrimaryKey("peer", "digest")
    peer = models.CharField(max_length=16)
    digest = models.CharField(max_length=64)
    package = models.UUIDField()
    acknowledged = models.BooleanField(default=False)

    class Meta:
        db_table = "exchange_sentphoto"
        indexes: ClassVar = [models.Index(fields=["package"], name="exchange_sentphoto_package")]

    def __str__(self) -> str:
        return f"{self.peer} {self.digest}"


class SentRemark(models.Model):
    """An explanation or note (``remark``) that a package to a node holds, the latest one; ``acknowledged`` by its
    receipt."""

    pk = models.CompositePrimaryKey("peer", "remark")
    peer = models.CharField(max_length=16)
    remark = models.UUIDField()
    package = models.UUIDField()
    acknowledged = models.BooleanField(default=False)

    class Meta:
        db_table = "exchange_sentremark"
        indexes: ClassVar = [models.Index(fields=["package"], name="exchange_sentremark_package")]

    def __str__(self) -> str:
        return f"{self.peer} {self.remark}"


class Finding(models.Model):
    """What does not fit together across nodes: a pupil that waits, a document number borne twice.

    ``origin``: the node above that found it, '' for this one. ``elsewhere``: the bureau of the other pupil, so that the
    two bureaus can speak to each other; of a finding from above the other pupil is not named.
    """

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=40)
    student = models.UUIDField()
    other = models.UUIDField(null=True)
    package = models.UUIDField()
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    origin = models.CharField(max_length=16, default="")
    elsewhere = models.TextField(default="")

    class Meta:
        db_table = "exchange_finding"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "student", "origin"],
                condition=Q(settled_at__isnull=True),
                name="exchange_finding_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.student}"


class NodeAct(models.Model):
    """What somebody did on the page of nodes and packages: only added. ``about``: the other node's code or a key id."""

    id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
    organisation = models.UUIDField()
    person = models.UUIDField()
    role = models.CharField(max_length=24)
    act = models.CharField(max_length=24)
    about = models.CharField(max_length=64)
    detail = models.TextField(default="")

    class Meta:
        db_table = "exchange_nodeact"
        indexes: ClassVar = [models.Index(fields=["-at"], name="exchange_nodeact_latest")]

    def __str__(self) -> str:
        return f"{self.act} {self.about}"


class Message(models.Model):
    """A case message from one node to another, perhaps by way of a third; its content is sealed under the case's key.

    ``hop``: the node to which it is to be sent from here, '' where it has arrived. ``done_at``: acknowledged by the
    hop. One without ``done_at`` goes with every package until its receipt comes.
    """

    id = models.UUIDField(primary_key=True)
    case = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=24)
    sender = models.CharField(max_length=16)
    receiver = models.CharField(max_length=16)
    hop = models.CharField(max_length=16, default="")
    content = models.BinaryField()
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "exchange_message"
        indexes: ClassVar = [models.Index(fields=["hop"], condition=Q(done_at=None), name="exchange_message_waiting")]

    def __str__(self) -> str:
        return f"{self.kind} {self.sender} {self.receiver}"


class TransferState(models.TextChoices):
    """How far a transfer between nodes has come."""

    ASKED = "asked", "已请求，待转出方办理"
    REFUSED = "refused", "转出方未同意"
    IN_TRANSIT = "in_transit", "在途：转出方已办结，转入方尚未接续"
    OPENED = "opened", "已接续"


class NodeTransfer(models.Model):
    """A transfer between two nodes, as this node knows it; ``id`` is the case, and the transaction of both entries.

    Between the closing and the opening the pupil is in no school's register: counted once, in this list. ``asked_for``
    (where it was asked): the blind index of the number, of which one at most is under way. ``student`` and
    ``from_school`` are known where the pupil is; ``answer``: why the sending bureau did not agree.
    """

    id = models.UUIDField(primary_key=True)
    sender = models.CharField(max_length=16)
    receiver = models.CharField(max_length=16)
    state = models.CharField(max_length=12, choices=TransferState.choices)
    school = models.UUIDField()
    class_group = models.UUIDField()
    student = models.UUIDField(null=True)
    closed_on = models.DateField(null=True)
    opened_on = models.DateField(null=True)
    reason = models.TextField(default="")
    asked_by = models.JSONField()
    at = models.DateTimeField()
    asked_for = models.BinaryField(null=True)
    from_school = models.UUIDField(null=True)
    from_school_name = models.TextField(default="")
    answer = models.TextField(default="")

    class Meta:
        db_table = "exchange_transfer"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["asked_for"],
                condition=models.Q(state__in=["asked", "in_transit"]),
                name="exchange_transfer_asked_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.sender} {self.receiver} {self.state}"


class Reconciliation(models.Model):
    """A comparison that was run here, with its outcome; only added.

    ``other``: the other side's code, '' for a home that is no node; ``way``: ``home``, ``url`` or ``package``.
    ``compared``: codes of the organisations; ``found``: how many differences, ``differences`` the first of them
    (``{organisation, student, field, here, there}``: digests, no values).
    """

    id = models.UUIDField(primary_key=True)
    other = models.CharField(max_length=16)
    way = models.CharField(max_length=12)
    deep = models.BooleanField()
    compared = models.JSONField()
    found = models.IntegerField()
    differences = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        db_table = "exchange_reconciliation"
        indexes: ClassVar = [models.Index(fields=["-at"], name="exchange_reconciled_latest")]

    def __str__(self) -> str:
        return f"{self.other} {self.at:%Y-%m-%d} {self.found}"
