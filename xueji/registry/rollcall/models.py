"""The roll-call of each term (报到注册): who is there, who is not, and what became of those who were not.

Facts of the day, no changes of status: nothing here is in the register. A closed roll-call never moves again (a
trigger), and its digest stands in the school's journal; what was wrong in it is said beside it by a supplement.
Reasons and notes are sealed under the pupil's data key; what concerns a pupil whom no record here names, under a key of
its own. Clauses A6, D2.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class RollState(models.TextChoices):
    """How a school's roll-call of a term stands."""

    OPEN = "open", "进行中"
    CLOSED = "closed", "已办结"


class Presence(models.TextChoices):
    """What the class teacher found. Whoever came later keeps what was found first, and has a day of coming."""

    HERE = "here", "到"
    EXCUSED = "excused", "未到，有事由"
    ABSENT = "absent", "未到，无事由"


class Standing(models.TextChoices):
    """What the register says of a pupil of the list; the first three are expected in class."""

    IN_SCHOOL = "in_school", "在校"
    AWAITED = "awaited", "待到校"
    GUEST_HERE = "guest_here", "借读在本校"
    SUSPENDED = "suspended", "休学"
    DROPPED_OUT = "dropped_out", "辍学"
    ABROAD = "abroad", "出国（境）"
    GUEST_ELSEWHERE = "guest_elsewhere", "在外校借读"
    GONE = "gone", "学籍已不在本校"

    @classmethod
    def expected(cls) -> tuple[str, ...]:
        """Standings of those whom the class teacher calls."""
        return (cls.IN_SCHOOL.value, cls.AWAITED.value, cls.GUEST_HERE.value)


class TermRegistration(models.Model):
    """One school's roll-call of one term. ``counts``, ``digest`` and ``entry`` are of its closing."""

    id = models.UUIDField(primary_key=True)
    school = models.UUIDField()
    term = models.CharField(max_length=24)
    state = models.CharField(max_length=8, choices=RollState.choices, default=RollState.OPEN)
    opened_at = models.DateTimeField()
    opened_by = models.UUIDField()
    listed_on = models.DateField()  # the day whose register the list follows, moved on by each comparison
    closed_at = models.DateTimeField(null=True)
    closed_by = models.UUIDField(null=True)
    counts = models.JSONField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    entry = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["term", "school"], name="rollcall_one_a_term"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True, entry__isnull=True)
                | Q(state="closed", closed_at__isnull=False, closed_by__isnull=False, entry__isnull=False),
                name="rollcall_closed_whole",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["school"], name="rollcall_school")]


class RollLine(models.Model):
    """A pupil on a roll. ``presence`` is '' until called; ``came_on`` the day first seen; ``outcome`` how a no-show
    ended ('' while open), ``application`` the change that was lodged for it. ``reason`` is sealed."""

    id = models.BigAutoField(primary_key=True)
    roll = models.ForeignKey(TermRegistration, models.CASCADE, related_name="lines", db_index=False)
    school = models.UUIDField()
    student = models.UUIDField()
    registration = models.UUIDField()
    class_group = models.UUIDField(null=True)
    standing = models.CharField(max_length=16, choices=Standing.choices)
    presence = models.CharField(max_length=8, choices=Presence.choices, blank=True, default="")
    came_on = models.DateField(null=True)
    reason = models.BinaryField(null=True)
    outcome = models.CharField(max_length=24, blank=True, default="")
    outcome_on = models.DateField(null=True)
    application = models.UUIDField(null=True)
    entered_at = models.DateTimeField(null=True)
    entered_by = models.UUIDField(null=True)
    settled_by = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["roll", "student"], name="rollcall_line_once"),
            models.CheckConstraint(
                condition=Q(presence__in=["", "here", "excused", "absent"]), name="rollcall_line_presence"
            ),
            models.CheckConstraint(
                condition=~Q(presence="here") | Q(came_on__isnull=False), name="rollcall_line_here_since"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["roll", "class_group"], name="rollcall_line_class"),
            models.Index(fields=["student"], name="rollcall_line_student"),
            models.Index(
                fields=["roll"],
                condition=Q(presence__in=["", "excused", "absent"]),
                name="rollcall_line_not_here",
            ),
        ]


