"""查看某日的学籍: which day of a pupil's record is asked for, and why another cannot be shown."""

from __future__ import annotations

from uuid import UUID

from xueji.doors.web.dates import read_day
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Refused
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import StudentRecord
from xueji.registry.register.selectors.as_of import require_since

BASIS = "通知一.3"


def record_of_day(student: UUID, typed: str, *, only_named: bool) -> StudentRecord | None:
    """The record as of the day that was typed, as it is known now; None for today or where nothing was typed.

    ``only_named``: the viewer sees no more than what an open application names. Raises ``Refused``: a day that
    cannot be read, one to come, one before the register or before this record.
    """
    if not typed.strip():
        return None
    day = read_day(typed)
    if day is None:
        raise Refused("pupil.day", f"“{typed.strip()[:20]}”不是日期，请写成 2008-09-15 或 20080915 的样子。", BASIS)
    if only_named:
        raise Refused("pupil.day_named", "该生不在本单位管理范围内，只能看申请现在涉及的项目。", BASIS)
    if day > today():
        raise Refused(
            "pupil.day_ahead", f"{day.isoformat()} 还没有到。请选今天（{today().isoformat()}）或以前。", BASIS
        )
    if day == today():
        return None
    require_since(day)
    record = register.student_record(student, day)
    if record is None:
        raise Refused("pupil.day_before", f"{day.isoformat()} 该生还没有学籍。请选建立学籍的那一天或以后。", BASIS)
    return record
