"""The named formulas behind every figure (invariant 7). Names are the columns of the tables."""

from __future__ import annotations

from dataclasses import dataclass

from xueji.pure.kernel.operations import CONTINUING

#: What a pupil's presence can be; all but ``attending`` are taken off 在籍 to get 在校. Each pupil has exactly one.
ABSENCES = ("suspended", "dropped_out", "abroad", "guest_elsewhere", "not_arrived")
GUESTS_HERE = "guest_here"

INFLOWS = ("enrolled", "transferred_in", "restored", "reorganised_in", "other_in", "moved_in", "sex_in")
OUTFLOWS = (
    "graduated", "completed", "transferred_out", "died", "voided", "reorganised_out", "other_out", "moved_out",
    "sex_out",
)  # fmt: skip

#: How a registration began or ended → its column. What is not named counts as other.
HOW_STARTED = {
    "enrolment": "enrolled",
    "transfer_in": "transferred_in",
    "transfer_into_city": "transferred_in",
    "placement": "transferred_in",
    "resumption": "restored",
    "late_registration": "other_in",
    **dict.fromkeys(CONTINUING, "reorganised_in"),
}
HOW_ENDED = {
    "graduation": "graduated",
    "leaving": "graduated",
    "completion": "completed",
    "transfer_out": "transferred_out",
    "transfer_out_of_city": "transferred_out",
    "death": "died",
    **dict.fromkeys(CONTINUING, "reorganised_out"),
}


@dataclass(frozen=True, slots=True)
class Identity:
    """A balance that must hold in every line: the sums of both sides are equal."""

    name: str
    title: str
    left: tuple[str, ...]
    right: tuple[str, ...]


REGISTERED_FLOW = Identity("registered_flow", "在籍增减平衡", ("opening", *INFLOWS), ("closing", *OUTFLOWS))
ATTENDING_STOCK = Identity(
    "attending_stock",
    "在校与在籍的关系",
    ("registered", GUESTS_HERE),
    ("attending", *ABSENCES),
)


def absence_flow(name: str) -> Identity:
    """Of one absence, or of the guests here: opening + begun = closing + ended."""
    return Identity(
        f"{name}_flow", "增减平衡", (f"{name}_opening", f"{name}_begun"), (f"{name}_closing", f"{name}_ended")
    )


ABSENCE_FLOWS = tuple(absence_flow(name) for name in (*ABSENCES, GUESTS_HERE))
