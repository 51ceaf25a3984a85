"""``xueji certificate batch``: a school's cards, a PDF a class, or a bureau's diplomas, a PDF a school; taken up again
after a stop (clauses B2, B3, C2)."""

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


@click.command("batch", help="成批办理：一校的学生证，或一个教育局各校的毕业证书；中断后再次运行即接着办")
@click.option("--kind", required=True, help="种类：student_card（学生证）、graduation_certificate（毕业证书）等")
@click.option("--school", "schools", multiple=True, metavar="CODE", help="11 位学校代码；打印证书时可重复，不写为全部")
@click.option("--bureau", metavar="CODE", help="教育局的 6 位区划代码：成批打印所属学校已验印的证书")
@click.option("--year", type=click.IntRange(1990, 2100), help="毕业年份，不写为今年（成批打印证书）")
@click.option("--class", "classes", multiple=True, metavar="NAME", help="只办这个班，例如 三（2）班（可重复；学生证）")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, file_okay=False), help="写到这个文件夹")
@json_option
def batch(
    kind: str,
    schools: tuple[str, ...],
    bureau: str | None,
    year: int | None,
    classes: tuple[str, ...],
    output: Path,
    as_json: bool,
) -> None:
    """Of a school (``--school``): ``{"batch","kind","school","pupils","cards","left_out","failed","classes"}``; of each
    class ``{"class","state","cards","sheets","roll","passed_over","left_out":[{"registration_number","code",
    "message"}]}``. Of a bureau (``--bureau``): with ``"bureau","year","schools"`` instead, of each school the same with
    ``"school"`` instead of ``"class"``; ``cards`` counts papers.

    A part whose files are there is passed over, so that a run that was killed goes on where it stopped.
    """
    if bureau is None and len(schools) != 1:
        raise click.UsageError("请用 --school 写明一所学校（学生证），或用 --bureau 写明教育局（证书）。")
    if bureau is not None and classes:
        raise click.UsageError("--class 只用于一所学校的学生证。")
    ready()
    from xueji.doors.cli.actors import actor_for, organisation_by_code
    from xueji.duties.certificates import selectors, services
    from xueji.ground.accounts.context import acting, acting_system
    from xueji.pure.kernel.environment import today
    from xueji.pure.kernel.types import Role

    with acting_system():
        named = [organisation_by_code(code) for code in schools]
        place = organisation_by_code(bureau) if bureau is not None else named[0]
    roles = (Role.CLERK, Role.HEAD) if bureau is not None else (Role.REGISTRAR, Role.DEPUTY_HEAD)
    actor = actor_for(roles, place.id)
    leaving = (year or today().year) if bureau is not None else None
    output.mkdir(parents=True, exist_ok=True)
    with acting(actor):
        made = _noted(output, kind, place.id, leaving)
        if made is None and leaving is not None:
            made = services.order_diplomas(actor=actor, kind=kind, year=leaving, schools=[one.id for one in named])
        elif made is None:
            groups = _groups(classes, place.id) if classes else ()
            made = services.order_batch(actor=actor, kind=kind, classes=groups)
    _note(output, made)
    progress = services.carry_out(actor=actor, batch=made, tell=lambda now: _tell(now, leaving is not None))
    with acting(actor):
        parts = selectors.batch_parts(made)
    told = [_write(actor, part, output, "class" if leaving is None else "school") for part in parts]
    value = {
        "batch": made,
        "kind": kind,
        **({"school": schools[0]} if leaving is None else {"bureau": bureau, "year": leaving}),
        "pupils": sum(part.pupils for part in parts),
        "cards": progress.cards,
        "left_out": progress.left_out,
        "failed": progress.failed,
        "classes" if leaving is None else "schools": told,
    }
    text = f"{place.name}：{progress.cards} 份已写到 {output}，{progress.left_out} 人没有办理（原因用 --json 列出）。"
    if progress.failed:
        text += f"有 {progress.failed} 个{_UNITS[leaving is not None]}没有办成，排除原因后再次运行。"
    emit(value, as_json=as_json, text=text)


_UNITS = ("班", "学校")


def _tell(progress: Progress, of_bureau: bool) -> None:
    say(f"已办 {progress.done + progress.failed}/{progress.total} 个{_UNITS[of_bureau]}，{progress.cards:,} 份")


def _noted(output: Path, kind: str, place: UUID, leaving: int | None) -> UUID | None:
    """The batch that the folder is of; None for an empty folder, or one of something else."""
    from xueji.duties.certificates import selectors

    try:
        known = UUID(json.loads((output / NOTE).read_text(encoding="utf-8"))["batch"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    found = selectors.batch(known)
    if found is None or (found.kind, found.organisation, found.leaving_year) != (kind, place, leaving):
        return None
    return known


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


def _write(actor: Actor, part: BatchPart, output: Path, place: str) -> dict[str, Any]:
    """Write the files of a class or school, unless they are there; each whole or not at all."""
    from xueji.duties.certificates import services
    from xueji.duties.certificates.rolls import open_left_out
    from xueji.ground.accounts.context import acting

    name = f"{part.row_no:02d}-{_UNFIT.sub('_', part.title)}"
    words = ("拼版", "名单") if place == "class" else ("证书", "花名册")
    sheets, roll = (output / f"{name}-{word}.pdf" for word in words)
    there = part.state == "done" and (place == "class" or part.cards > 0)  # of no papers there is no roll for the stamp
    passed = there and roll.exists() and (sheets.exists() or not part.cards)
    with acting(actor):
        left_out = open_left_out(part)
        files = services.part_files(actor=actor, part=part.id) if there and not passed else None
        if files is not None:  # inside the transaction: what cannot be written is not in the log as printed
            if files.sheets is not None:
                _whole(sheets, files.sheets)
            _whole(roll, files.roll)
    return {
        place: part.title,
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
