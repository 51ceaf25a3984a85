"""Founding the invented city: bureaus, rulebook, posts from the roster of annex 1, schools with codes.

Everything goes through the services that a bureau uses; the system's own name is used for what a real
installation's set-up does (the first bureau, the rulebook's files, the first accounts).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from pathlib import Path
from uuid import UUID

import xlsxwriter

from xueji.doors.demo.city import CITY_CODE, FOUNDED_ON, CityPlan, SchoolPlan
from xueji.doors.demo.names import Names
from xueji.ground.accounts import selectors as accounts
from xueji.ground.accounts.context import acting, acting_system, system_actor
from xueji.ground.accounts.selectors import ROLE_TITLES
from xueji.ground.accounts.services.accounts import activate_many
from xueji.ground.accounts.services.roster import admit_roster, read_roster
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.services.bureaus import open_bureau
from xueji.ground.organisations.services.codes import confirm_codes
from xueji.ground.organisations.services.schools import SchoolDraft, SiteDraft, open_schools
from xueji.ground.parameters.services import load_rulebooks
from xueji.pure.kernel.types import Actor, Level, Role

TRAINED_ON = date(2007, 9, 2)
PASSWORD = "Nanjing-2008"  # noqa: S105
_SCHOOL_ROLES = (Role.REGISTRAR, Role.PROOFREADER, Role.DEPUTY_HEAD)
_BUREAU_ROLES = (Role.CLERK, Role.HEAD)
_CITY_ROLES = (*_BUREAU_ROLES, Role.RESEARCH, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.SYSTEM_ADMIN)
_DISTRICT_ROLES = (*_BUREAU_ROLES, Role.SOFTWARE_MAINTAINER)


@dataclass(frozen=True, slots=True)
class Login:
    login: str
    password: str
    post: str
    org: str


@dataclass(slots=True)
class Founded:
    """The city as it stands: organisation ids by code, and who acts there."""

    city: UUID
    organisations: dict[str, UUID] = field(default_factory=dict)
    logins: list[Login] = field(default_factory=list)
    _actors: dict[tuple[UUID, Role], Actor] = field(default_factory=dict)

    def actor(self, code: str, role: Role) -> Actor:
        """The holder of a post; a school without posts of its own is acted for by its central school."""
        key = (self.organisations[code], role)
        if key not in self._actors:
            with acting_system():
                found = accounts.holder(*key)
            if found is None:
                raise LookupError(f"nobody holds {role} at {code}")
            self._actors[key] = found
        return self._actors[key]


def found_city(city: CityPlan, folder: Path, seed: int) -> Founded:
    """Bureaus, rulebook, schools, posts and codes; the roster's workbook is left in ``folder``."""
    founded = _open_bureaus(city)
    with acting_system():
        load_rulebooks(actor=system_actor(founded.city), organisations=founded.organisations)
    names = Names(seed + 2)
    roster = [("bureau", code, name) for code, name in ((CITY_CODE, "南京市教育局"), *city.districts)]
    _admit(founded, roster, names, folder / "学籍管理人员汇总表-教育局.xlsx")
    _open_schools(founded, city)
    schools = [("school", plan.code, plan.name) for plan in city.schools if plan.central_school is None]
    _admit(founded, schools, names, folder / "学籍管理人员汇总表-学校.xlsx")
    return founded


def found_top(city: CityPlan, folder: Path, seed: int) -> Founded:
    """The city's own node: all bureaus and the rulebook, posts and schools of the city alone."""
    founded = _open_bureaus(city)
    with acting_system():
        load_rulebooks(actor=system_actor(founded.city), organisations={CITY_CODE: founded.city})
    _found_own(founded, city, [("bureau", CITY_CODE, "南京市教育局")], folder, Names(seed + 2))
    return founded


def found_district(city: CityPlan, folder: Path, seed: int) -> Founded:
    """A district's own node, once the city's package has brought the bureaus and the rulebook."""
    ((code, name),) = city.districts
    with acting_system():
        head, own = organisations.by_code(CITY_CODE), organisations.by_code(code)
        founded = Founded(head.id, {CITY_CODE: head.id, code: own.id})
        load_rulebooks(actor=system_actor(own.id), organisations=founded.organisations)
    _found_own(founded, city, [("bureau", code, name)], folder, Names(seed + 2))
    return founded


def _found_own(
    founded: Founded, city: CityPlan, roster: list[tuple[str, str, str]], folder: Path, names: Names
) -> None:
    _admit(founded, roster, names, folder / "学籍管理人员汇总表-教育局.xlsx")
    _open_schools(founded, city)
    schools = [("school", plan.code, plan.name) for plan in city.schools if plan.central_school is None]
    if schools:
        _admit(founded, schools, names, folder / "学籍管理人员汇总表-学校.xlsx")


