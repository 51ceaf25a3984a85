"""信息更正 (correction): an entry takes the place of what it corrects; nothing is updated.

Design §1: a mistake is corrected by another entry. Clause A4 (corrected in time).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from xueji.pure.kernel.operations import SetFields
from xueji.pure.procedures.planned import Plan, Planned, Refusal


def correction(
    *,
    student: UUID,
    school: UUID,
    effective_on: date,
    current: Mapping[str, str],
    fields: Mapping[str, str],
    sensitive: Mapping[str, str],
) -> Plan:
    """The entry that sets the corrected values; refused when nothing would change.

    ``current`` are the values in force, clear and sensitive ones together.
    """
    changed = {code: value for code, value in fields.items() if current.get(code) != value}
    secret = {code: value for code, value in sensitive.items() if current.get(code) != value}
    if not changed and not secret:
        message = "更正后的内容与现有档案相同，没有需要更正的项目。"
        return Plan(refusals=[Refusal("nothing_to_correct", message, "通知一.4", student)])
    operations = (SetFields(changed, tuple(sorted(secret))),)
    return Plan([Planned(school, "correction", student, effective_on, operations, secret or None)])
