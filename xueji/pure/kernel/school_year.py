"""School year, stage, grade and the shown name of a class group.

A school year is named by the year of its start: 2007 is 2007-2008. The grade is
derived from the cohort (stage and intake year) and the school year, never read
from a number (design §3 "Cohort"). How many years each stage has (六三 or 五四)
is data of the rulebook.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Stage(StrEnum):
    """学段 within compulsory education."""

    PRIMARY = "primary"
    JUNIOR = "junior"


STAGE_NAMES = {Stage.PRIMARY: "小学", Stage.JUNIOR: "初中"}

_NUMERALS = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class StageSystem:
    """Years of each stage (六三制: 6 and 3; 五四制: 5 and 4) and the day on which a school year begins."""

    primary_years: int = 6
    junior_years: int = 3
    start_month: int = 9
    start_day: int = 1

    def school_year_of(self, on: date) -> int:
        """The school year a day lies in, as the year of its start."""
        return school_year_of(on, self.start_month, self.start_day)

    def start_of(self, school_year: int) -> date:
        """First day of a school year."""
        return date(school_year, self.start_month, self.start_day)

    def years_of(self, stage: str) -> int:
        """How many years a stage lasts."""
        return self.primary_years if Stage(stage) is Stage.PRIMARY else self.junior_years

    def first_grade(self, stage: str) -> int:
        """1 for primary; 7 (六三) or 6 (五四) for junior."""
        return 1 if Stage(stage) is Stage.PRIMARY else self.primary_years + 1

    def final_grade(self, stage: str) -> int:
        """The grade in which a stage ends."""
        return self.first_grade(stage) + self.years_of(stage) - 1

    def grades_of(self, stage: str) -> range:
        """The grades of a stage."""
        return range(self.first_grade(stage), self.final_grade(stage) + 1)

    def stage_of(self, grade: int) -> Stage:
        """The stage a grade 1..9 belongs to; ValueError outside."""
        for stage in Stage:
            if grade in self.grades_of(stage):
                return stage
        raise ValueError(f"no grade {grade} in compulsory education")

    def grade_of(self, stage: str, intake_year: int, school_year: int) -> int | None:
        """Grade 1..9 of a cohort in a school year; None before its intake and after its final grade."""
        grade = self.first_grade(stage) + school_year - intake_year
        return grade if grade in self.grades_of(stage) else None

    def intake_year_of(self, grade: int, school_year: int) -> int:
        """Intake year of the cohort that is in ``grade`` in ``school_year``."""
        return school_year - (grade - self.first_grade(self.stage_of(grade)))

    def is_final(self, stage: str, intake_year: int, school_year: int) -> bool:
        """Whether a cohort is in its last grade."""
        return self.grade_of(stage, intake_year, school_year) == self.final_grade(stage)

    def class_name(self, stage: str, intake_year: int, class_no: int, school_year: int) -> str:
        """The shown name, 三（2）班; after leaving 2002级（2）班."""
        grade = self.grade_of(stage, intake_year, school_year)
        if grade is None:
            return f"{intake_year}级（{class_no}）班"
        return class_name(grade, class_no)


def school_year_of(on: date, start_month: int = 9, start_day: int = 1) -> int:
    """The school year a day lies in; the rulebook's calendar gives the start."""
    return on.year if (on.month, on.day) >= (start_month, start_day) else on.year - 1


def school_year_name(school_year: int) -> str:
    """2007 → 2007-2008."""
    return f"{school_year}-{school_year + 1}"


def grade_name(grade: int) -> str:
    """3 → 三年级."""
    return f"{_NUMERALS[grade]}年级"


def class_name(grade: int, class_no: int) -> str:
    """(3, 2) → 三（2）班."""
    return f"{_NUMERALS[grade]}（{class_no}）班"
