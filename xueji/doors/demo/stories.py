"""Stories worth opening: children whose records show what the register is for.

Each story changes one or two invented children before the rosters are written, or is played later by ``play.py``;
``Story`` says in Chinese where to look.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from xueji.doors.demo.city import CityPlan, SchoolPlan
from xueji.doors.demo.names import Names
from xueji.doors.demo.people import OPENING_YEAR, Child, Place, Rosters


@dataclass(frozen=True, slots=True)
class Story:
    key: str
    title: str
    child: str
    school: str


@dataclass(slots=True)
class Stories:
    told: list[Story] = field(default_factory=list)

    def tell(self, key: str, title: str, child: Child, school: SchoolPlan) -> None:
        self.told.append(Story(key, title, child.name, school.code))


def plan_stories(city: CityPlan, rosters: Rosters, seed: int) -> Stories:
    """Set the stories that begin in a roster."""
    names = Names(seed + 1, top=799)
    stories = Stories()
    _twins(rosters, names, stories, city)
    _without_id(rosters, names, stories, city)
    _rare_names(rosters, stories, city)
    _given_numbers(rosters, stories, city, seed)
    return stories


def _main_places(rosters: Rosters, school: SchoolPlan, grade: int) -> list[Place]:
    return [p for p in rosters.opening[school.code] if p.grade == grade and p.site is None]


def _primary(city: CityPlan, district: int) -> SchoolPlan:
    code = city.districts[district][0]
    return next(s for s in city.schools if s.district == code and s.kind == "primary")


def rename(child: Child, name: str) -> None:
    child.name = name
    child.values["name"] = name


def _twins(rosters: Rosters, names: Names, stories: Stories, city: CityPlan) -> None:
    school = _primary(city, 0)
    first, second = (place.child for place in _main_places(rosters, school, 2)[:2])
    division = first.values["hukou_place"]
    second.birth_date, second.gender = first.birth_date, first.gender
    for code, value in first.values.items():
        if code.startswith("guardian_") or code.endswith("address") or code in {"birth_date", "gender", "hukou_place"}:
            second.values[code] = value
    second.id_number = names.id_number(division, first.birth_date, first.gender)
    while second.id_number == first.id_number:
        second.id_number = names.id_number(division, first.birth_date, first.gender)
    rename(second, first.name[:-1] + ("宁" if not first.name.endswith("宁") else "安"))
    stories.tell("twins", "双胞胎：同姓同生日同住址，两份档案，两个学籍号", second, school)


def _without_id(rosters: Rosters, names: Names, stories: Stories, city: CityPlan) -> None:
    school = _primary(city, 1)
    child = _main_places(rosters, school, 1)[0].child
    child.id_number = None
    child.values["id_document_type"] = "其他"
    for index, gender in ((1, "1"), (2, "2")):
        born = names.birthday(child.birth_date.replace(year=1970, day=1), child.birth_date.replace(year=1975, day=1))
        child.values[f"guardian_{index}_id_document_type"] = "居民身份证"
        child.values[f"guardian_{index}_id_number"] = names.id_number(child.values["hukou_place"], born, gender)
    stories.tell("no_id", "没有身份证件号：证件类型为“其他”，监护人证件齐全", child, school)


def _rare_names(rosters: Rosters, stories: Stories, city: CityPlan) -> None:
    school = _primary(city, 2)
    children = [place.child for grade in (3, 4, 5) for place in _main_places(rosters, school, grade)]
    for child, name in zip(children, ("𠮷田野", "䶮一诺", "阿依努尔·买买提", "古丽帕丽·阿不都热合曼江"), strict=False):
        rename(child, name)
        stories.tell("rare_name", f"生僻字与长姓名：{name}", child, school)


GIVEN_SHARE = 0.7


def _given_numbers(rosters: Rosters, stories: Stories, city: CityPlan, seed: int) -> None:
    """Seven in ten pupils already bear a 19-digit number under the papers of 2004-2007; the system keeps them.

    Schools with two stages or teaching points waited for the system: one code serves several intakes there.
    """
    names = Names(seed + 3)
    for school in city.schools:
        if len(school.stages) > 1 or school.sites:
            continue
        serials: dict[tuple[int, int], int] = {}
        for place in rosters.opening[school.code]:
            cohort = (place.grade, place.class_no)
            serials[cohort] = serials.get(cohort, 0) + 1
            if names.chance(GIVEN_SHARE):
                place.number = given_number(school.code, place, serials[cohort])
    _old_number(rosters, stories, city)


def given_number(code: str, place: Place, serial: int) -> str:
    """School code, intake year, class, serial: a number of the first scheme (domain.md §1.1)."""
    first = 1 if place.stage == "primary" else 7
    return f"{code}{OPENING_YEAR - (place.grade - first)}{place.class_no:02d}{serial:02d}"


def _old_number(rosters: Rosters, stories: Stories, city: CityPlan) -> None:
    """An entrant of 2005 who later changed class: his number still speaks of the old one, and is kept."""
    school = _primary(city, 3)
    place = _main_places(rosters, school, 3)[0]
    place.number = f"{school.code}2005{place.class_no + 1:02d}77"
    stories.tell("old_number", "2005 年入学的老学籍号：号里的班级与现在的班级不同，照旧保留", place.child, school)
