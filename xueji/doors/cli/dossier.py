"""``xueji record dossier`` and ``receive``: a pupil's signed dossier out, checked, and in (clause B3)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xueji.doors.cli.frame import emit, json_option, negative, ready
from xueji.doors.cli.key_files import read_key

if TYPE_CHECKING:
    from uuid import UUID

    from xueji.duties.dossiers.verification import Checked

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("dossier", help="导出一名学生的电子学籍档案（PDF，或含纯文本的压缩包）；--verify 核对一份档案")
@click.option("--number", "registration_number", metavar="N", help="19 位学籍号")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="写到这个文件：.pdf 或 .zip")
@click.option("--ground", default="按学籍号导出学籍档案", show_default=True, help="事由，记入查看与导出记录")
@click.option("--verify", "checked", type=_FILE, metavar="FILE", help="核对这份档案是否被改动、由谁签发")
@click.option("--public-key", type=_FILE, help="签发单位的公钥文件，离线核对")
@json_option
def dossier(
    registration_number: str | None,
    output: Path | None,
    ground: str,
    checked: Path | None,
    public_key: Path | None,
    as_json: bool,
) -> None:
    """Export prints ``{"registration_number","file","digest","pages"}``; in a demo home the keeper's registrar acts.
    ``--verify`` prints ``{"result","reason","places","key","issuer","issuer_code","name","registration_number"}``:
    exit 0 valid, 1 changed or signed by nobody that is trusted here."""
    if checked is not None:
        _verify(checked, public_key, as_json=as_json)
        return
    if registration_number is None or output is None:
        raise click.UsageError("请写明 --number 学籍号 和 -o 文件；核对档案用 --verify 文件。")
    ready()
    from xueji.doors.cli.actors import actor_for
    from xueji.doors.cli.attesting import known_number
    from xueji.duties.dossiers import services
    from xueji.ground.accounts.context import acting, acting_system
    from xueji.ground.disclosure.services import ground_for
    from xueji.ground.organisations import selectors as organisations
    from xueji.pure.kernel.types import Role
    from xueji.registry.register.models import Student

    known = known_number(registration_number)
    with acting_system():
        holder = Student.objects.filter(pk=known.student).values_list("holder", flat=True).first()
        keeper = organisations.keeper_of(organisations.by_id(holder or known.school)).id
    roles = (Role.REGISTRAR, Role.DEPUTY_HEAD, Role.CLERK, Role.HEAD)
    with acting(actor_for(roles, keeper)) as actor:
        made = services.export_dossier(
            actor=actor,
            student=known.student,
            ground=ground_for(ground),
            archive=output.suffix.lower() == ".zip",
        )
        output.write_bytes(made.content)
    value = {
        "registration_number": known.number,
        "file": str(output),
        "digest": made.digest,
        "pages": made.pages,
    }
    emit(value, as_json=as_json, text=f"已导出 {output}，{made.pages} 页，核对码 {made.digest[:16]}")


def _verify(path: Path, public_key: Path | None, *, as_json: bool) -> None:
    ready()
    from xueji.duties.dossiers.verification import Result, verify
    from xueji.ground.accounts.context import acting_system

    key = read_key(public_key, nodes=True) if public_key else None
    with acting_system():
        found = verify(path.read_bytes(), path.name, public_key=key)
    emit(_value(found), as_json=as_json, text=_sentence(found))
    if found.result is not Result.VALID:
        negative()


def _value(found: Checked) -> dict[str, Any]:
    origin = found.origin
    return {
        "result": found.result,
        "reason": found.reason,
        "places": list(found.places),
        "key": found.key,
        "issuer": origin.issuer if origin else None,
        "issuer_code": origin.issuer_code if origin else None,
        "name": origin.name if origin else None,
        "registration_number": origin.number if origin else None,
    }


def _sentence(found: Checked) -> str:
    words = {"valid": "有效", "changed": "被改动过", "untrusted": "签发单位未受信任"}[found.result]
    lines = [f"{words}。{found.reason}"]
    if found.origin:
        lines.append(
            f"{found.origin.name}，学籍号 {found.origin.number}，{found.origin.school}；{found.origin.issuer}签发"
        )
    return "\n".join(lines)


@click.command("receive", help="凭电子学籍档案办理转入：外地的提出外地转入，本市其他节点的提出跨区转学")
@click.argument("file", type=_FILE)
@click.option("--school", required=True, metavar="CODE", help="转入学校代码（11 位）")
@click.option("--grade", type=int, required=True, help="转入的年级，1 至 9")
@click.option("--class-no", type=int, required=True, help="转入的班号")
@click.option("--reason", default="", help="转学理由（跨区转学必写）")
@click.option(
    "--paper", "papers", multiple=True, metavar="KEY=FILE", help="其他材料，例如 move_proof=迁移证.pdf（可重复）"
)
@json_option
def receive(
    file: Path, school: str, grade: int, class_no: int, reason: str, papers: tuple[str, ...], as_json: bool
) -> None:
    """Prints ``{"way","application"|"transfer","state","registration_number","issuer_code","findings"}``; exit 1 where
    a rule speaks against it. ``way``: ``into_city`` (by the registrar) or ``between_nodes`` (by the bureau's head)."""
    ready()
    from xueji.doors.cli.actors import actor_for, organisation_by_code
    from xueji.duties.dossiers import taking
    from xueji.ground.accounts.context import acting, acting_system
    from xueji.ground.organisations import selectors as organisations
    from xueji.pure.kernel.types import Role
    from xueji.registry.intake.facts import context_for
    from xueji.registry.intake.headers import columns_of

    with acting_system():
        receiving = organisation_by_code(school).id
        codes = [
            column.code for column in columns_of(context_for(receiving, taking.INTO_CITY).catalogue, taking.INTO_CITY)
        ]
        incoming = taking.read_in(file.read_bytes(), file.name, columns=codes)
        elsewhere = taking.of_this_city(incoming.origin)
        bureau = organisations.competent_bureau(receiving)
    said = {"registration_number": incoming.origin.number, "issuer_code": incoming.origin.issuer_code}
    if elsewhere and bureau is not None:
        with acting(actor_for(Role.HEAD, bureau)) as actor:
            asked = taking.ask_other_node(
                actor=actor, incoming=incoming, class_group=_group(receiving, grade, class_no), reason=reason
            )
        value = {"way": "between_nodes", "transfer": asked.id, "state": asked.state, **said, "findings": []}
        emit(value, as_json=as_json, text=f"已向{incoming.origin.issuer}提出跨区转学，随下一个数据包送达。")
        return
    with acting(actor_for(Role.REGISTRAR, receiving)) as actor:
        made = taking.lodge_arrival(
            actor=actor,
            incoming=incoming,
            place={"grade": str(grade), "class_no": str(class_no)},
            papers=[_paper(one) for one in papers],
        )
    outcome = made.as_json()
    value = {"way": "into_city", **outcome, **said}
    lines = [one["message"] for one in outcome["findings"]]
    if outcome["application"] is None:
        emit(value, as_json=as_json, text="\n".join(["没有提交：", *lines]))
        negative()
    emit(value, as_json=as_json, text="\n".join([f"已提出外地转入 {outcome['application']}。", *lines]))


def _paper(text: str) -> tuple[str, str, bytes]:
    """``KEY=FILE``: the rulebook's key, the file's name and content."""
    key, _, name = text.partition("=")
    path = Path(name)
    if not path.is_file():
        raise click.BadParameter(f"读不到材料文件：{text}，请写成 材料=文件。")
    return key, path.name, path.read_bytes()


def _group(school: UUID, grade: int, class_no: int) -> UUID:
    from xueji.ground.organisations import selectors as organisations
    from xueji.ground.parameters.selectors import rulebook
    from xueji.pure.kernel.environment import today
    from xueji.pure.kernel.types import Refused

    found = organisations.class_groups_of_grade([school], grade, stages=rulebook(today()).stages)
    for one in found:
        if one.class_no == class_no:
            return one.id
    raise Refused("class_not_found", f"这所学校没有 {grade} 年级 {class_no} 班，请核对。")
