"""Kinds of schools (clause A1) and the stages that each holds."""

from __future__ import annotations

from django.db import models


class SchoolKind(models.TextChoices):
    """What a school is. Ownership (公办, 民办) and approval are fields, not kinds."""

    PRIMARY = "primary", "小学"
    JUNIOR = "junior", "初级中学"
    NINE_YEAR = "nine_year", "九年一贯制学校"
    COMPLETE_SECONDARY = "complete_secondary", "完全中学（初中部）"
    SPECIAL = "special", "特殊教育学校"
    MIGRANT = "migrant", "民工子女学校"


EDUCATION_BUREAU = "education_bureau"
PRIVATE = "private"
PUBLIC = "public"

#: Stages of a school where its draft names none. Of a complete secondary school only the junior part is in scope.
STAGES_OF: dict[str, tuple[str, ...]] = {
    SchoolKind.PRIMARY: ("primary",),
    SchoolKind.JUNIOR: ("junior",),
    SchoolKind.NINE_YEAR: ("primary", "junior"),
    SchoolKind.COMPLETE_SECONDARY: ("junior",),
    SchoolKind.SPECIAL: ("primary", "junior"),
    SchoolKind.MIGRANT: ("primary",),
}


def kind_name(kind: str) -> str:
    """The shown name of a kind of organisation."""
    return "教育局" if kind == EDUCATION_BUREAU else str(SchoolKind(kind).label)
