"""``xueji graduate``: graduation and completion of a bureau's final grades (domain.md §3.3), previewed or decided."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from xueji.doors.cli.frame import emit, frame, json_option, ready
from xueji.doors.cli.promote import place_and_head, progress_words, tell

if TYPE_CHECKING:
    from xueji.ground.organisations.models import Organisation
    from xueji.pure.kernel.types import Actor
    from xueji.registry.applications.previews import LeavingPreview


@click.command("graduate", help="毕业与结业：批准一个教育局所有等待审批的学校名单；已办的跳过，中断后可再次运行")
@click.option("--school-year", "school_year", type=int, required=True, metavar="YEAR", help="毕业的学年，如 2007")
@click.option("--stage", type=click.Choice(["primary", "junior"]), default="primary", help="学段，默认小学")
@click.option("--org", "code", required=True, metavar="CODE", help="教育局的区划代码，或一所学校的代码")
@click.option("--preview", "preview_only", is_flag=True, help="只看将会怎样，不写入")
@click.option("--lodge", is_flag=True, help="演示数据目录：先以各校学籍管理员、分管校长的身份申报和审核，成绩都合格")
@json_option
def command(school_year: int, stage: str, code: str, preview_only: bool, lodge: bool, as_json: bool) -> None:
    """Prints ``{"school_year","stage","org","schools","waiting","graduating","completing","staying","reasons",
    "preview_seconds","written","done","skipped","seconds"}``; with ``--preview`` the last four are left out."""
    ready()
    from xueji.ground.accounts.context import acting
    from xueji.ground.parameters.selectors import rulebook
    from xueji.pure.kernel.environment import today
    from xueji.registry.applications import previews
    from xueji.registry.applications.services import bulk

    place, head = place_and_head(code)
    with acting(head):
        schools = previews.schools_in(place.id)
    if lodge:
        _lodge(schools, stage, school_year)
    begun = time.perf_counter()
    with acting(head):
        found = previews.preview_leaving(schools, stage, school_year, rulebook(today()), actor=head)
    answer = {"school_year": school_year, "stage": stage, "org": code, **_figures(found)}
    answer["preview_seconds"] = round(time.perf_counter() - begun, 2)
    if not preview_only:
        begun = time.perf_counter()
        came: dict[str, Any] = {"written": 0, "done": 0, "skipped": []}
        for scope, decider in _deciders(place, head):
            with acting(decider):
                run = bulk.begin_run(
                    actor=decider, kind="leaving", school_year=school_year, stage=stage, organisation=scope
                )
            words = progress_words(bulk.carry_out(actor=decider, run=run, tell=tell))
            came = {key: value + words[key] for key, value in came.items()}
        answer |= came | {"seconds": round(time.perf_counter() - begun, 2)}
    emit(answer, as_json=as_json, text=_text(answer, preview_only))


def _deciders(place: Organisation, head: Actor) -> list[tuple[UUID, Actor]]:
    """Who decides for which organisation's schools. Each bureau decides for its own; in a demo home all in turn."""
    from django.conf import settings

    from xueji.ground.accounts.context import acting_system
    from xueji.ground.accounts.selectors import holder
    from xueji.ground.organisations import selectors as organisations
    from xueji.pure.kernel.types import Level, Role

    found = [(place.id, head)]
    if place.level == Level.CITY and settings.XUEJI_DEMO and frame().login is None:
        with acting_system():
            heads = [(one.id, holder(one.id, Role.HEAD)) for one in organisations.districts()]
        found += [(bureau, actor) for bureau, actor in heads if actor is not None]
    return found


def _figures(found: LeavingPreview) -> dict[str, Any]:
    waiting = [line for line in found.lines if line.state == "waiting"]
    return {
        "schools": len(found.lines),
        "waiting": len(waiting),
        "graduating": sum(line.graduating for line in found.lines),
        "completing": sum(line.completing for line in found.lines),
        "staying": len(found.staying),
        "reasons": dict(sorted(Counter(found.staying.values()).items())),
    }


def _lodge(schools: list[UUID], stage: str, school_year: int) -> None:
    """The schools' own acts, by the holders of the posts: a demo home only."""
    from django.conf import settings

    from xueji.ground.accounts.context import acting, acting_system
    from xueji.ground.accounts.selectors import holder
    from xueji.pure.kernel.types import Refused, Role
    from xueji.registry.applications import services

    if not settings.XUEJI_DEMO or frame().login is not None:
        raise Refused(
            "cli.demo-only", "--lodge 只用于演示数据目录；平时由各校在“学籍”的“毕业与结业”页申报。", "通知一.3"
        )
    for school in schools:
        with acting_system():
            registrar, deputy = holder(school, Role.REGISTRAR), holder(school, Role.DEPUTY_HEAD)
        if registrar is None or deputy is None:
            continue
        try:
            with acting(registrar):
                lodged = services.lodge_leaving(actor=registrar, school=school, stage=stage, school_year=school_year)
        except Refused as refused:
            if refused.code in ("leaving_nobody", "already_lodged"):
                continue
            raise
        with acting(deputy):
            services.act(actor=deputy, application=lodged.application, act="decide")


def _text(answer: dict[str, Any], preview_only: bool) -> str:
    from xueji.pure.kernel.school_year import school_year_name

    years = school_year_name(answer["school_year"])
    lines = [
        f"{years} 学年毕业与结业：{answer['schools']} 所学校，其中 {answer['waiting']} 所等待审批；"
        f"毕业 {answer['graduating']:,} 人，结业 {answer['completing']:,} 人，不能办理 {answer['staying']:,} 人"
        f"（预览 {answer['preview_seconds']} 秒）"
    ]
    if not preview_only:
        lines.append(f"已批准 {answer['done']} 所学校 {answer['written']:,} 人（{answer['seconds']} 秒）")
        lines += [f"  {one['school']} 未办：{one['message']}" for one in answer["skipped"]]
    return "\n".join(lines)
