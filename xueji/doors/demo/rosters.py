"""The rosters of the invented schools, from workbook to approved registrations, by the people whose act it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from xueji.doors.demo.city import CITY_CODE, CityPlan, SchoolPlan
from xueji.doors.demo.founding import Founded
from xueji.doors.demo.people import Place
from xueji.doors.demo.workbooks import write_roster
from xueji.ground.accounts.context import acting
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.catalogue import Column
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Role
from xueji.registry.applications import services as applications
from xueji.registry.intake import services as intake

#: The acts that follow lodging, each by its own person.
SCHOOL_ACTS = ((Role.PROOFREADER, "proofread"), (Role.DEPUTY_HEAD, "decide"))


@dataclass(slots=True)
class Stage:
    """Where the play is set: the plan, the founded city, the folder of its files, where to tell progress.

    ``city`` is what stands: acts on schools and districts change it. ``closed``: the schools that closed in this school
    year, each with the code of the school that keeps its records; ``keepers``: closed bureau → the one that took it in.
    """

    city: CityPlan
    founded: Founded
    folder: Path
    tell: Callable[[str], None]
    closed: list[tuple[SchoolPlan, str]] = field(default_factory=list)
    keepers: dict[str, str] = field(default_factory=dict)

    def bureau_of(self, school: SchoolPlan) -> str:
        """The bureau that is competent for it, or the one that took that one in."""
        code = CITY_CODE if school.is_city_school else school.district
        while code in self.keepers:
            code = self.keepers[code]
        return code


def load_rosters(stage: Stage, kind: str, rosters: dict[str, list[Place]], *, year: int) -> dict[str, int]:
    """Lodge and approve a roster a school; how many registrations each brought."""
    title = "建档花名册" if kind == "opening" else "新生花名册"
    columns = roster_columns(kind)
    brought: dict[str, int] = {}
    for school in stage.city.schools:
        places = rosters.get(school.code, [])
        if not places:
            continue
        path = stage.folder / f"{school.code}-{title}-{year}.xlsx"
        write_roster(path, columns, places, kind, year)
        brought[school.code] = load_workbook(stage, school, kind, path)
        stage.tell(f"{school.name}：{title} {len(places)} 人，批准 {brought[school.code]} 人")
    return brought


def load_workbook(stage: Stage, school: SchoolPlan, kind: str, path: Path) -> int:
    """One workbook through registrar, proofreader, deputy head and bureau; registrations begun."""
    application = lodge_workbook(stage, school, kind, path)
    act_school(stage, school, application)
    head = stage.founded.actor(stage.bureau_of(school), Role.HEAD)
    with acting(head):
        return applications.act(actor=head, application=application, act="approve").registrations


def lodge_workbook(stage: Stage, school: SchoolPlan, kind: str, path: Path) -> UUID:
    """The registrar uploads, looks and lodges; the application."""
    registrar = stage.founded.actor(school.code, Role.REGISTRAR)
    with acting(registrar):
        outcome = intake.lodge_workbook(
            actor=registrar,
            school=stage.founded.organisations[school.code],
            kind=kind,
            data=path.read_bytes(),
            file_name=path.name,
        )
    if outcome.application is None:
        errors = [one for one in outcome.findings if one.severity == "error"]
        raise ValueError(f"{path.name} has errors: {errors[:5]}")
    return outcome.application


def roster_columns(kind: str) -> list[Column]:
    """The columns of a kind of roster, in the order of the official form."""
    fields = parameters.rulebook(today()).fields
    return [column for column in fields.columns if not column.field.kinds or kind in column.field.kinds]


def act_school(stage: Stage, school: SchoolPlan, application: UUID) -> None:
    """The school's own two acts on an application."""
    for role, act in SCHOOL_ACTS:
        actor = stage.founded.actor(school.code, role)
        with acting(actor):
            applications.act(actor=actor, application=application, act=act)
