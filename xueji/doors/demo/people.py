"""The invented children: who stands in which roster, with every column that the official form asks for.

Counts are exact: ``plan_children`` makes rosters so that precisely the wanted number of pupils is registered on
2008-09-15 (grades 2-6, 8 and 9 come up from the opening load, grades 1 and 7 enter in autumn 2008).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from xueji.doors.demo.city import CityPlan, SchoolPlan
from xueji.doors.demo.names import Names

CLASS_SIZE = 42
OPENING_YEAR = 2007
ENTRANT_YEAR = 2008


@dataclass(slots=True)
class Child:
    """One invented child; ``values`` are field code → text as a registrar would type it."""

    key: int
    name: str
    gender: str
    birth_date: date
    district: str
    id_number: str | None
    values: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Place:
    """A child's place in one roster: school, site, stage, grade and class of that school year."""

    child: Child
    school: SchoolPlan
    stage: str
    grade: int
    class_no: int
    site: str | None = None
    number: str | None = None


@dataclass(slots=True)
class Rosters:
    opening: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    entrants: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    missing_leaver: Child | None = None


def share(total: int, weights: list[float]) -> list[int]:
    """Split ``total`` by weights (largest remainder); every place gets one while there are enough."""
    if not weights:
        raise ValueError("nothing to share among")
    floor = 1 if total >= len(weights) else 0
    rest = total - floor * len(weights)
    exact = [rest * weight / sum(weights) for weight in weights]
    parts = [floor + int(value) for value in exact]
    order = sorted(range(len(weights)), key=lambda i: (int(exact[i]) - exact[i], i))
    for index in order[: total - sum(parts)]:
        parts[index] += 1
    return parts


def plan_children(city: CityPlan, pupils: int, seed: int) -> Rosters:
    """Invent all children of the opening load of 2007 and the entrants of 2008."""
    names = Names(seed)
    maker = ChildMaker(city, names)
    by_grade = share(pupils, [1.0] * 9)
    rosters = Rosters()
    leavers: list[tuple[str, Child]] = []
    for grade in range(1, 10):
        # The opening pupils of grade g are the pupils of grade g + 1 of 2008; grades 6 and 9 leave.
        total = by_grade[8] if grade == 9 else by_grade[grade]
        stage = "primary" if grade <= 6 else "junior"
        schools = [s for s in city.schools if stage in s.stages]
        for school, count in zip(schools, share(total, [s.weight for s in schools]), strict=True):
            children = [maker.child(school, grade, OPENING_YEAR) for _ in range(count)]
            rosters.opening[school.code].extend(into_classes(children, school, stage, grade))
            if grade == 6:
                leavers.extend((school.district, child) for child in children)
    _enter_grade_one(city, maker, by_grade[0], rosters)
    _enter_grade_seven(city, maker, by_grade[6], leavers, rosters)
    return rosters


def plan_openings(city: CityPlan, pupils: int, seed: int) -> Iterator[tuple[SchoolPlan, list[Place]]]:
    """One opening roster of exactly ``pupils`` children for each school, one after another (for measurements)."""
    maker = ChildMaker(city, Names(seed))
    for school in city.schools:
        grades = [(stage, grade) for stage in school.stages for grade in _GRADES[stage]]
        places: list[Place] = []
        for (stage, grade), count in zip(grades, share(pupils, [1.0] * len(grades)), strict=True):
            children = [maker.child(school, grade, OPENING_YEAR) for _ in range(count)]
            places.extend(into_classes(children, school, stage, grade))
        yield school, places


_GRADES = {"primary": range(1, 7), "junior": range(7, 10)}


