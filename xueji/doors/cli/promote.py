"""``xueji promote``: the yearly promotion of all schools of a bureau (domain.md §3.8), previewed or written."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from xueji.doors.cli.frame import emit, json_option, ready, say

if TYPE_CHECKING:
    from xueji.ground.organisations.models import Organisation
    from xueji.pure.kernel.types import Actor
    from xueji.registry.applications.previews import PromotionPreview
    from xueji.registry.applications.services.bulk import Progress

_TOLD_EVERY = 10  # schools between two lines of progress


@click.command("promote", help="升级：一个教育局所有学校成批确认；已确认的学校跳过，中断后可再次运行")
@click.option("--school-year", "school_year", type=int, required=True, metavar="YEAR", help="升入的学年，如 2008")
@click.option("--org", "code", required=True, metavar="CODE", help="教育局的区划代码，或一所学校的代码")
@click.option("--preview", "preview_only", is_flag=True, help="只看将会怎样，不写入")
@json_option
def command(school_year: int, code: str, preview_only: bool, as_json: bool) -> None:
    """Prints ``{"school_year","org","schools","cohorts","going_up","staying","exceptions","preview_seconds",
    "written","done","skipped","seconds"}``; with ``--preview`` the last four are left out."""
    ready()
    from xueji.ground.accounts.context import acting
    from xueji.ground.parameters.selectors import rulebook
    from xueji.pure.kernel.environment import today
    from xueji.registry.applications import previews
    from xueji.registry.applications.services import bulk

    place, head = place_and_head(code)
    begun = time.perf_counter()
    with acting(head):
        found = previews.preview_promotion(previews.schools_in(place.id), school_year, rulebook(today()))
        answer = {"school_year": school_year, "org": code, **_figures(found)}
    answer["preview_seconds"] = round(time.perf_counter() - begun, 2)
    if not preview_only:
        begun = time.perf_counter()
        with acting(head):
            run = bulk.begin_run(actor=head, kind="promotion", school_year=school_year, organisation=place.id)
        answer |= progress_words(bulk.carry_out(actor=head, run=run, tell=tell))
        answer["seconds"] = round(time.perf_counter() - begun, 2)
    emit(answer, as_json=as_json, text=_text(answer, preview_only))


def place_and_head(code: str) -> tuple[Organisation, Actor]:
    """The organisation of a code, and the head of the bureau that decides for it. Raises ``Refused``."""
    from xueji.doors.cli.actors import actor_for, organisation_by_code
    from xueji.ground.accounts.context import acting_system
    from xueji.ground.organisations import selectors as organisations
    from xueji.pure.kernel.types import Level, Refused, Role

    with acting_system():
        place = organisation_by_code(code)
        bureau = place.id if place.level != Level.SCHOOL else organisations.competent_bureau(place.id)
    if bureau is None:
        raise Refused("cli.no-bureau", f"{place.name}没有主管教育局，不能成批办理。")
    return place, actor_for(Role.HEAD, bureau)


def tell(progress: Progress) -> None:
    """A line of progress now and then."""
    if progress.done % _TOLD_EVERY == 0 or progress.done == progress.total:
        say(f"已办 {progress.done}/{progress.total} 所学校，写入 {progress.written:,} 条")


def progress_words(progress: Progress) -> dict[str, Any]:
    """What a run came to."""
    codes = codes_of([one.school for one in progress.skipped])
    return {
        "written": progress.written,
        "done": progress.done - len(progress.skipped),
        "skipped": [
            {"school": codes[one.school], "code": one.code, "message": one.message} for one in progress.skipped
        ],
    }


def codes_of(schools: list[UUID]) -> dict[UUID, str]:
    """The codes of schools."""
    from xueji.ground.accounts.context import acting_system
    from xueji.ground.organisations import selectors as organisations

    with acting_system():
        return {key: one.code for key, one in organisations.by_ids(schools).items()}


def _figures(found: PromotionPreview) -> dict[str, Any]:
    codes = codes_of([one.pupil.school for one in found.staying])
    exceptions = Counter(
        (codes[one.pupil.school], one.pupil.status, "placed" if one.to else "waits") for one in found.staying
    )
    waiting = found.unconfirmed
    return {
        "schools": len({line.school for line in waiting}),
        "cohorts": len(waiting),
        "going_up": sum(line.going_up for line in waiting),
        "staying": len(found.staying),
        "exceptions": [
            {"school": school, "status": status, "class": place, "pupils": count}
            for (school, status, place), count in sorted(exceptions.items())
        ],
    }


def _text(answer: dict[str, Any], preview_only: bool) -> str:
    from xueji.pure.kernel.school_year import school_year_name

    lines = [
        f"{school_year_name(answer['school_year'])} 学年升级：{answer['schools']} 所学校 {answer['cohorts']} 届未确认，"
        f"升级 {answer['going_up']:,} 人，不升级 {answer['staying']} 人（预览 {answer['preview_seconds']} 秒）"
    ]
    if not preview_only:
        lines.append(f"已确认 {answer['done']} 所学校，写入 {answer['written']:,} 条（{answer['seconds']} 秒）")
        lines += [f"  {one['school']} 未办：{one['message']}" for one in answer["skipped"]]
    return "\n".join(lines)
