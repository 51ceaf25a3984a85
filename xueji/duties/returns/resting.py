"""What of a pupil's last entry stands in a return that is frozen: it cannot be taken back as if it had never been."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from xueji.duties.returns.models import Return, ReturnState
from xueji.ground.journals.types import Entry


def resting(closing: Mapping[UUID, Entry]) -> dict[UUID, str]:
    """By student the frozen round in which the entry of his school's journal counted."""
    schools = {entry.organisation for entry in closing.values()}
    frozen: dict[UUID, tuple[int, str]] = {}
    made = Return.objects.filter(organisation__in=schools, state__in=ReturnState.frozen()).order_by("sequence")
    for organisation, sequence, code in made.values_list("organisation", "sequence", "round"):
        frozen[organisation] = (sequence, code)  # the furthest one
    found = {}
    for student, entry in closing.items():
        sequence, code = frozen.get(entry.organisation, (0, ""))
        if entry.sequence <= sequence:
            found[student] = f"已计入 {code} 年集中上报并冻结"
    return found
