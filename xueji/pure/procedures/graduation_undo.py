"""毕业回退 (graduation undo): takes back a graduation or completion while nothing rests on it, as the bureau decides.

A correcting entry without operations takes the place of the one that closed the registration: the pupil was never away,
his number is in force again. domain.md §3.3 毕业回退; design §1 "A mistake is corrected by another entry".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from xueji.pure.kernel.fold import StudentState
from xueji.pure.procedures.leaving import COMPLETION, GRADUATION
from xueji.pure.procedures.planned import Plan, Planned, Refusal

#: How a registration ended that can be taken back; the last one is how the first years wrote it.
ENDED = (GRADUATION, COMPLETION, "leaving")


def graduation_undo(
    states: Mapping[UUID, StudentState], *, rests: Mapping[UUID, Sequence[str]], basis: str = "通知三.2"
) -> Plan:
    """The correcting entries of these pupils, or why it may not be.

    ``rests``: by pupil what stands on the graduation (a certificate, a later registration, a frozen return), in words.
    """
    plan = Plan()
    for student, state in states.items():
        chain = sorted(
            (one for one in state.registrations.values() if not one.voided), key=lambda item: item.started_on
        )
        last = chain[-1] if chain else None
        if last is None or last.ended_on is None or last.closed_by_entry is None or last.how_ended not in ENDED:
            message = "所选学生中有人现在不是毕业或结业离校的状态，不能回退。请刷新后重新选择。"
            plan.refusals.append(Refusal("not_left", message, basis, student))
            continue
        if rests.get(student):
            message = f"{state.fields.get('name', '该生')}不能回退：{'；'.join(rests[student])}。"
            plan.refusals.append(Refusal("graduation_rested_on", message, basis, student))
            continue
        plan.entries.append(
            Planned(last.school, "graduation_undo", student, last.ended_on, (), corrects=last.closed_by_entry)
        )
    return plan
