"""State tables of the organisations: what the folded journals say of them.

Written by ``services`` alone, after an entry was appended (design §1 "One way
to change the register"); every row names the entry that it rests on.
Source: clauses A1, B1, B3; design §3 "Dated relations", "Cohort".
"""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, GeneratedField, Q, Value


class CodeState(models.TextChoices):
    """Of a school code (clause B1)."""

    DRAFTED = "drafted", "拟编"
    CONFIRMED = "confirmed", "确定"
    VOID = "void", "作废"


class Relation(models.TextChoices):
    """The dated relations of an organisation to another."""

    COMPETENT_BUREAU = "competent_bureau", "主管教育局"
    DISTRICT = "district", "所在区县"
    CENTRAL_SCHOOL = "central_school", "中心校"
    HOST = "host", "代管学校"
    CUSTODIAN = "custodian", "档案保管单位"  # of a closed organisation: who keeps its records


class Stage(models.TextChoices):
    """学段."""

    PRIMARY = "primary", "小学"
    JUNIOR = "junior", "初中"


def half_open_range() -> Func:
    """``[started_on, ended_on)`` as a daterange: in force up to but not including ``ended_on``."""
    return Func(F("started_on"), F("ended_on"), Value("[)"), function="daterange", output_field=DateRangeField())


class Organisation(models.Model):
    """A bureau or a school; its code is given once (invariant 3, held by a trigger)."""

    id = models.UUIDField(primary_key=True)
    level = models.CharField(max_length=16)
    kind = models.CharField(max_length=32)
    code = models.CharField(max_length=16, unique=True)
    code_state = models.CharField(max_length=16, choices=CodeState.choices)
    name = models.TextField()
    short_name = models.TextField(blank=True)
    fields = models.JSONField(default=dict)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)
    parent = models.UUIDField(null=True)  # a district's city
    last_entry = models.UUIDField()

    class Meta:
        db_table = "organisations_organisation"
        constraints = [
            models.CheckConstraint(condition=Q(level__in=["school", "district", "city"]), name="organisation_level"),
            models.CheckConstraint(condition=Q(code_state__in=CodeState.values), name="organisation_code_state"),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("opened_on")), name="organisation_closed_after"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OrganisationRelation(models.Model):
    """A relation over a period; at most one of a kind at a time, none but the other may be its own object."""

    id = models.UUIDField(primary_key=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="relations", db_index=False)
    relation = models.CharField(max_length=24, choices=Relation.choices)
    other = models.ForeignKey(Organisation, models.PROTECT, related_name="inverse_relations")
    started_on = models.DateField()
    ended_on = models.DateField(null=True)
    during = GeneratedField(expression=half_open_range(), output_field=DateRangeField(), db_persist=True)
    entry = models.UUIDField()

    class Meta:
        db_table = "organisations_relation"
        constraints = [
            models.CheckConstraint(condition=~Q(organisation=F("other")), name="relation_not_to_itself"),
            models.CheckConstraint(condition=Q(relation__in=Relation.values), name="relation_kind"),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gt=F("started_on")), name="relation_lasts"
            ),
            ExclusionConstraint(
                name="relation_one_at_a_time",
                expressions=[
                    ("organisation", RangeOperators.EQUAL),
                    ("relation", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [models.Index(fields=["other", "relation"], name="relation_other")]


class OrganisationName(models.Model):
    """What an organisation was called over a period: a paper of last year bears last year's name."""

    id = models.UUIDField(primary_key=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="names", db_index=False)
    name = models.TextField()
    started_on = models.DateField()
    ended_on = models.DateField(null=True)
    entry = models.UUIDField()

    class Meta:
        db_table = "organisations_name"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "started_on"], name="organisation_name_one_a_day"),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gt=F("started_on")), name="organisation_name_lasts"
            ),
        ]


class Site(models.Model):
    """Where a school teaches. A teaching point uses the school's code and journal (clause B3)."""

    id = models.UUIDField(primary_key=True)
    school = models.ForeignKey(Organisation, models.PROTECT, related_name="sites")
    name = models.TextField()
    code_no = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=16)  # main | teaching_point
    entry = models.UUIDField()

    class Meta:
        db_table = "organisations_site"
        constraints = [
            models.UniqueConstraint(fields=["school", "code_no"], name="site_code_no_once"),
            models.UniqueConstraint(fields=["school"], condition=Q(kind="main"), name="site_one_main"),
            models.CheckConstraint(condition=Q(kind__in=["main", "teaching_point"]), name="site_kind"),
        ]


class ClassGroup(models.Model):
    """school + site + stage + intake year + class number; name and grade derive (design §3 "Cohort")."""

    id = models.UUIDField(primary_key=True)
    school = models.ForeignKey(Organisation, models.PROTECT, related_name="class_groups", db_index=False)
    site = models.ForeignKey(Site, models.PROTECT, related_name="class_groups")
    stage = models.CharField(max_length=16, choices=Stage.choices)
    intake_year = models.PositiveSmallIntegerField()
    class_no = models.PositiveSmallIntegerField()
    fields = models.JSONField(default=dict)
    entry = models.UUIDField()

    class Meta:
        db_table = "organisations_classgroup"
        constraints = [
            models.UniqueConstraint(
                fields=["school", "site", "stage", "intake_year", "class_no"], name="class_group_once"
            ),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="class_group_stage"),
        ]


class CohortPromotion(models.Model):
    """The school confirmed that a cohort moved up at the turn of a school year."""

    id = models.UUIDField(primary_key=True)
    school = models.ForeignKey(Organisation, models.PROTECT, related_name="promotions", db_index=False)
    stage = models.CharField(max_length=16, choices=Stage.choices)
    intake_year = models.PositiveSmallIntegerField()
    school_year = models.PositiveSmallIntegerField()
    entry = models.UUIDField()

    class Meta:
        db_table = "organisations_cohortpromotion"
        constraints = [
            models.UniqueConstraint(
                fields=["school", "stage", "intake_year", "school_year"], name="cohort_promoted_once"
            ),
        ]


class Mention(models.Model):
    """Which entries speak of which organisation, in whatever journal they stand (``state.refold`` reads them)."""

    pk = models.CompositePrimaryKey("organisation", "entry")
    organisation = models.UUIDField()
    entry = models.UUIDField()

    class Meta:
        db_table = "organisations_mention"
