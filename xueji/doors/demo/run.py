"""Making a demo city in an empty demo home, and what the command says of it (issue 2 "Commands")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from xueji.doors.demo.city import CITY_CODE, districts_of_2008, plan_city
from xueji.doors.demo.founding import found_city
from xueji.doors.demo.people import plan_children
from xueji.doors.demo.play import BUSINESS_DATE, Played, play
from xueji.doors.demo.rosters import Stage
from xueji.doors.demo.stories import plan_stories
from xueji.doors.demo.transfers import at
from xueji.duties.returns.selectors import board
from xueji.ground.accounts.context import acting_system
from xueji.ground.accounts.services import mark_all_used
from xueji.ground.journals.verify import verify
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import SeededEnvironment, use_environment
from xueji.pure.kernel.types import Level
from xueji.registry.register import selectors as register

SEED = 2008
REFERENCE_DATE = date(2008, 9, 15)
ROUND = "2008"

__all__ = ["BUSINESS_DATE", "outcome_of", "run_demo"]


def run_demo(home: Path, pupils: int, tell: Callable[[str], None], districts: int | None = None) -> dict[str, Any]:
    """Found and play the city with exactly ``pupils`` registered on 2008-09-15; the command's JSON object.

    ``districts``: only the first so many.
    """
    clock = SeededEnvironment(at(date(2007, 9, 3)), SEED)
    with use_environment(clock):
        city = plan_city(districts_of_2008()[:districts], pupils, SEED)
        rosters = plan_children(city, pupils, SEED)
        stories = plan_stories(city, rosters, SEED)
        tell(f"建立 {len(city.districts)} 个区县教育局和 {len(city.schools)} 所学校……")
        founded = found_city(city, home / "demo-files", SEED)
        played = play(Stage(city, founded, home / "demo-files", tell), rosters, stories, clock)
        mark_all_used()
        outcome = outcome_of(played)
    logins = [
        {"login": one.login, "password": one.password, "post": one.post, "org": one.org} for one in founded.logins
    ]
    return {**outcome, "logins": logins, "stories": [asdict(one) for one in stories.told]}


def outcome_of(played: Played) -> dict[str, Any]:
    """What the command says of the database in force: totals of round 2008, journal verified, digest."""
    with acting_system():
        city = organisations.by_code(CITY_CODE)
        top = board(ROUND, city.id)
        schools = [
            school for child in top.children for school in child.children or [child] if school.level == Level.SCHOOL
        ]
        totals = {
            "city": top.registered,
            "districts_sum": sum(child.registered or 0 for child in top.children),
            "schools_sum": sum(school.registered or 0 for school in schools),
        }
        state = register.as_of(REFERENCE_DATE)
        verification = verify()
        digest = register.state_digest()
    return {
        "pupils": state.pupils,
        "schools": len(schools),
        "districts": sum(1 for child in top.children if child.level == Level.DISTRICT),
        "totals": totals,
        "totals_agree": len(set(totals.values())) == 1 and totals["city"] == state.pupils,
        "journal_entries": verification.entries,
        "journal_verified": verification.verified,
        "return_2008": top.state,
        "certificates": played.certificates,
        "digest": digest,
        "business_date": BUSINESS_DATE.isoformat(),
    }
