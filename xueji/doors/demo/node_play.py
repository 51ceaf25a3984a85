"""One node's part of the invented city: what its schools and its bureau do, on a database of their own (issue 4).

The plan is the whole city's, made from the same seed at every node; a node plays the schools of its own bureau. What is
between the nodes (packages, receipts) is done by whoever conducts them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from xueji.doors.demo import filing, play, reporting, rollcalls
from xueji.doors.demo.city import CITY_CODE, CityPlan
from xueji.doors.demo.founding import Founded, found_district, found_top
from xueji.doors.demo.people import Rosters, plan_children
from xueji.doors.demo.rosters import Stage, load_rosters
from xueji.doors.demo.stories import plan_stories
from xueji.doors.demo.transfers import at
from xueji.duties.exchange import identity, services
from xueji.duties.exchange import transfers as between
from xueji.duties.exchange.trust import trust
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.accounts.services import mark_all_used
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import SeededEnvironment, today, use_environment
from xueji.pure.kernel.types import Refused, Role
from xueji.registry.applications import services as applications
from xueji.registry.register import selectors as register

SEED = 2008
#: Asks of one district to another; the day of asking, of release, of arrival.
ASKED, RELEASED, ARRIVED = date(2007, 10, 15), date(2007, 10, 18), date(2007, 10, 24)


class NodePlay:
    """Plays one node. Every public method is an instruction of the conductor: JSON in, JSON out."""

    def __init__(self, home: Path, code: str, whole: CityPlan, pupils: int, tell: Callable[[str], None]) -> None:
        self.home, self.code, self.tell = home, code, tell
        self.level = "city" if code == CITY_CODE else "district"
        self.clock = SeededEnvironment(at(date(2007, 9, 3)), SEED + int(code))
        rosters = plan_children(whole, pupils, SEED)
        self.stories = plan_stories(whole, rosters, SEED)
        own = [one for one in whole.schools if (CITY_CODE if one.is_city_school else one.district) == code]
        self.rosters = Rosters()  # of the whole city's children only the own ones are kept in memory
        for school in own:
            self.rosters.opening[school.code] = rosters.opening[school.code]
            self.rosters.entrants[school.code] = rosters.entrants[school.code]
        districts = whole.districts if self.level == "city" else tuple(d for d in whole.districts if d[0] == code)
        self.city = replace(whole, districts=districts, schools=tuple(own))
        self._stage: Stage | None = None
        self._arriving: list[tuple[str, str, str]] = []  # school, name, birth date

    def do(self, instruction: Mapping[str, Any]) -> Any:
        """Carry out ``{"do": name, …}``."""
        values = {key: value for key, value in instruction.items() if key != "do"}
        with use_environment(self.clock):
            return getattr(self, str(instruction["do"]))(**values)

    @property
    def stage(self) -> Stage:
        if self._stage is None:
            raise RuntimeError("the node has not been founded")
        return self._stage

    def begin(self) -> Any:
        """The node's keys; its public file."""
        with acting_system():
            return identity.public_file(identity.init(level=self.level, code=self.code))

    def trust(self, files: list[Any]) -> None:
        """Believe the public files of the others."""
        with acting_system():
            for content in files:
                if content["code"] != self.code:
                    trust(content)

    def found(self) -> None:
        """The bureau with its posts, its schools with codes; at the city the districts and the rulebook too."""
        folder = self.home / "demo-files"
        founded: Founded = (
            found_top(self.city, folder, SEED)
            if self.level == "city"
            else found_district(self.city, folder, SEED + int(self.code))
        )
        self._stage = Stage(self.city, founded, folder, self.tell)

    def export(self, to: str, file: str) -> None:
        with acting_system():
            services.export(to=to, target=Path(file))

    def receive(self, file: str) -> Any:
        """Take a package in; the receipt, refused ones included."""
        answer = services.receive(Path(file))
        if not answer.accepted:
            raise Refused(answer.reason, answer.message)
        return answer.receipt

    def receipt(self, content: Any) -> None:
        path = self.home / "receipt.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        with acting_system():
            services.take_receipt(path)

    def open(self) -> None:
        """The opening load of September 2007."""
        self.clock.move_to(at(date(2007, 9, 20)))
        load_rosters(self.stage, "opening", self.rosters.opening, year=2007)

    def movable(self) -> Any:
        """A child who can move to another node, with the number that it bears; None where there is none."""
        movers = play._movers(self.stage, self.rosters)
        if not movers:
            return None
        place, school = movers[-1]
        with acting_system():
            found = register.find_students(
                schools=[self.stage.founded.organisations[school.code]], query=place.child.name
            )
            student = next(one.student for one in found.pupils if one.birth_date == place.child.birth_date)
            record = register.student_record(student)
        number = record.numbers[-1] if record is not None else ""
        return {
            "name": place.child.name, "birth_date": place.child.birth_date.isoformat(), "number": number,
            "stage": place.stage, "grade": place.grade, "school": school.code,
        }  # fmt: skip

    def ask(self, child: Mapping[str, Any]) -> bool:
        """The head asks another node for a child; False where no school here has a class for it."""
        self.clock.move_to(at(ASKED))
        head = self.stage.founded.actor(self.code, Role.HEAD)
        with acting(head):
            place = self._place_for(child)
            if place is None:
                return False
            between.ask(
                actor=head, class_group=place[1], name=child["name"], number=child["number"],
                reason="全家迁居，户口随迁",
            )  # fmt: skip
        self._arriving.append((place[0], child["name"], child["birth_date"]))
        return True

    def _place_for(self, child: Mapping[str, Any]) -> tuple[str, UUID] | None:
        """The first ordinary school with a class of the child's grade: its code and the class."""
        book = parameters.rulebook(today())
        year = book.stages.school_year_of(today())
        for school in self.stage.city.schools:
            if school.kind in ("special", "migrant") or child["stage"] not in school.stages or school.central_school:
                continue
            where = self.stage.founded.organisations[school.code]
            for group in organisations.class_groups(where, today(), stages=book.stages):
                grade = book.stages.grade_of(group.stage, group.intake_year, year)
                if (group.stage, grade) == (child["stage"], child["grade"]):
                    return school.code, group.id
        return None

    def release(self) -> int:
        """The head lets go whom other nodes asked for; how many."""
        self.clock.move_to(at(RELEASED))
        head = self.stage.founded.actor(self.code, Role.HEAD)
        with acting_system():
            asked = between.asked_here()
        for case in asked:
            with acting(head):
                between.release(actor=head, transfer=case.id)
        return len(asked)

    def in_transit(self) -> int:
        with acting_system():
            return len(between.in_transit())

    def at_day(self, day: str) -> None:
        """The clock of this node goes on to a day."""
        self.clock.move_to(at(date.fromisoformat(day)))

    def arrive(self) -> None:
        """Who came from another node is there: the registrars say so."""
        self.clock.move_to(at(ARRIVED))
        for school, name, birth in self._arriving:
            registrar = self.stage.founded.actor(school, Role.REGISTRAR)
            where = self.stage.founded.organisations[school]
            with acting(registrar):
                page = register.find_students(schools=[where], query=name)
                student = next(one.student for one in page.pupils if one.birth_date == date.fromisoformat(birth))
                applications.confirm_arrival(actor=registrar, school=where, student=student)

    def year(self) -> None:
        """Transfers inside the node, in the course of the school year."""
        play._year_of_transfers(self.stage, self.rosters, self.stories, play.Played(), self.clock)

    def filings(self) -> None:
        """What the district files by 1 April."""
        self.clock.move_to(at(filing.FILED_ON))
        filing.file_of(self.stage, self.code)

    def acknowledge(self) -> int:
        """The city acknowledges the filings that the districts' packages brought; how many."""
        return filing.acknowledge_all(self.stage)

    def acknowledged(self) -> int:
        """How many filings of this node's district the city's package said to be acknowledged."""
        return filing.acknowledged_here()

    def first_round(self) -> None:
        self._round(reporting.FIRST, date(2008, 4, 14), date(2008, 5, 19))

    def yearly_round(self) -> None:
        self._round(reporting.YEARLY, date(2008, 9, 17), date(2008, 10, 9))

    def _round(self, code: str, begins: date, ends: date) -> None:
        self.clock.move_to(at(begins))
        for school in self.stage.city.schools:
            reporting._school_reports(self.stage, school, code)
            reporting._bureau_accepts(self.stage, self.code, school.code, code)
        if self.level == "district":
            self.clock.move_to(at(ends))
            reporting._bureau_reports(self.stage, self.code, code)

    def consolidate(self, round_code: str, day: str) -> None:
        """The city accepts what the districts' packages brought, and makes its own return."""
        self.clock.move_to(at(date.fromisoformat(day)))
        for code, name in self.stage.city.districts:
            reporting._bureau_accepts(self.stage, CITY_CODE, code, round_code)
            self.tell(f"{name}：{round_code} 数据已由市局接受")
        reporting._bureau_reports(self.stage, CITY_CODE, round_code)

    def leave(self) -> None:
        """The final grades leave."""
        play._leaving(self.stage, self.clock)

    def turn(self) -> None:
        """Promotion, entrants, roll-call."""
        play._turn_of_the_year(self.stage, self.rosters, self.clock)
        if self.stage.city.schools:
            rollcalls.autumn(self.stage, self.clock)

    def proofs(self) -> int:
        return reporting.proofs(self.stage, self.clock) if self.stage.city.schools else 0

    def logins(self) -> Any:
        mark_all_used()
        return [asdict(one) for one in self.stage.founded.logins]
