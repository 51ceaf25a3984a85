"""What a person reads who typed a command wrongly: click's own messages in Chinese, in one place."""

from __future__ import annotations

import re

import click
from click.exceptions import NoArgsIsHelpError

from xueji.doors.cli.helping import value_words

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_EXTRA = re.compile(r"unexpected extra arguments? \((.*)\)")


def usage_words(error: click.ClickException) -> str:
    """The sentence, and below it how the command is written. Messages of our own are Chinese already."""
    if isinstance(error, NoArgsIsHelpError):
        return str(error.format_message())
    lines = [_sentence(error)]
    ctx = getattr(error, "ctx", None)
    if ctx is not None:
        pieces = value_words(" ".join(ctx.command.collect_usage_pieces(ctx)))
        lines.append(f"写法：{ctx.command_path} {pieces}".rstrip())
        lines.append(f"说明：{ctx.command_path} --help")
    return "\n".join(lines)


def _sentence(error: click.ClickException) -> str:
    match error:
        case click.NoSuchOption():
            return f"没有“{error.option_name}”这个选项。{_perhaps(error.possibilities)}"
        case click.exceptions.NoSuchCommand():
            return f"没有“{error.command_name}”这个命令。{_perhaps(error.possibilities)}"
        case click.MissingParameter():
            return f"还缺少{_called(error).rstrip()}。{_expected(error.param)}"
        case click.BadParameter():
            return f"{_called(error)}的值不能用。{_expected(error.param) or _own(error.message)}"
        case click.BadOptionUsage():
            takes_none = "does not take" in error.message
            return f"选项 {error.option_name} 后面{'不' if takes_none else '要'}写值。"
        case click.FileError():
            return f"文件 {error.ui_filename} 打不开，请核对路径和权限。"
    return _general(error)


def _general(error: click.ClickException) -> str:
    extra = _EXTRA.search(error.message)
    if extra is not None:
        return f"多写了“{extra[1]}”，请去掉。"
    if error.message == "Missing command.":
        return "还缺少子命令。"
    return _own(error.message) or "命令的写法不对。"


def _own(message: str) -> str:
    return message if _CHINESE.search(message) else ""


def _perhaps(possibilities: list[str] | None) -> str:
    return f"您要的可能是：{'、'.join(possibilities)}。" if possibilities else ""


def _called(error: click.BadParameter) -> str:
    if error.param is None:
        return "参数"
    name = error.param.get_error_hint(error.ctx).replace("'", "")
    return f"选项 {name} " if isinstance(error.param, click.Option) else f"参数“{value_words(name)}”"


def _expected(param: click.Parameter | None) -> str:
    """What may stand there, as its type says."""
    match param.type if param is not None else None:
        case click.Choice() as choice:
            return f"可用的有：{'、'.join(str(one) for one in choice.choices)}。"
        case click.IntRange() as span:
            ends = [f"不小于 {span.min}" if span.min is not None else "", f"不大于 {span.max}" if span.max else ""]
            return f"应是{'、'.join(one for one in ends if one)} 的整数。"
        case click.types.IntParamType():
            return "应是整数。"
        case click.types.UUIDParameterType():
            return "应是申请的编号，例如 0190b2d4-7c1e-7f3a-9a52-3f4f0c1d2e3b。"
        case click.Path() as path:
            return _path(path)
    return ""


def _path(path: click.Path) -> str:
    if not path.dir_okay:
        return "应是已有的文件，不是文件夹。" if path.exists else "应是文件，不是文件夹。"
    return "应是文件夹，不是文件。" if not path.file_okay else "请核对路径。"
