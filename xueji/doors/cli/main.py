"""The command ``xueji``: a table of subcommands, each loaded only when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from xueji.doors.cli.frame import Frame, say
from xueji.doors.cli.helping import speak_chinese
from xueji.doors.cli.usage import usage_words
from xueji.pure.kernel.types import Refused

# Name on the command line → module with ``command``, and a line for the overview.
COMMANDS: dict[str, tuple[str, str]] = {
    "intake": ("xueji.doors.cli.intake", "花名册：下载模板、检查、提交"),
    "application": ("xueji.doors.cli.application", "申请：校对、审定、审批、退回"),
    "as-of": ("xueji.doors.cli.as_of", "某一日的在籍人数"),
    "journal": ("xueji.doors.cli.journal", "学籍簿：核验、重建"),
    "return": ("xueji.doors.cli.returns", "集中上报"),
    "filing": ("xueji.doors.cli.filing", "报备：学校代码、学籍管理人员"),
    "snapshot": ("xueji.doors.cli.snapshot", "快照：某一日的学籍状态"),
    "promote": ("xueji.doors.cli.promote", "升级：一个教育局成批确认"),
    "graduate": ("xueji.doors.cli.graduate", "毕业与结业：一个教育局成批批准"),
    "school": ("xueji.doors.cli.school", "学校与代码"),
    "rulebook": ("xueji.doors.cli.rulebook", "规则册：检查、载入"),
    "remind": ("xueji.doors.cli.remind", "每日提醒"),
    "record": ("xueji.doors.cli.record", "学籍电子档案：建档情况、导出与接收"),
    "certificate": ("xueji.doors.cli.certificate", "证书与证明：出具、验印、作废、查验"),
    "node": ("xueji.doors.cli.node", "节点：建立"),
    "keys": ("xueji.doors.cli.keys", "节点密钥：查看、交换、更换、吊销"),
    "package": ("xueji.doors.cli.package", "数据包：导出、查看、导入、回执"),
    "reconcile": ("xueji.doors.cli.reconcile", "与另一节点核对"),
    "simulate": ("xueji.doors.cli.simulate", "模拟几个学年的学籍变动"),
    "demo": ("xueji.doors.cli.demo", "建立演示城市"),
}


class LazyGroup(click.Group):
    """Imports a subcommand's module when it is run, so that ``xueji --help`` is instant."""

    table: Mapping[str, tuple[str, str]] = COMMANDS

    def _present(self) -> dict[str, tuple[str, str]]:
        return {name: row for name, row in self.table.items() if find_spec(row[0]) is not None}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._present())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        row = self._present().get(cmd_name)
        if row is None:
            return None
        command = import_module(row[0]).command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("命令"):
            formatter.write_dl([(name, row[1]) for name, row in self._present().items()])


def build(extra: Mapping[str, tuple[str, str]]) -> click.Group:
    """The command line with the commands of the wiring (serve, backup…) added to the table."""
    speak_chinese()

    @click.group(
        cls=type("Xueji", (LazyGroup,), {"table": {**extra, **COMMANDS}}),
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    @click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="数据目录（或环境变量 XUEJI_HOME）")
    @click.option("--as", "login", help="以哪个账号办理")
    @click.pass_obj
    def xueji(frame: Frame, home: Path | None, login: str | None) -> None:
        """学籍：义务教育阶段学生学籍管理。"""
        frame.home = home
        frame.login = login

    return xueji


def run(group: click.Group, frame: Frame, arguments: list[str] | None = None) -> int:
    """Run the command line; the exit code. A refusal is a sentence on stderr, with its basis, and 2."""
    try:
        result: Any = group.main(args=arguments, prog_name="xueji", obj=frame, standalone_mode=False)
        return result if isinstance(result, int) else 0
    except Refused as refusal:
        say(f"{refusal.message}（依据：{refusal.basis}）" if refusal.basis else refusal.message)
        return 2
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.Abort:
        say("已中止。")
        return 2
    except click.ClickException as error:
        say(usage_words(error))
        return 2
