"""Guests from outside and deferred entries that run out (ADR 0017)."""

from __future__ import annotations

from datetime import timedelta

from xueji.duties.reminders.matters import Asking, Matter
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.outside import GUEST
from xueji.registry.register import selectors as register


def outside_ends(asking: Asking) -> list[Matter]:
    """The last day that was said of each; not of a deferred child who has been enrolled meanwhile."""
    asked = timedelta(days=int(parameters.rulebook(asking.day).settings["deferred_asked_days"]))
    found = [
        one
        for one in register.outside_children(None, decrypt=True)
        if one.until is not None
        and one.ended_on is None
        and one.until <= asking.until
        # A guest until his end is entered; a deferred child until he enters, or nobody asks any longer.
        and (one.standing == GUEST or asking.day - one.until <= asked)
    ]
    entered = register.entered_since(found)
    return [
        Matter(f"outside:{one.child}:{one.until}", one.school, one.until, asking.school_roles)
        for one in found
        if one.until is not None and one.child not in entered
    ]
