"""Invented names, ID numbers, phones and addresses.

Every value is drawn from a seeded generator; no list of real persons exists anywhere. ID numbers carry the order
numbers from 999 downwards, which hardly a child of these birth years was given in practice, and a right check digit;
phones begin with the never-assigned 10x/11x/12x mobile prefixes.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date

from xueji.pure.kernel.resident_id import compose

# The hundred commonest surnames carry most of the weight, a few compound and rare ones the rest.
_COMMON = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田"
    "董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白"
    "邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_RARE = ("欧阳", "上官", "司马", "诸葛", "单", "仇", "区", "查", "尉迟", "䶮", "褚", "卜")
_GIVEN_MALE = (
    "伟强磊洋勇军杰涛超明刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林欢阳建峰轩博文昊天睿泽哲瀚晨逸子皓梓铭志恒嘉佳安"
)
_GIVEN_FEMALE = "芳娜敏静丽艳娟霞燕玲婷雪颖洁倩莹琳欣怡悦佳雨梦涵萱诗琪雅瑶思语晴妍若曦蕊彤月薇菲可馨紫嫣然依婉静宁安"
_STREETS = (
    "中山",
    "北京",
    "珠江",
    "长江",
    "汉中",
    "建宁",
    "热河",
    "瑞金",
    "草场门",
    "集庆",
    "龙蟠",
    "云锦",
    "雨花",
    "板桥",
    "文昌",
)
_ESTATES = ("翠竹", "月华", "银杏", "锦绣", "清江", "梅苑", "莲花", "香樟", "和园", "春晓", "金桥", "秋水")
_WORK = ("个体经营", "务农", "机械厂", "纺织厂", "运输公司", "建筑公司", "商店", "社区", "医院", "邮政", "食品厂", "")


@dataclass(frozen=True, slots=True)
class Name:
    text: str
    gender: str  # GB/T 2261.1: 1 male, 2 female


class Names:
    """A seeded source of invented persons."""

    def __init__(self, seed: int, top: int = 999) -> None:
        """``top``: the first (odd) order number, so that two sources never meet."""
        self._top = top
        self._random = random.Random(seed)  # noqa: S311
        self._orders: dict[tuple[str, date], int] = {}

    def gender(self) -> str:
        return "1" if self._random.random() < 0.53 else "2"

    def surname(self) -> str:
        if self._random.random() < 0.006:
            return self._random.choice(_RARE)
        # A rough Zipf: the head of the list is drawn far more often than its tail.
        return _COMMON[min(int(self._random.expovariate(1 / 22)), len(_COMMON) - 1)]

    def given(self, gender: str) -> str:
        pool = _GIVEN_MALE if gender == "1" else _GIVEN_FEMALE
        if self._random.random() < 0.12:
            return self._random.choice(pool)
        return self._random.choice(pool) + self._random.choice(pool)

    def child(self, gender: str, surname: str | None = None) -> str:
        return (surname or self.surname()) + self.given(gender)

    def id_number(self, division: str, born: date, gender: str) -> str:
        """An invented number: order digits of the day downwards from the top, odd for boys; never the same twice."""
        key = (division + gender, born)
        step = self._orders.get(key, 0)
        self._orders[key] = step + 1
        order = (self._top if gender == "1" else self._top - 1) - 2 * step
        return compose(division, born, order)

    def phone(self) -> str:
        return f"1{self._random.choice('012')}{self._random.randrange(10**9):09d}"

    def birthday(self, first: date, last: date) -> date:
        return date.fromordinal(self._random.randint(first.toordinal(), last.toordinal()))

    def address(self, district_name: str) -> str:
        return (
            f"{district_name}{self._random.choice(_STREETS)}路{self._random.randint(1, 399)}号"
            f"{self._random.choice(_ESTATES)}苑{self._random.randint(1, 30)}幢{self._random.randint(101, 1806)}室"
        )

    def workplace(self) -> str:
        return self._random.choice(_WORK)

    def chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def choice(self, values: list[str]) -> str:
        return self._random.choice(values)
