"""``xueji as-of``: pupils registered and attending on a day, as known now or at an earlier cut."""

from __future__ import annotations

from datetime import date

import click

from xueji.doors.cli.frame import emit, json_option, ready, unreadable


@click.command("as-of", help="某一日的在籍、在校人数")
@click.argument("day", metavar="DATE")
@click.option("--known-at", "known_at", metavar="CUT", help="按以前某个截点所知（截点是以前查询结果中的 cut）")
@click.option("--school", "school_code", metavar="CODE", help="只数一所学校（11 位学校代码）")
@json_option
def command(day: str, known_at: str | None, school_code: str | None, as_json: bool) -> None:
    """Prints ``{"date","pupils","attending","cut","digest"}``; exit 2 before the base date."""
    try:
        on = date.fromisoformat(day)
    except ValueError:
        unreadable(f"“{day}”不是日期，请写成 2008-09-15。")
    ready()
    from xueji.doors.cli.actors import any_actor, organisation_by_code
    from xueji.ground.accounts.context import acting
    from xueji.registry.snapshots.selectors import as_of, cut_of
    from xueji.registry.snapshots.services import keep_cut

    with acting(any_actor()):
        school = organisation_by_code(school_code).id if school_code else None
        found = as_of(on, cut_of(known_at) if known_at else None, school)
        keep_cut(found.journals)
    result = {
        "date": found.date.isoformat(),
        "pupils": found.pupils,
        "attending": found.attending,
        "cut": found.cut,
        "digest": found.digest,
    }
    emit(
        result,
        as_json=as_json,
        text=f"{found.date}：在籍 {found.pupils} 人，在校 {found.attending} 人\n截点 {found.cut}\n摘要 {found.digest}",
    )
