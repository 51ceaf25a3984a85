"""``xueji school``: the schools of this installation."""

from __future__ import annotations

import click

from xueji.doors.cli.frame import emit, json_option, ready


@click.group("school", help="学校与代码")
def command() -> None:
    """Commands about schools."""


@command.command("list", help="列出现有学校：代码、名称、类别、主管教育局")
@json_option
def list_schools(as_json: bool) -> None:
    """Prints ``[{"code","name","kind","bureau"}]``; ``bureau`` is the division code of the competent bureau."""
    ready()
    from xueji.doors.cli.actors import any_actor
    from xueji.ground.accounts.context import acting
    from xueji.ground.organisations.kinds import kind_name
    from xueji.ground.organisations.selectors import by_ids, competent_bureaus, schools

    with acting(any_actor()):
        found = list(schools())
        bureaus = competent_bureaus([school.id for school in found])
        names = by_ids(bureaus.values())
    rows = [
        {
            "code": school.code,
            "name": school.name,
            "kind": school.kind,
            "bureau": names[bureaus[school.id]].code if school.id in bureaus else None,
        }
        for school in found
    ]
    lines = [
        f"{row['code']}  {kind_name(str(row['kind']))}  {row['name']}（{row['bureau'] or '无主管'}）" for row in rows
    ]
    emit(rows, as_json=as_json, text="\n".join(lines) or "还没有学校。")
