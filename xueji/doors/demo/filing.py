"""The filings of 1 April 2008 in the invented city: each district's codes and roster, acknowledged by the city."""

from __future__ import annotations

from datetime import date

from xueji.doors.demo.city import CITY_CODE
from xueji.doors.demo.rosters import Stage
from xueji.doors.demo.transfers import at
from xueji.duties.filings import services
from xueji.duties.filings.models import Filing, FilingState
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.types import Role

FILED_ON = date(2008, 3, 28)
_KINDS = ("school_codes", "roster")


def first_of_april(stage: Stage, clock: SeededEnvironment) -> None:
    """Made by each district's clerk, filed by its head, acknowledged by the city's head; the city's own beside them."""
    clock.move_to(at(FILED_ON))
    for code, _ in stage.city.districts:
        file_of(stage, code)
    acknowledge_all(stage)
    file_of(stage, CITY_CODE)


def file_of(stage: Stage, code: str) -> None:
    """One bureau's, made by its clerk, filed by its head; a city without schools of its own has no codes to file."""
    clerk, head = stage.founded.actor(code, Role.CLERK), stage.founded.actor(code, Role.HEAD)
    for kind in _KINDS:
        with acting(clerk):
            if kind == "school_codes" and not organisations.schools_of(clerk.organisation).exists():
                continue
            services.make(actor=clerk, kind=kind, year=FILED_ON.year)
        with acting(head):
            services.file_(actor=head, kind=kind, year=FILED_ON.year)


def acknowledge_all(stage: Stage) -> int:
    """The city's head acknowledges every district's; how many filings."""
    top, done = stage.founded.actor(CITY_CODE, Role.HEAD), 0
    for code, _ in stage.city.districts:
        for kind in _KINDS:
            with acting(top):
                services.acknowledge(actor=top, kind=kind, year=FILED_ON.year, bureau=stage.founded.organisations[code])
            done += 1
    return done


def acknowledged_here() -> int:
    """How many filings this node knows as acknowledged."""
    with acting_system():
        return Filing.objects.filter(state=FilingState.ACKNOWLEDGED).count()
