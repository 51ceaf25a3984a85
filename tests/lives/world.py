"""The city in which lives are lived: founded once, and copied for every story, so that each begins the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import connections

from tests import template
from tests.database import point_at
from tests.lives.kinds import begun
from tests.lives.kinds_of_cohorts import BASE
from tests.lives.model import City, Life
from tests.small_city import (
    BAIXIA,
    BAIXIA_PRIMARY,
    CITY,
    JUNIOR,
    NINE_YEAR,
    PRIMARY,
    QINHUAI,
    SPECIAL,
    SmallCity,
    open_special_school,
)
from xueji.config.home import Home
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.documents import services as documents
from xueji.ground.organisations.models import ClassGroup
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment, environment, today
from xueji.registry.applications.tests.support import child, enrol
from xueji.registry.applications.tests.ways import pdf_of
from xueji.registry.register.models import Student

BUREAUS = {PRIMARY: QINHUAI, NINE_YEAR: QINHUAI, JUNIOR: QINHUAI, BAIXIA_PRIMARY: BAIXIA, SPECIAL: QINHUAI}
BOTH = ("primary", "junior")
STAGES = {PRIMARY: ("primary",), BAIXIA_PRIMARY: ("primary",), JUNIOR: ("junior",), NINE_YEAR: BOTH, SPECIAL: BOTH}
FOUNDED = date(2008, 3, 24)
#: School → (grade in the school year of 2007, class) of each pupil of the opening load.
PUPILS = {
    PRIMARY: ((1, 1), (2, 1), (2, 2), (6, 1), (6, 1)),
    BAIXIA_PRIMARY: ((1, 1), (2, 1), (6, 1)),
    NINE_YEAR: ((2, 1), (6, 1), (7, 1), (8, 1)),
    JUNIOR: ((7, 1), (9, 1)),
}

#: No kind asks for more.
_PAPERS = 2
Row = dict[str, str | None]


@dataclass
class World:
    """What all stories of one test share. ``papers``: scanned papers of each school, handed in again and again."""

    city: SmallCity
    clock: SeededEnvironment
    home: Home
    base: str
    rows: list[Row] = field(default_factory=list)
    students: list[UUID] = field(default_factory=list)
    papers: dict[str, list[UUID]] = field(default_factory=dict)
    copies: int = 0
    steps: int = 0
    refused: int = 0
    came_true: dict[str, int] = field(default_factory=dict)
    anchor: bytes = b""

    def move_to(self, day: date) -> None:
        self.clock.move_to(datetime(day.year, day.month, day.day, 9, tzinfo=LOCAL_ZONE))

    def found(self) -> None:
        """The opening load of all schools, and papers for each."""
        self.move_to(FOUNDED)
        open_special_school(self.city)
        number = 0
        for code, places in PUPILS.items():
            rows = [child(number + n, grade=grade, class_no=no) for n, (grade, no) in enumerate(places)]
            number += len(rows)
            enrol(self.city, rows, school=code, bureau=BUREAUS[code], kind="opening", file=code)
            self.rows += rows
        for code in BUREAUS:
            with acting(self.city.registrar(code)) as actor:
                subject = environment().new_id()
                self.papers[code] = [
                    documents.store(actor=actor, subject=subject, name="paper.pdf", content=pdf_of(f"{code} {n}")).id
                    for n in range(_PAPERS)
                ]
        with acting(self.city.head(CITY)):
            known = {str(name): student for name, student in Student.objects.values_list("name", "id")}
        self.students = [known[str(row["name"])] for row in self.rows]
        self.anchor = self.home.anchor.read_bytes() if self.home.anchor.exists() else b""

    def model(self) -> City:
        """The same, in the model."""
        city = City({code: BUREAUS[code] for code in BUREAUS}, dict(STAGES), SPECIAL)
        names = iter(self.rows)
        for code, places in PUPILS.items():
            for grade, no in places:
                stage = "primary" if grade < 7 else "junior"
                group = (code, stage, 2007 - (grade - (1 if grade < 7 else 7)), no)
                city.classes.add(group)
                city.lives.append(Life(str(next(names)["name"]), [begun(city, group, BASE)]))
        city.children = 100
        return city

    def enter(self) -> None:
        """A copy of the city for one story."""
        connections.close_all()
        self.copies += 1
        template.clone(self.base, self._copy)
        self.home.anchor.write_bytes(self.anchor)
        point_at(self._copy)
        self.move_to(FOUNDED)

    def leave(self) -> None:
        point_at(self.base)
        template.drop(self._copy)

    @property
    def _copy(self) -> str:
        return f"{self.base}_{self.copies}"

    def groups(self) -> dict[tuple[str, str, int, int], UUID]:
        """The class groups by what they are."""
        codes = {organisation: code for code, organisation in self.city.organisations.items()}
        with acting_system():
            found = ClassGroup.objects.values_list("school_id", "stage", "intake_year", "class_no", "id")
            return {(codes[one[0]], one[1], one[2], one[3]): one[4] for one in found}

    @property
    def today(self) -> date:
        return today()
