"""The plan of the invented Nanjing of 2008: real district names and codes, invented schools.

A plan is pure data made from a seed and a number of pupils: the same arguments give the same city.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date

from xueji.ground.parameters.build import rulebook_from_files

CITY_CODE = "320100"
FOUNDED_ON = date(2007, 9, 1)
_PRIMARY_NAMES = (
    "翠竹",
    "月华",
    "银杏",
    "锦绣",
    "清江",
    "梅苑",
    "莲花",
    "香樟",
    "和园",
    "春晓",
    "金桥",
    "秋水",
    "石榴",
    "晨光",
    "青枫",
    "白鹭",
    "云锦",
    "晓庄前",
    "望江",
    "鹿鸣",
    "书院",
    "桂香",
    "竹溪",
    "明湖",
    "松涛",
    "芳草",
    "星河",
    "百合",
    "紫藤",
    "长亭",
)
_JUNIOR_NAMES = (
    "求真",
    "致远",
    "弘文",
    "励志",
    "明德",
    "博雅",
    "崇学",
    "育英里",
    "格物",
    "思源",
    "尚贤",
    "知行里",
    "启明",
    "敬业",
    "立人",
    "树德",
)


@dataclass(frozen=True, slots=True)
class SitePlan:
    name: str
    kind: str  # main | teaching_point


@dataclass(frozen=True, slots=True)
class SchoolPlan:
    """One invented school. ``weight`` is its share of the pupils of its stages."""

    code: str
    name: str
    kind: str  # primary | junior | nine_year | complete_secondary | special | migrant
    district: str  # division code of the district it lies in
    stages: tuple[str, ...]
    weight: float
    is_city_school: bool = False
    ownership: str = "public"  # public | private
    is_approved: bool = True
    host: str | None = None  # code of the school that hosts an unapproved one
    central_school: str | None = None  # code of the central school that keeps its records
    sites: tuple[SitePlan, ...] = ()


@dataclass(frozen=True, slots=True)
class CityPlan:
    districts: tuple[tuple[str, str], ...]  # (division code, name)
    schools: tuple[SchoolPlan, ...] = field(default_factory=tuple)


def _short(name: str) -> str:
    return name[:-1] if len(name) > 2 and name[-1] in "区县" else name


class _Codes:
    """School codes as districts drew them up: division code + a five-digit serial (domain.md §1.2, a guess)."""

    def __init__(self) -> None:
        self._next: dict[tuple[str, int], int] = {}

    def take(self, division: str, block: int) -> str:
        number = self._next.get((division, block), 0) + 1
        self._next[(division, block)] = number
        return f"{division}{block:02d}{number:03d}"


def districts_of_2008() -> tuple[tuple[str, str], ...]:
    """The districts and counties of Nanjing in 2008 (code, name), from the rulebook's table."""
    table = rulebook_from_files(FOUNDED_ON).codes["nanjing_district_2008"]
    return tuple((row.code, row.name) for row in table.rows if row.code[4:] not in ("00", "01"))


def plan_city(districts: tuple[tuple[str, str], ...], pupils: int, seed: int) -> CityPlan:
    """Invent the schools of a city for ``pupils`` registered pupils (about one school a 280)."""
    rng = random.Random(seed)  # noqa: S311
    codes = _Codes()
    schools: list[SchoolPlan] = []
    extra = max(0, pupils // 280 - 2 * len(districts))
    for index, (division, name) in enumerate(districts):
        rural = index >= len(districts) - 3
        primaries = 1 + extra // (2 * len(districts)) + (1 if index < extra // 2 % len(districts) else 0)
        juniors = 1 + extra // (4 * len(districts))
        names = rng.sample(_PRIMARY_NAMES, min(primaries, len(_PRIMARY_NAMES)))
        for number in range(primaries):
            label = names[number % len(names)] + ("" if number < len(names) else f"第{number // len(names) + 1}")
            schools.append(
                SchoolPlan(
                    codes.take(division, 21), f"{_short(name)}{label}小学", "primary", division, ("primary",), 1.0
                )
            )
        for number in range(juniors):
            label = rng.choice(_JUNIOR_NAMES) + (f"第{number + 1}" if number else "")
            schools.append(
                SchoolPlan(codes.take(division, 31), f"{_short(name)}{label}中学", "junior", division, ("junior",), 1.2)
            )
        if rural:
            schools.extend(_township(codes, division, _short(name)))
    schools.extend(_special_cases(codes, districts, schools))
    return CityPlan(districts, tuple(schools))


def _township(codes: _Codes, division: str, short: str) -> list[SchoolPlan]:
    """A township: a central school with three teaching points, and a village school it acts for."""
    central = codes.take(division, 22)
    points = (
        SitePlan("河东教学点", "teaching_point"),
        SitePlan("石桥教学点", "teaching_point"),
        SitePlan("沙洲教学点", "teaching_point"),
    )
    return [
        SchoolPlan(central, f"{short}青溪镇中心小学", "primary", division, ("primary",), 0.9, sites=points),
        SchoolPlan(
            codes.take(division, 23),
            f"{short}青溪镇柳塘村小学",
            "primary",
            division,
            ("primary",),
            0.3,
            central_school=central,
        ),
    ]


def _special_cases(
    codes: _Codes, districts: tuple[tuple[str, str], ...], schools: list[SchoolPlan]
) -> list[SchoolPlan]:
    """One of each remaining kind of clause A1."""
    first, second, third = districts[0], districts[1], districts[2]
    host = next(s for s in schools if s.district == third[0] and s.kind == "primary")
    return [
        SchoolPlan(
            codes.take(CITY_CODE, 31),
            "南京市求真完全中学（初中部）",
            "complete_secondary",
            first[0],
            ("junior",),
            1.0,
            is_city_school=True,
        ),
        SchoolPlan(
            codes.take(CITY_CODE, 34),
            "南京市晨光九年一贯制学校",
            "nine_year",
            second[0],
            ("primary", "junior"),
            0.8,
            is_city_school=True,
        ),
        SchoolPlan(
            codes.take(first[0], 34),
            f"{_short(first[1])}白鹭九年一贯制学校",
            "nine_year",
            first[0],
            ("primary", "junior"),
            0.8,
        ),
        SchoolPlan(
            codes.take(second[0], 51),
            f"{_short(second[1])}启明特殊教育学校",
            "special",
            second[0],
            ("primary", "junior"),
            0.15,
        ),
        SchoolPlan(
            codes.take(second[0], 24),
            f"{_short(second[1])}百合实验小学",
            "primary",
            second[0],
            ("primary",),
            0.6,
            ownership="private",
        ),
        SchoolPlan(
            codes.take(third[0], 25),
            f"{_short(third[1])}新芽民工子女学校",
            "migrant",
            third[0],
            ("primary",),
            0.5,
            ownership="private",
        ),
        SchoolPlan(
            codes.take(third[0], 26),
            f"{_short(third[1])}蒲公英民工子女学校",
            "migrant",
            third[0],
            ("primary",),
            0.2,
            ownership="private",
            is_approved=False,
            host=host.code,
        ),
    ]