def into_classes(children: list[Child], school: SchoolPlan, stage: str, grade: int) -> list[Place]:
    """Classes of at most ``CLASS_SIZE``; a central school's teaching points take lower grades only."""
    points = [site.name for site in school.sites] if grade <= 4 else []
    main = children
    places: list[Place] = []
    for index, point in enumerate(points):
        taken = main[: max(1, len(children) // 10)] if len(main) > 3 else []
        main = main[len(taken) :]
        places.extend(Place(child, school, stage, grade, 1, site=point) for child in taken)
        del index
    classes = max(1, -(-len(main) // CLASS_SIZE))
    size = -(-len(main) // classes) if main else 1
    places.extend(Place(child, school, stage, grade, 1 + i // size) for i, child in enumerate(main))
    return places


def _enter_grade_one(city: CityPlan, maker: ChildMaker, total: int, rosters: Rosters) -> None:
    schools = [s for s in city.schools if "primary" in s.stages]
    for school, count in zip(schools, share(total, [s.weight for s in schools]), strict=True):
        children = [maker.child(school, 1, ENTRANT_YEAR) for _ in range(count)]
        rosters.entrants[school.code].extend(into_classes(children, school, "primary", 1))


def _enter_grade_seven(
    city: CityPlan, maker: ChildMaker, total: int, leavers: list[tuple[str, Child]], rosters: Rosters
) -> None:
    """Every leaver but one goes on to a junior school, of his own district while it has places."""
    schools = [s for s in city.schools if "junior" in s.stages]
    slots: dict[str, list[SchoolPlan]] = defaultdict(list)
    for school, count in zip(schools, share(total, [s.weight for s in schools]), strict=True):
        slots[school.district].extend([school] * count)
    missing = next(i for i, (district, _) in enumerate(leavers) if district == city.districts[-1][0])
    rosters.missing_leaver = leavers.pop(missing)[1]
    homeless: list[Child] = []
    seated: dict[str, list[Child]] = defaultdict(list)
    for district, child in leavers:
        if slots[district]:
            seated[slots[district].pop(0).code].append(child)
        else:
            homeless.append(child)
    free = [school for district in sorted(slots) for school in slots[district]]
    for school, child in zip(free, homeless, strict=False):
        seated[school.code].append(child)
    # The missing leaver's place is taken by a child from another province, unknown to the register.
    for school in free[len(homeless) :]:
        seated[school.code].append(maker.child(school, 7, ENTRANT_YEAR, outsider=True))
    for school in schools:
        for place in into_classes(seated[school.code], school, "junior", 7):
            place.child.values["prior_registration_number"] = ""
            rosters.entrants[school.code].append(place)


class ChildMaker:
    """Makes children with all columns filled in."""

    def __init__(self, city: CityPlan, names: Names, taken: set[tuple[str, date]] | None = None) -> None:
        self._names = names
        self._district_names = dict(city.districts)
        self._key = 0
        self._taken = taken if taken is not None else set()

    def child(self, school: SchoolPlan, grade: int, school_year: int, *, outsider: bool = False) -> Child:
        names = self._names
        self._key += 1
        gender = names.gender()
        # Six full years on 31 August of the year of grade 1 (义务教育法 art. 11).
        year = school_year - grade + 1 - 7
        born = names.birthday(date(year, 9, 1), date(year + 1, 8, 31))
        surname = names.surname()
        division = "340102" if outsider else school.district
        migrant = outsider or school.kind == "migrant" or names.chance(0.12)
        home = "341122" if migrant and not outsider else division
        name = names.child(gender, surname)
        # Two children of one name and birth date would rightly be parked as a suspected duplicate.
        while (name, born) in self._taken:
            name = names.child(gender, surname)
        self._taken.add((name, born))
        child = Child(self._key, name, gender, born, school.district, names.id_number(home, born, gender))
        child.values = self._values(child, surname, home, migrant, school)
        return child

    def _values(self, child: Child, surname: str, home: str, migrant: bool, school: SchoolPlan) -> dict[str, str]:
        names = self._names
        address = "南京市" + names.address(self._district_names[child.district])
        mother = names.surname()
        values = {
            "name": child.name,
            "gender": "男" if child.gender == "1" else "女",
            "birth_date": child.birth_date.isoformat(),
            "birthplace": home,
            "native_place": home,
            "ethnic_group": "汉族" if names.chance(0.96) else names.choice(["回族", "满族", "苗族", "土家族"]),
            "nationality": "中国",
            "id_document_type": "居民身份证",
            "id_number": child.id_number or "",
            "overseas_status": "否",
            "health_status": "残疾" if school.kind == "special" else "健康或良好",
            "hukou_place": home,
            "hukou_type": "农业家庭户口" if migrant else "非农业家庭户口",
            "entry_mode": "就近入学",
            "attendance_mode": "走读",
            "current_address": address,
            "mailing_address": address,
            "home_address": address,
            "phone": names.phone(),
            "postcode": "210000",
            "only_child": "否" if names.chance(0.3) else "是",
            "preschool_education": "是" if names.chance(0.85) else "否",
            "left_behind_child": "非留守儿童",
            "migrant_worker_child": "是" if migrant else "否",
            "orphan": "否",
            "martyr_or_special_care_child": "否",
            "aid_application": "否",
            "boarding_subsidy": "否",
            "commute_distance": names.choice(["1", "2", "3", "5"]),
        }
        values.update(self._guardian(1, names.child("1", surname), "父亲", address, home))
        values.update(self._guardian(2, names.child("2", mother), "母亲", address, home))
        return values

    def _guardian(self, index: int, name: str, relation: str, address: str, home: str) -> dict[str, str]:
        prefix = f"guardian_{index}_"
        return {
            prefix + "name": name,
            prefix + "relation": relation,
            prefix + "employer": self._names.workplace(),
            prefix + "current_address": address,
            prefix + "hukou_place": home,
            prefix + "phone": self._names.phone(),
            prefix + "is_guardian": "是",
        }
