"""``xueji certificate batch``: a school's cards, a PDF a class, taken up again after a stop (clauses B2, B3)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from xueji.doors.cli.frame import emit, json_option, ready, say

if TYPE_CHECKING:
    from xueji.duties.certificates.models import BatchPart
    from xueji.duties.certificates.services import Progress
    from xueji.pure.kernel.types import Actor

#: Beside the PDFs: which batch the folder is of, so that the same command goes on with it.
NOTE = "batch.json"
_UNFIT = re.compile(r'[\\/:*?"<>|\s]+')


@click.command("batch", help="成批办理学生证：一校或几个班，按班写出拼版 PDF 和名单；中断后再次运行即接着办")
@click.option("--kind", required=True, help="种类：student_card（学生证）")
@click.option("--school", "code", required=True, metavar="CODE", help="11 位学校代码")
@click.option("--class", "classes", multiple=True, metavar="NAME", help="只办这个班，例如 三（2）班（可重复）")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, file_okay=False), help="写到这个文件夹")
@json_option
def batch(kind: str, code: str, classes: tuple[str, ...], output: Path, as_json: bool) -> None:
    """Prints ``{"batch","kind","school","pupils","cards","left_out","failed","classes"}``; of each class ``{"class",
    "state","cards","sheets","roll","passed_over","left_out":[{"registration_number","code","message"}]}``.

    A class whose files are there is passed over, so that a run that was killed goes on where it stopped.
    """
    ready()
    from xueji.doors.cli.actors import actor_for, organisation_by_code
    from xueji.duties.certificates import selectors, services
    from xueji.ground.accounts.context import acting, acting_system
    from xueji.pure.kernel.types import Role

    with acting_system():
        school = organisation_by_code(code)
    actor = actor_for((Role.REGISTRAR, Role.DEPUTY_HEAD), school.id)
    output.mkdir(parents=True, exist_ok=True)
    with acting(actor):
        made = _noted(output, kind, school.id)
        if made is None:
            groups = _groups(classes, school.id) if classes else ()
            made = services.order_batch(actor=actor, kind=kind, classes=groups)
    _note(output, made)
    progress = services.carry_out(actor=actor, batch=made, tell=_tell)
    with acting(actor):
        parts = selectors.batch_parts(made)
    told = [_write(actor, part, output) for part in parts]
    value = {
        "batch": made,
        "kind": kind,
        "school": code,
        "pupils": sum(part.pupils for part in parts),
        "cards": progress.cards,
        "left_out": progress.left_out,
        "failed": progress.failed,
        "classes": told,
    }
    text = f"{school.name}：{progress.cards} 张已写到 {output}，{progress.left_out} 人没有办理（见各班名单）。"
    if progress.failed:
        text += f"有 {progress.failed} 个班没有办成，排除原因后再次运行。"
    emit(value, as_json=as_json, text=text)


def _tell(progress: Progress) -> None:
    say(f"已办 {progress.done + progress.failed}/{progress.total} 个班，{progress.cards:,} 张")


def _noted(output: Path, kind: str, school: UUID) -> UUID | None:
    """The batch that the folder is of; None for an empty folder, or one of something else."""
    from xueji.duties.certificates import selectors

    try:
        known = UUID(json.loads((output / NOTE).read_text(encoding="utf-8"))["batch"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    found = selectors.batch(known)
    return known if found is not None and (found.kind, found.organisation) == (kind, school) else None


def _note(output: Path, batch: UUID) -> None:
    (output / NOTE).write_text(json.dumps({"batch": str(batch)}), encoding="utf-8")


def _groups(names: tuple[str, ...], school: UUID) -> list[UUID]:
    """The class groups of these shown names. ``Refused`` for a class that the school does not have."""
    from xueji.duties.certificates import selectors
    from xueji.pure.kernel.types import Refused

    known = selectors.classes_of(school)
    unknown = [name for name in names if name not in known]
    if unknown:
        offered = "、".join(known) or "（没有班级）"
        raise Refused("certificate.no_class", f"没有班级 {'、'.join(unknown)}。本校的班级：{offered}。")
    return [known[name] for name in names]


def _write(actor: Actor, part: BatchPart, output: Path) -> dict[str, Any]:
    """Write a class's files, unless they are there; each whole or not at all."""
    from xueji.duties.certificates import services
    from xueji.duties.certificates.rolls import open_left_out
    from xueji.ground.accounts.context import acting

    name = f"{part.row_no:02d}-{_UNFIT.sub('_', part.title)}"
    sheets, roll = output / f"{name}-拼版.pdf", output / f"{name}-名单.pdf"
    passed = part.state == "done" and roll.exists() and (sheets.exists() or not part.cards)
    with acting(actor):
        left_out = open_left_out(part)
        files = services.part_files(actor=actor, part=part.id) if part.state == "done" and not passed else None
        if files is not None:  # inside the transaction: what cannot be written is not in the log as printed
            if files.sheets is not None:
                _whole(sheets, files.sheets)
            _whole(roll, files.roll)
    there = part.state == "done"
    return {
        "class": part.title,
        "state": part.state,
        "cards": part.cards,
        "sheets": str(sheets) if there and part.cards else None,
        "roll": str(roll) if there else None,
        "passed_over": passed,
        "left_out": [{"registration_number": one.number, "code": one.code, "message": one.message} for one in left_out],
    }


def _whole(path: Path, content: bytes) -> None:
    partial = path.with_suffix(".part")
    partial.write_bytes(content)
    partial.replace(path)
