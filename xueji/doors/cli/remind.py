"""``xueji remind``: the daily run of reminders, for a scheduler outside or by hand."""

from __future__ import annotations

import click

from xueji.doors.cli.frame import emit, json_option, ready


@click.command("remind", help="每日提醒：快到期、已逾期、未确认、缺材料的事项，各提醒一次")
@json_option
def command(as_json: bool) -> None:
    """Prints ``{"day", "counts": {reminder: matters newly said}, "notices": n}``; again on the same day all are 0."""
    ready()
    from xueji.duties.reminders.services import remind
    from xueji.ground.parameters import selectors as parameters

    found = remind()
    titles = {one.reminder: one.title for one in parameters.rulebook(found.day).reminders}
    lines = [f"{found.day}：新发出 {found.notices} 条提醒。"]
    lines += [f"  {titles[key]}：{count} 件" for key, count in found.matters.items() if count]
    value = {"day": found.day.isoformat(), "counts": dict(found.matters), "notices": found.notices}
    emit(value, as_json=as_json, text="\n".join(lines))