def _open_bureaus(city: CityPlan) -> Founded:
    with acting_system() as system:
        head = open_bureau(
            actor=system,
            level=Level.CITY,
            code=CITY_CODE,
            name="南京市教育局",
            short_name="市局",
            effective_on=FOUNDED_ON,
        )
        founded = Founded(head.id, {CITY_CODE: head.id})
        for code, name in city.districts:
            district = open_bureau(
                actor=system,
                level=Level.DISTRICT,
                code=code,
                name=f"{name}教育局",
                short_name=name,
                effective_on=FOUNDED_ON,
                city=head.id,
            )
            founded.organisations[code] = district.id
    return founded


def _admit(founded: Founded, places: list[tuple[str, str, str]], names: Names, path: Path) -> None:
    """Posts and accounts from the workbook of annex 1, then the demo's password for each of them."""
    content = _roster_workbook(places, names)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    rows, findings = read_roster(content)
    if findings:
        raise ValueError(f"the demo's own roster has findings: {findings[:3]}")
    with acting_system() as system:
        outcome = admit_roster(actor=system, rows=rows)
        if outcome.findings:
            raise ValueError(f"the demo's own roster was refused: {outcome.findings[:3]}")
        activate_many(passwords=[(slip.account, PASSWORD) for slip in outcome.slips])
    by_name = {row.name: row for row in rows}
    for slip in outcome.slips:
        row = by_name[slip.name]
        founded.logins.append(Login(slip.login, PASSWORD, row.role.value, row.code))


def _roster_workbook(places: list[tuple[str, str, str]], names: Names) -> bytes:
    buffer, taken = BytesIO(), set[str]()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet("汇总表")
        for position, header in enumerate(("姓名", "单位代码", "单位名称", "岗位", "任职日期", "培训日期")):
            sheet.write_string(0, position, header)
        line = 0
        for kind, code, place in places:
            roles = _SCHOOL_ROLES if kind == "school" else _CITY_ROLES if code == CITY_CODE else _DISTRICT_ROLES
            for role in roles:
                line += 1
                name = names.child(names.gender())
                while name in taken:
                    name = names.child(names.gender())
                taken.add(name)
                cells = (name, code, place, ROLE_TITLES[role], FOUNDED_ON.isoformat(), TRAINED_ON.isoformat())
                for position, value in enumerate(cells):
                    sheet.write_string(line, position, value)
    return buffer.getvalue()


def _open_schools(founded: Founded, city: CityPlan) -> None:
    """Each competent bureau drafts the codes of its schools and confirms them (clause B1)."""
    by_bureau: dict[str, list[SchoolPlan]] = {}
    for plan in city.schools:
        by_bureau.setdefault(CITY_CODE if plan.is_city_school else plan.district, []).append(plan)
    for code, plans in by_bureau.items():
        clerk, head = founded.actor(code, Role.CLERK), founded.actor(code, Role.HEAD)
        # Central schools and hosts first: others name them.
        ordered = sorted(plans, key=lambda plan: plan.central_school is not None or plan.host is not None)
        for batch in (
            [p for p in ordered if not (p.central_school or p.host)],
            [p for p in ordered if p.central_school or p.host],
        ):
            if not batch:
                continue
            with acting(clerk):
                opened = open_schools(
                    actor=clerk, drafts=[_draft(founded, plan, code) for plan in batch], effective_on=FOUNDED_ON
                )
            founded.organisations.update({school.code: school.id for school in opened})
            with acting(head):
                confirm_codes(actor=head, schools=[school.id for school in opened], effective_on=FOUNDED_ON)


_STREETS = ("学士路", "梅园街", "云锦路", "书院巷", "桃叶街", "致远路", "月华街", "白鹭路", "松竹巷")


def _address(code: str) -> str:
    """An invented street and door, the same in every run."""
    number = int(code)
    return f"{_STREETS[number % len(_STREETS)]}{number % 97 + 1}号"


def _draft(founded: Founded, plan: SchoolPlan, bureau: str) -> SchoolDraft:
    ids = founded.organisations
    return SchoolDraft(
        code=plan.code,
        name=plan.name,
        kind=plan.kind,
        bureau=ids[bureau],
        district=ids[plan.district] if plan.district != bureau else None,
        central_school=ids[plan.central_school] if plan.central_school else None,
        host=ids[plan.host] if plan.host else None,
        ownership=plan.ownership,
        is_approved=plan.is_approved,
        stages=plan.stages,
        sites=tuple(SiteDraft(site.name, site.kind) for site in plan.sites),
        fields={"address": _address(plan.code)},
    )