class SeparatedAttendance(models.Model):
    """人籍分离: in class here, on the roll elsewhere or nowhere. ``student`` and ``found_school`` are set where the
    pupil was found by exact number or document with the name; the name as told is sealed in any case."""

    id = models.UUIDField(primary_key=True)
    roll = models.ForeignKey(TermRegistration, models.CASCADE, related_name="separated", db_index=False)
    school = models.UUIDField()
    class_group = models.UUIDField(null=True)
    student = models.UUIDField(null=True)
    found_school = models.UUIDField(null=True)
    told = models.BinaryField()  # sealed: name, what is known
    entered_at = models.DateTimeField()
    entered_by = models.UUIDField()
    outcome = models.CharField(max_length=24, blank=True, default="")
    outcome_on = models.DateField(null=True)
    application = models.UUIDField(null=True)
    settled_by = models.UUIDField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["roll"], name="rollcall_separated_roll"),
            models.Index(fields=["student"], name="rollcall_separated_student"),
        ]


class ContactAttempt(models.Model):
    """One try to reach the family of a pupil who did not come. Only added, never changed; ``told`` is sealed (who
    tried, what came of it)."""

    id = models.UUIDField(primary_key=True)
    line = models.ForeignKey(RollLine, models.CASCADE, related_name="attempts")
    school = models.UUIDField()
    student = models.UUIDField()
    term = models.CharField(max_length=24)
    attempted_on = models.DateField()
    way = models.CharField(max_length=24)
    reached = models.BooleanField()
    told = models.BinaryField()
    entered_at = models.DateTimeField()
    entered_by = models.UUIDField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["student", "attempted_on"], name="rollcall_contact_student"),
        ]


class SupplementState(models.TextChoices):
    """How a supplement stands: the registrar proposes, the deputy head decides, once."""

    PROPOSED = "proposed", "待分管校长审核"
    AGREED = "agreed", "已更正"
    REFUSED = "refused", "不予更正"


class Supplement(models.Model):
    """更正 of a line of a closed roll: how it should have read, beside the list and never over it. ``number`` counts
    within the roll; the last agreed one of a line holds. ``told`` is sealed: why, the reason of an absence, the
    remark. Only the decision is ever written into a row, once (a trigger)."""

    id = models.UUIDField(primary_key=True)
    roll = models.ForeignKey(TermRegistration, models.CASCADE, related_name="supplements", db_index=False)
    line = models.ForeignKey(RollLine, models.CASCADE, related_name="supplements", db_index=False)
    school = models.UUIDField()
    student = models.UUIDField()
    number = models.PositiveIntegerField()
    presence = models.CharField(max_length=8, choices=Presence.choices)
    came_on = models.DateField(null=True)
    outcome = models.CharField(max_length=24, blank=True, default="")
    outcome_on = models.DateField(null=True)
    application = models.UUIDField(null=True)
    told = models.BinaryField()
    state = models.CharField(max_length=8, choices=SupplementState.choices, default=SupplementState.PROPOSED)
    proposed_at = models.DateTimeField()
    proposed_by = models.UUIDField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    remark = models.BinaryField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["roll", "number"], name="rollcall_supplement_number"),
            models.UniqueConstraint(
                fields=["line"], condition=Q(state="proposed"), name="rollcall_supplement_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_by__isnull=True)
                | Q(state__in=["refused", "agreed"], decided_by__isnull=False, decided_at__isnull=False),
                name="rollcall_supplement_whole",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("proposed_by")),
                name="rollcall_supplement_two_persons",
            ),
            models.CheckConstraint(
                condition=Q(presence__in=["excused", "absent"]) | Q(presence="here", came_on__isnull=False),
                name="rollcall_supplement_presence",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["line", "-number"], condition=Q(state="agreed"), name="rollcall_supplement_agreed"),
        ]
