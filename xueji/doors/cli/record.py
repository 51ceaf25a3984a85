"""``xueji record``: the electronic records of a school, and the signed dossiers that move with pupils (clause B3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from xueji.doors.cli.dossier import dossier, receive
from xueji.doors.cli.frame import emit, json_option, ready

if TYPE_CHECKING:
    from xueji.registry.register.selectors import Completeness


@click.group("record", help="学籍电子档案：建档情况，随人走的档案")
def command() -> None:
    """Commands about records."""


command.add_command(dossier)
command.add_command(receive)


@command.command("completeness", help="一所学校的建档情况：谁缺哪些项")
@click.option("--school", required=True, metavar="CODE", help="学校代码（11 位）")
@json_option
def completeness(school: str, as_json: bool) -> None:
    """Prints ``{"school","date","pupils","established","classes":[{"class","pupils","established","empty"}],
    "gaps":[{"registration_number","class","missing":[…],"wanting":[…]}]}``.

    ``missing``: parts of the minimal set, without which no paper is issued; ``wanting``: other needed fields;
    ``empty``: how many records hold nothing in a section that should hold something.
    """
    ready()
    from xueji.doors.cli.actors import actor_for, organisation_by_code
    from xueji.ground.accounts.context import acting, acting_system
    from xueji.ground.organisations.models import ClassGroup
    from xueji.ground.organisations.selectors import class_display_name
    from xueji.pure.kernel.types import Role
    from xueji.registry.register.selectors import completeness as read

    with acting_system():
        asked = organisation_by_code(school)
    with acting(actor_for((Role.REGISTRAR, Role.DEPUTY_HEAD), asked.id)):
        found = read(asked.id)
        wanted = [one.class_group for one in found.classes if one.class_group]
        groups = ClassGroup.objects.select_related("site").in_bulk(wanted)
        names = {key: class_display_name(group) for key, group in groups.items()}
    value = _value(school, found, names)
    emit(value, as_json=as_json, text=_text(asked.name, value))


def _value(school: str, found: Completeness, names: Mapping[Any, str]) -> dict[str, Any]:
    return {
        "school": school,
        "date": found.on,
        "pupils": found.pupils,
        "established": found.established,
        "classes": [
            {
                "class": names.get(one.class_group),
                "pupils": one.pupils,
                "established": one.established,
                "empty": dict(one.empty),
            }
            for one in found.classes
        ],
        "gaps": [
            {
                "registration_number": gap.pupil.number,
                "class": names.get(gap.pupil.class_group),
                "missing": list(gap.missing),
                "wanting": list(gap.wanting),
            }
            for gap in found.gaps
        ],
    }


def _text(school: str, value: dict[str, Any]) -> str:
    lines = [f"{school}：{value['pupils']} 人，已建档 {value['established']} 人"]
    lines += [
        f"{gap['registration_number'] or '（未编号）'}  {gap['class'] or '（未编班）'}  "
        + "；".join(
            f"{word}{'、'.join(gap[key])}" for key, word in (("missing", "缺："), ("wanting", "待补：")) if gap[key]
        )
        for gap in value["gaps"]
    ]
    return "\n".join(lines)
