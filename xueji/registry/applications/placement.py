"""From the values of a row to where the pupil stands: stage, cohort, class, and what goes into the record.

Pure reading of values that the rules have found clean; no value is looked up elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Refused

#: Columns of a roster that are no fields of the record: the registration and its class group answer them.
PLACEMENT = frozenset({"registration_number", "prior_registration_number", "grade", "class_no", "site"})


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a row says that the pupil stands; ``site`` None is the main site."""

    stage: str
    intake_year: int
    class_no: int
    site: str | None


def placed(values: Mapping[str, str], book: Rulebook, *, school_year: int) -> Placed:
    """The cohort and class of a row: its grade is that of ``school_year``.

    Raises ``Refused`` for a row without grade or class, which the rules let nobody lodge.
    """
    try:
        grade, class_no = int(values["grade"]), int(values["class_no"])
        stage = book.stages.stage_of(grade).value
    except (KeyError, ValueError):
        raise Refused("row_without_class", "有的行没有年级或班级，请先处理检查出的问题。", "通知二.3") from None
    intake_year = book.stages.intake_year_of(grade, school_year)
    return Placed(stage, intake_year, class_no, values.get("site") or None)


def record_values(values: Mapping[str, str], book: Rulebook) -> tuple[dict[str, str], dict[str, str]]:
    """The values of the record, clear and sensitive ones apart; empty ones and the placement left out."""
    secret = book.fields.sensitive_codes
    clear: dict[str, str] = {}
    sensitive: dict[str, str] = {}
    for code, value in values.items():
        if value and code not in PLACEMENT:
            (sensitive if code in secret else clear)[code] = value
    return clear, sensitive
