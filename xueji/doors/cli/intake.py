"""``xueji intake``: the roster's workbook: template, check, lodge. Decides nothing; the room ``intake`` does."""

from __future__ import annotations

from pathlib import Path

import click

from xueji.doors.cli.frame import emit, json_option, ready, say
from xueji.pure.kernel.types import Refused

_kind = click.option(
    "--kind", required=True, type=click.Choice(["opening", "entrants"]), help="opening 建档，entrants 新生入学"
)
_school = click.option("--school", "code", required=True, metavar="CODE", help="学校代码（11 位）")
_file = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
_SIGNS = {"error": "错误", "query": "疑问", "note": "提示"}


@click.group("intake", help="花名册：下载模板、检查、提交")
def command() -> None:
    """Commands about rosters."""


@command.command("template", help="生成本校的名册模板")
@_kind
@_school
@click.option("-o", "target", required=True, type=click.Path(path_type=Path, dir_okay=False), help="写到哪个文件")
def template(kind: str, code: str, target: Path) -> None:
    """Writes the workbook for a school to fill."""
    ready()
    from xueji.doors.cli.actors import registrar_of
    from xueji.ground.accounts.context import acting
    from xueji.registry.intake import selectors

    with acting(registrar_of(code)) as actor:
        _, data = selectors.template(actor.organisation, kind)
    try:
        target.write_bytes(data)
    except OSError:
        raise Refused("cli.file", f"无法写入 {target}，请换一个位置或文件名。") from None
    say(f"已写到 {target}。")


@command.command("check", help="检查名册，列出全部问题，不写入任何内容")
@_file
@_kind
@_school
@json_option
def check(file: Path, kind: str, code: str, as_json: bool) -> None:
    """Prints rows, clean, findings. Nothing is kept of the file."""
    data = _bytes(file)
    ready()
    from xueji.doors.cli.actors import registrar_of
    from xueji.ground.accounts.context import acting
    from xueji.registry.intake.services import look_at

    with acting(registrar_of(code)) as actor:
        result = look_at(actor=actor, school=actor.organisation, kind=kind, data=data)
        answer = result.as_json()
    lines = [f"共 {result.rows} 行，没有错误的 {result.clean} 行。"]
    lines += [f"{_SIGNS[one['severity']]}：{one['message']}" for one in answer["findings"]]
    emit(answer, as_json=as_json, text="\n".join(lines))


@command.command("lodge", help="提交名册：有错误就整份不收，没有错误就成为一份申请")
@_file
@_kind
@_school
@json_option
def lodge(file: Path, kind: str, code: str, as_json: bool) -> None:
    """Prints application, state, rows, findings; exit 2 where the roster was refused."""
    data = _bytes(file)
    ready()
    from xueji.doors.cli.actors import registrar_of
    from xueji.ground.accounts.context import acting
    from xueji.registry.intake.services import lodge_workbook

    with acting(registrar_of(code)) as actor:
        outcome = lodge_workbook(actor=actor, school=actor.organisation, kind=kind, data=data, file_name=file.name)
    if outcome.state == "refused":
        text = "名册有错误，整份没有提交。请改正后再提交：\n" + "\n".join(
            one.message for one in outcome.findings if one.severity == "error"
        )
    else:
        again = "这份名册以前已经提交过，" if outcome.already_lodged else ""
        text = f"{again}申请编号 {outcome.application}，共 {outcome.rows} 行。"
    emit(outcome.as_json(), as_json=as_json, text=text)
    if outcome.state == "refused":
        raise click.exceptions.Exit(2)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        raise Refused("cli.file", f"无法读取文件 {file}，请核对位置和名称。") from None
