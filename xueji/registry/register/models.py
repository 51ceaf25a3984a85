"""The state tables: what is known now, with its spells (design §3).

They are refolded from the journals by :func:`services.refold` and written by
nothing else. What can never be wrong is said here as constraints: at most one
registration in force on any date (invariant 1), a number never reused
(invariant 2), one living student a document number, unless both bureaus agreed.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.constraints import Deferrable


class Student(models.Model):
    """A natural person: lifelong id; the ID number is changeable and never the key.

    ``sensitive`` is the merged sensitive part, sealed under the student's data
    key; ``id_index`` the blind index of document type and number. ``holder`` is the
    school of the registration in force, else of the last one; it stands in every
    table about the student, since row-level security goes by it. ``fields_from`` is
    the date from which name and fields hold as they stand here; what held
    before is in :class:`EarlierFields`. Texts that are looked up by their beginning have bytes order (collation
    C) on every server, else no index would serve.
    """

    id = models.UUIDField(primary_key=True)
    name = models.TextField(db_collation="C")
    name_given = models.TextField(db_collation="C")  # from the second character on: "contains" by an index
    name_length = models.SmallIntegerField()
    name_initials = models.TextField(db_collation="C")
    name_pinyin = models.TextField(db_collation="C")  # the sort key
    gender = models.TextField()
    birth_date = models.DateField(null=True)
    id_document_type = models.TextField()
    fields = models.JSONField()
    sensitive = models.BinaryField(null=True)
    id_index = models.BinaryField(null=True)
    id_exempt = models.BooleanField(default=False)
    living = models.BooleanField(default=True)
    established = models.BooleanField()
    holder = models.UUIDField()
    attends = models.UUIDField(null=True)  # the school of a guest study not ended
    fields_from = models.DateField()
    last_entry = models.UUIDField()
    hukou_area = models.TextField(default="")  # county of the sealed hukou place, for counting; '' where not known

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["id_index"],
                condition=Q(id_index__isnull=False, living=True, id_exempt=False),
                name="register_student_one_living_id",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["holder", "name_pinyin", "id"], name="register_student_list"),
            models.Index(fields=["name_pinyin", "id"], name="register_student_order"),
            models.Index(fields=["holder", "name"], name="register_student_name"),
            models.Index(fields=["holder", "name_given"], name="register_student_given"),
            models.Index(fields=["holder", "name_initials"], name="register_student_initials"),
            models.Index(fields=["holder"], condition=Q(name_length__gte=4), name="register_student_long_name"),
            models.Index(fields=["birth_date", "name"], name="register_student_same"),
            # Searches by document name neither ``living`` nor ``id_exempt``, so the unique index cannot serve them.
            models.Index(fields=["id_index"], condition=Q(id_index__isnull=False), name="register_student_document"),
            models.Index(fields=["attends"], condition=Q(attends__isnull=False), name="register_student_guest"),
        ]


class EarlierFields(models.Model):
    """Name and fields as they stood before the ones now known: [started_on, ended_on)."""

    student = models.ForeignKey(Student, on_delete=models.CASCADE, db_index=False)
    holder = models.UUIDField()
    name = models.TextField()
    gender = models.TextField()
    birth_date = models.DateField(null=True)
    id_document_type = models.TextField()
    fields = models.JSONField()
    started_on = models.DateField()
    ended_on = models.DateField()
    entry = models.UUIDField()
    hukou_area = models.TextField(default="")

    class Meta:
        db_table = "register_earlier_fields"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["student", "started_on"], name="register_earlier_fields_one_a_day"),
        ]


class Registration(models.Model):
    """A student on the roll of one school for one stage, in force [started_on, ended_on)."""

    id = models.UUIDField(primary_key=True)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, db_index=False)
    holder = models.UUIDField()
    school = models.UUIDField()
    stage = models.TextField()
    number = models.TextField(db_collation="C")
    student_number = models.TextField(db_collation="C")  # 学号: the last 8, repeats across schools
    scheme = models.TextField()
    started_on = models.DateField()
    ended_on = models.DateField(null=True)
    during = models.GeneratedField(
        expression=Func(F("started_on"), F("ended_on"), function="daterange"),
        output_field=DateRangeField(),
        db_persist=True,
    )
    voided = models.BooleanField(default=False)
    how_started = models.TextField()
    how_ended = models.TextField(null=True)
    opened_by_entry = models.UUIDField()
    closed_by_entry = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            ExclusionConstraint(
                name="register_registration_one_in_force",
                expressions=[("student_id", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                condition=Q(voided=False),
                deferrable=Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")),
                name="register_registration_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(number="") | Q(number__endswith=F("student_number")),
                name="register_registration_last_eight",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["student", "started_on"], name="register_registration_chain"),
            models.Index(fields=["school", "started_on"], name="register_registration_school"),
            models.Index(fields=["number"], name="register_registration_number"),
            models.Index(fields=["student_number", "school"], name="register_registration_short"),
        ]


class Spell(models.Model):
    """A dated value of a registration: status, class_group, arrival or attends."""

    id = models.BigAutoField(primary_key=True)
    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, db_index=False)
    student = models.UUIDField()
    holder = models.UUIDField()
    school = models.UUIDField()
    dimension = models.TextField(db_collation="C")
    value = models.TextField(db_collation="C", null=True)
    started_on = models.DateField()
    ended_on = models.DateField(null=True)
    entry = models.UUIDField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["student"], name="register_spell_student"),
            models.Index(fields=["value", "dimension"], name="register_spell_value"),
        ]


class Number(models.Model):
    """Every registration number there ever was: the primary key is what forbids reuse.

    reserved: given on paper and kept for a pupil of an application under way;
    given: borne by a registration; retired: its registration ended or was voided.
    """

    number = models.TextField(primary_key=True, db_collation="C")
    school = models.UUIDField()
    state = models.TextField()
    registration = models.UUIDField(null=True)
    reserved_for = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=["reserved", "given", "retired"]), name="register_number_state"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["school"], name="register_number_school")]


class Counter(models.Model):
    """The last serial given under a prefix (all of a number before its serial), e.g. one class of an intake."""

    prefix = models.TextField(primary_key=True, db_collation="C")
    school = models.UUIDField()
    last = models.IntegerField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(last__gte=0), name="register_counter_last")]
        indexes: ClassVar = [models.Index(fields=["school"], name="register_counter_school")]


class SharedNumber(models.Model):
    """Two living students may bear one document number: both bureaus approved it.

    Duplicates exist (two persons, one number): domain.md §2. Each approval is an
    entry of the bureau's journal; without both there is no row, and without a row
    the unique index stands.
    """

    student = models.UUIDField(primary_key=True)
    other = models.UUIDField()
    bureau = models.UUIDField()
    bureau_entry = models.UUIDField()
    other_bureau = models.UUIDField()
    other_bureau_entry = models.UUIDField()

    class Meta:
        db_table = "register_shared_number"
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(student=F("other")), name="register_shared_number_two_students"),
        ]


class CarriedDouble(models.Model):
    """A student carried from another node whose document number another one bears: it stands until it is settled."""

    student = models.UUIDField(primary_key=True)
    other = models.UUIDField()

    class Meta:
        db_table = "register_carried_double"


class Export(models.Model):
    """A list that somebody asked for, as a workbook: made by a job, fetched by the same person, erased after a day.

    ``conditions`` (what was searched for) and ``content`` (the workbook) are sealed under a data key of its own.
    """

    id = models.UUIDField(primary_key=True)
    organisation = models.UUIDField()
    person = models.UUIDField()
    full = models.BooleanField()  # with ID numbers, phones and addresses
    conditions = models.BinaryField()
    ground = models.TextField()
    work = models.UUIDField()
    state = models.TextField()  # waiting, ready, failed
    rows = models.IntegerField(default=0)
    answer = models.TextField(default="")
    content = models.BinaryField(null=True)
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=["waiting", "ready", "failed"]), name="register_export_state"),
        ]
        indexes: ClassVar = [models.Index(fields=["asked_at"], name="register_export_asked")]
