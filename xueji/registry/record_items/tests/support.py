"""Items of invented pupils."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.record_items import Item, items_in
from xueji.registry.register.selectors import student_record

AWARD = {"title": "三好学生", "level": "校级", "given_by": "云锦小学"}


def move(environment: SeededEnvironment, year: int, month: int, day: int) -> None:
    """Set the clock on nine in the morning."""
    environment.move_to(datetime(year, month, day, 9, tzinfo=LOCAL_ZONE))


def held(student: UUID) -> list[Item]:
    """The items of a pupil as of now."""
    record = student_record(student)
    assert record is not None
    return items_in(record.sensitive)
