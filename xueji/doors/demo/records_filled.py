"""Record items in the invented city: a class's marks and fitness, and one pupil's whole record, no section empty."""

from __future__ import annotations

import random
from uuid import UUID

from xueji.doors.demo.city import SchoolPlan
from xueji.doors.demo.rosters import Stage
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Role
from xueji.registry.record_items import services
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import Found

LAST_TERM, LAST_YEAR = "2007-spring", "2007"
_SEED = 2008
_SUBJECTS = ("character", "chinese", "mathematics", "english", "sports", "music", "art")
_LEVELS = ("优秀", "良好", "良好", "合格")
#: One pupil's own items: kind, time, parts as people type them.
_WHOLE: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("term_marks", "2007-autumn", {"chinese": "91", "mathematics": "95.5", "english": "88", "sports": "良好"}),
    ("term_report", LAST_TERM, {"conduct": "优秀", "absence": "1", "remark": "学习踏实，乐于助人，希望上课大胆发言。"}),
    ("development", LAST_YEAR, {
        "morality": "优秀", "learning": "优秀", "cooperation": "良好", "health": "良好", "beauty": "优秀",
    }),
    ("health_check", "2008-04-16", {
        "left_sight": "5.0", "right_sight": "4.9", "caries": "1", "place": "区疾病预防控制中心", "result": "正常",
    }),
    ("vaccination", "2007-11-20", {"vaccine": "乙肝疫苗（加强）", "dose": "4", "place": "社区卫生服务中心"}),
    ("award", "2008-06-20", {"title": "三好学生", "level": "校级", "given_by": "本校"}),
    ("punishment", "2008-03-12", {"punishment": "警告", "cause": "课间追逐，撞坏公物", "lifted_on": "2008-06-12"}),
    ("aid", LAST_YEAR, {"aid": "免学杂费", "amount": "280", "note": "两免一补"}),
    ("provincial_item", LAST_YEAR, {"title": "综合实践活动", "content": "参加区中小学生科技节，完成水质观察一项"}),
)  # fmt: skip


def fill(stage: Stage, school: SchoolPlan) -> str:
    """The marks and the fitness of a class, then all else of its first pupil; that pupil's name."""
    registrar = stage.founded.actor(school.code, Role.REGISTRAR)
    with acting(registrar):
        group = _class(registrar)
        draw = random.Random(_SEED)  # noqa: S311
        marks = {one.student: _marks(draw) for one in group}
        services.record_many(actor=registrar, kind="term_marks", on=LAST_TERM, typed=marks)
        fitness = {one.student: _fitness(draw) for one in group}
        services.record_many(actor=registrar, kind="fitness_test", on=LAST_YEAR, typed=fitness)
        first = group[0]
        for kind, on, parts in _WHOLE:
            services.record(actor=registrar, student=first.student, kind=kind, on=on, typed=parts)
    return first.name


def _class(registrar: Actor) -> list[Found]:
    """Of the first class, by its pupils' numbers, those who were there the year before."""
    classes: dict[UUID, list[Found]] = {}
    for one in sorted(register.roster(registrar.organisation, today()), key=lambda pupil: pupil.number):
        if one.class_group is not None and one.started_on.year == 2007:
            classes.setdefault(one.class_group, []).append(one)
    return next(iter(classes.values()))


def _marks(draw: random.Random) -> dict[str, str]:
    found = {subject: str(draw.randrange(120, 200) / 2) for subject in _SUBJECTS[:4]}
    return found | {subject: draw.choice(_LEVELS) for subject in _SUBJECTS[4:]}


def _fitness(draw: random.Random) -> dict[str, str]:
    return {
        "height": f"{draw.randrange(1180, 1500) / 10}",
        "weight": f"{draw.randrange(220, 450) / 10}",
        "vital_capacity": str(draw.randrange(900, 2400)),
        "score": str(draw.randrange(60, 100)),
        "level": draw.choice((*_LEVELS[:3], "及格")),
    }
