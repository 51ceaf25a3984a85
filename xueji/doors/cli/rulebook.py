"""``xueji rulebook check`` and ``load``: reading the files of the rulebook, and bringing them into force."""

from __future__ import annotations

from pathlib import Path

import click

from xueji.doors.cli.frame import emit, json_option, ready, say


@click.group("rulebook", help="规则册：检查、载入")
def command() -> None:
    """The group."""


@command.command("check", help="检查规则册的文件，错误写明文件和行")
@click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
@json_option
def check(folder: Path | None, as_json: bool) -> None:
    """Read all layers; exit 2 with every fault when they cannot be loaded."""
    from xueji.ground.parameters.loader import RulebookError, load_layers

    try:
        layers = load_layers(folder)
    except RulebookError as error:
        faults = [{"file": f.file, "line": f.line, "message": f.message} for f in error.faults]
        emit({"valid": False, "faults": faults}, as_json=as_json, text="\n".join(map(str, error.faults)))
        raise SystemExit(2) from None
    names = [layer.head.name for layer in layers.layers]
    emit(
        {"valid": True, "version": layers.version, "layers": [layer.head.code for layer in layers.layers]},
        as_json=as_json,
        text="没有错误：" + "、".join(names),
    )


@command.command("load", help="载入规则册：有变动的部分记入学籍簿后生效")
@click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
@json_option
def load(folder: Path | None, as_json: bool) -> None:
    """Bring the layers into force in the home's register."""
    from xueji.ground.parameters.loader import RulebookError, load_layers

    try:
        layers = load_layers(folder)
    except RulebookError as error:
        say(str(error))
        raise SystemExit(2) from None
    ready()
    from xueji.ground.parameters.services import load_rulebooks

    emit(load_rulebooks, as_json=as_json)
    del layers
