"""Who may come in, in which post, and since when (clauses A3, A5; issue 2 "Accounts").

``accounts_access``, ``accounts_grant`` and ``accounts_party``, which the
row-level policies read, are plain tables made by the migration: no code writes
them through a model.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, GeneratedField, Q
from django_otp.plugins.otp_totp.models import TOTPDevice

from xueji.ground.keys.services import blind_index
from xueji.ground.organisations.models import Organisation, Stage, half_open_range
from xueji.pure.kernel.types import Capacity, Role


class AccountManager(BaseUserManager["Account"]):
    """Looks accounts up by log-in name; making them is the services' work."""


class Account(AbstractBaseUser):
    """One person. What the person may do stands in the posts held, never here."""

    id = models.UUIDField(primary_key=True)
    login = models.CharField(max_length=64, unique=True)
    name = models.TextField()
    must_change_password = models.BooleanField(default=True)
    deactivated = models.BooleanField(default=False)
    activation_digest = models.CharField(max_length=64, blank=True)  # SHA-256 of the slip's code, '' when used up
    activation_until = models.DateField(null=True)
    created_at = models.DateTimeField()
    used_on = models.DateField(null=True)  # the last day of a log-in, written once a day (账号停用)
    last_login = None  # not kept: the day is enough

    USERNAME_FIELD = "login"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = AccountManager()

    class Meta:
        db_table = "accounts_account"

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """What Django and django-axes ask for."""
        return not self.deactivated

    def get_full_name(self) -> str:
        return self.name

    def __str__(self) -> str:
        return self.login

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Nothing is allowed by Django's permissions: posts decide."""
        return False


class Post(models.Model):
    """岗位 at an organisation; it outlives its holders."""

    id = models.UUIDField(primary_key=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="posts")
    role = models.CharField(max_length=24)
    stage = models.CharField(max_length=16, blank=True, choices=Stage.choices)  # '' = both 小教 and 中教
    title = models.TextField()
    closed_on = models.DateField(null=True)

    class Meta:
        db_table = "accounts_post"
        constraints = [
            models.CheckConstraint(condition=Q(role__in=[role.value for role in Role]), name="post_role"),
            models.CheckConstraint(condition=Q(stage__in=["", *Stage.values]), name="post_stage"),
        ]


class PostHolding(models.Model):
    """Who holds a post, from when to when, and when trained for it (clause A5)."""

    id = models.UUIDField(primary_key=True)
    post = models.ForeignKey(Post, models.PROTECT, related_name="holdings", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="holdings")
    started_on = models.DateField()
    ended_on = models.DateField(null=True)
    during = GeneratedField(expression=half_open_range(), output_field=DateRangeField(), db_persist=True)
    trained_on = models.DateField(null=True)
    locked_on = models.DateField(null=True)  # the bureau stopped the holder until trained anew
    locked_by = models.UUIDField(null=True)

    class Meta:
        db_table = "accounts_postholding"
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gt=F("started_on")), name="holding_lasts"
            ),
            models.CheckConstraint(
                condition=Q(locked_on__isnull=True, locked_by__isnull=True)
                | Q(locked_on__isnull=False, locked_by__isnull=False),
                name="holding_locked_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(locked_by__isnull=True) | ~Q(locked_by=F("account")), name="holding_not_locked_by_oneself"
            ),
            ExclusionConstraint(
                name="holding_one_holder_at_a_time",
                expressions=[("post", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
        ]


class Substitution(models.Model):
    """代办: somebody acts in another's post for a period (issue 3 "The inbox").

    ``capacity``: ``delegated`` by the holder to a colleague, or ``substitute``, named by the bureau while the post is
    vacant. In force up to but not including ``ended_on``; one that ends on its first day never was in force.
    """

    id = models.UUIDField(primary_key=True)
    post = models.ForeignKey(Post, models.PROTECT, related_name="substitutions", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="substitutions")
    capacity = models.CharField(max_length=16)
    started_on = models.DateField()
    ended_on = models.DateField()
    during = GeneratedField(expression=half_open_range(), output_field=DateRangeField(), db_persist=True)
    named_by = models.UUIDField()  # the person: the holder, or who named for the bureau
    named_at = models.DateTimeField()

    class Meta:
        db_table = "accounts_substitution"
        constraints = [
            models.CheckConstraint(condition=Q(ended_on__gte=F("started_on")), name="substitution_dates"),
            models.CheckConstraint(
                condition=Q(capacity__in=[Capacity.DELEGATED.value, Capacity.SUBSTITUTE.value]),
                name="substitution_capacity",
            ),
            models.CheckConstraint(condition=~Q(account=F("named_by")), name="substitution_not_by_oneself"),
            ExclusionConstraint(
                name="substitution_one_at_a_time",
                expressions=[("post", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
        ]


class Machine(models.Model):
    """专机: a machine on which the posts of an organisation may work, known by a secret in its cookie.

    ``code_digest``: SHA-256 of the code by which it is registered once, up to and including ``code_until``; '' when
    used. ``secret_digest``: SHA-256 of what the cookie bears. ``post``: whose own it is; None: of all its posts.
    """

    id = models.UUIDField(primary_key=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="machines")
    post = models.UUIDField(null=True)
    name = models.TextField()
    code_digest = models.CharField(max_length=64, blank=True)
    code_until = models.DateField()
    secret_digest = models.CharField(max_length=64, blank=True)
    registered_at = models.DateTimeField(null=True)
    named_by = models.UUIDField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "accounts_machine"


class MachineBinding(models.Model):
    """Whether an organisation's posts work on registered machines alone, and in which networks. Off by default.
    ``posts``: those that work on a machine of their own alone."""

    organisation = models.OneToOneField(Organisation, models.PROTECT, primary_key=True, related_name="binding")
    machines_only = models.BooleanField(default=False)
    networks = ArrayField(models.TextField(), default=list)  # CIDR; none: any network
    posts = ArrayField(models.UUIDField(), default=list)
    set_by = models.UUIDField()
    set_at = models.DateTimeField()

    class Meta:
        db_table = "accounts_machinebinding"


class SecondFactor(TOTPDevice):  # type: ignore[misc]  # django_otp has no types
    """The holder's device of the second factor.

    ``key`` is no secret: the secret is made of it with the home's index key, so that a copy of the
    database without the keys gives nobody a valid token (invariant 13).
    """

    class Meta:
        proxy = True

    @property
    def bin_key(self) -> bytes:
        """The secret that the device and we share (20 bytes)."""
        return blind_index("second_factor", self.key)[:20]
