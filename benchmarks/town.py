"""A home with an invented town for measurements: thirteen districts, equal primary schools, as many as wanted.

Made through the services that a bureau and a school use, as the demo is; only the town's shape differs: every school
has the same number of pupils, so that a figure says what it is about.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.report import tell

if TYPE_CHECKING:
    from xueji.doors.demo.city import CityPlan, SchoolPlan
    from xueji.doors.demo.founding import Founded
    from xueji.doors.demo.people import Place
    from xueji.doors.demo.rosters import Stage
    from xueji.pure.kernel.catalogue import Column

#: The day on which the rosters of the opening load are lodged, and the day that the pages show.
LODGED_ON, SHOWN_ON = date(2007, 9, 20), date(2008, 11, 3)
SEED = 2008
KIND = "opening"


def districts() -> tuple[tuple[str, str], ...]:
    """(division code, name) of the districts and counties of 2008."""
    table = Path(__file__).resolve().parent.parent / "rulebooks/city/nanjing-2008/codes/nanjing_district_2008.csv"
    with table.open(encoding="utf-8") as stream:
        rows = [(row["code"], row["name_zh"]) for row in csv.DictReader(stream)]
    return tuple(row for row in rows if row[0] not in ("320100", "320101"))


def plan_schools(count: int, used: int | None = None) -> tuple[SchoolPlan, ...]:
    """Primary schools, dealt out to the districts in turn (``used``: to the first so many)."""
    from xueji.doors.demo.city import SchoolPlan

    places = districts()[:used]
    schools = []
    for index in range(count):
        code, name = places[index % len(places)]
        serial = index // len(places) + 1
        schools.append(SchoolPlan(f"{code}21{serial:03d}", f"{name}第{serial}小学", "primary", code, ("primary",), 1.0))
    return tuple(schools)


def open_town(path: Path, schools: int, *, districts_used: int | None = None) -> Stage:
    """Bring the home up and found the town, or find it as it was left. The clock stands on :data:`LODGED_ON`."""
    from xueji.config.demo_home import make_demo_home
    from xueji.config.home import Home
    from xueji.config.main import bring_up

    if not (path / "config.json").exists():
        make_demo_home(Home(path), SHOWN_ON, reset=False)
    bring_up(path)
    from xueji.doors.demo.city import CityPlan
    from xueji.doors.demo.rosters import Stage
    from xueji.pure.kernel.environment import FixedDayEnvironment, set_default_environment

    city = CityPlan(districts(), plan_schools(schools, districts_used))
    set_default_environment(FixedDayEnvironment(LODGED_ON))
    founded = _found_again() or _found(city, path)
    return Stage(city, founded, path / "demo-files", lambda _: None)


def _found(city: CityPlan, folder: Path) -> Founded:
    from xueji.doors.demo.founding import found_city

    begun = time.perf_counter()
    founded = found_city(city, folder / "demo-files", SEED)
    tell(f"founded {len(city.schools)} schools in {time.perf_counter() - begun:.1f} s")
    return founded


def _found_again() -> Founded | None:
    """The town of an earlier run in this home, if there is one."""
    from xueji.doors.demo.city import CITY_CODE
    from xueji.doors.demo.founding import Founded
    from xueji.ground.accounts.context import acting_system
    from xueji.ground.organisations.models import Organisation

    with acting_system():
        ids = dict(Organisation.objects.exclude(code="").values_list("code", "id"))
    return Founded(ids[CITY_CODE], ids) if CITY_CODE in ids else None


def rosters(stage: Stage, pupils: int, schools: Sequence[SchoolPlan]) -> Iterator[tuple[SchoolPlan, list[Place]]]:
    """The rosters of some schools; every school's are the same in every run."""
    from xueji.doors.demo.people import plan_openings

    wanted = {school.code for school in schools}
    for school, places in plan_openings(stage.city, pupils, SEED):
        if school.code in wanted:
            yield school, places


def columns() -> list[Column]:
    """The columns of the official form of an opening load."""
    from xueji.ground.accounts.context import acting_system
    from xueji.ground.parameters.selectors import rulebook

    with acting_system():
        fields = rulebook(LODGED_ON).fields
    return [column for column in fields.columns if not column.field.kinds or KIND in column.field.kinds]


def empty_schools(stage: Stage) -> list[SchoolPlan]:
    """The schools that have no pupil yet."""
    from django.db import connection

    from xueji.ground.accounts.context import acting_system

    with acting_system(), connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT school FROM register_registration")
        filled = {row[0] for row in cursor.fetchall()}
    return [school for school in stage.city.schools if stage.founded.organisations[school.code] not in filled]


def fill(stage: Stage, pupils: int, *, leave: int) -> int:
    """Register rosters for the schools that have none, but ``leave``: same rules and services, without workbooks."""
    import polars as pl

    from xueji.doors.demo.rosters import act_school
    from xueji.doors.demo.workbooks import row_of
    from xueji.ground.accounts.context import acting
    from xueji.pure.kernel.types import Role
    from xueji.registry.applications import services as applications
    from xueji.registry.intake.checking import check_source
    from xueji.registry.intake.facts import context_for, register_facts
    from xueji.registry.intake.sources import Source

    labels = {column.code: column.label for column in columns()}
    registered, begun = 0, time.perf_counter()
    empty = empty_schools(stage)
    empty = empty[: max(0, len(empty) - leave)]
    for number, (school, places) in enumerate(rosters(stage, pupils, empty), start=1):
        rows = [row_of(place, KIND) for place in places]
        texts = {code: [row.get(code) for row in rows] for code in labels}
        schema = {"row": pl.Int64, **dict.fromkeys(labels, pl.String)}
        raw = pl.DataFrame({"row": range(2, len(rows) + 2), **texts}, schema=schema)
        identifier = stage.founded.organisations[school.code]
        registrar = stage.founded.actor(school.code, Role.REGISTRAR)
        with acting(registrar):
            result = check_source(
                Source(raw, pl.DataFrame(schema={"row": pl.Int64, "field": pl.String, "kind": pl.String}), labels),
                context_for(identifier, KIND),
                register_facts(identifier),
            )
            if result.has_errors:
                raise ValueError(result.found()[:3])
            lodged = applications.lodge_roster(
                actor=registrar,
                school=identifier,
                kind="opening",
                rows=[row for _, row in result.values()],
                file_digest=school.code,
            )
        act_school(stage, school, lodged.application)
        head = stage.founded.actor(stage.bureau_of(school), Role.HEAD)
        with acting(head):
            registered += applications.act(actor=head, application=lodged.application, act="approve").registrations
        if number % 20 == 0:
            tell(f"filled {number} of {len(empty)} schools, {registered / (time.perf_counter() - begun):.0f} pupils/s")
    return registered
