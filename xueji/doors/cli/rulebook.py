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
@click.option("--city", metavar="CODE", help="市级规则的代号，例如 nanjing-2014")
@json_option
def check(folder: Path | None, city: str | None, as_json: bool) -> None:
    """Read all layers; exit 2 with every fault when they cannot be loaded."""
    from xueji.ground.parameters.loader import RulebookError, load_layers

    try:
        layers = load_layers(folder, city)
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
@click.option("--city", metavar="CODE", help="市级规则的代号；不写就用正在使用的那一套")
@json_option
def load(folder: Path | None, city: str | None, as_json: bool) -> None:
    """Bring the layers into force in the home's register; those of the city's layer that is in force already."""
    from xueji.ground.parameters.loader import RulebookError, load_layers

    ready()
    try:
        layers = load_layers(folder, city or _in_force())
    except RulebookError as error:
        say(str(error))
        raise SystemExit(2) from None
    from xueji.doors.cli.actors import actor_for
    from xueji.ground.accounts.context import acting, acting_system
    from xueji.ground.organisations import selectors as organisations
    from xueji.ground.parameters.services import load_rulebooks
    from xueji.pure.kernel.types import Role

    with acting_system():
        bureau = organisations.city()
        bureaus = {bureau.code: bureau.id} | {district.code: district.id for district in organisations.districts()}
    with acting(actor_for(Role.HEAD, bureau.id)) as actor:
        done = load_rulebooks(actor=actor, organisations=bureaus, layers=layers)
    words = [f"已生效：{'、'.join(done.loaded) or '没有变动'}"]
    if done.skipped:
        words.append(f"系统里没有对应的教育局，未载入：{'、'.join(done.skipped)}")
    emit(done, as_json=as_json, text="\n".join(words))


def _in_force() -> str | None:
    """The code of the city's layer that is in force; None before the first load."""
    from xueji.ground.accounts.context import acting_system
    from xueji.ground.parameters.selectors import city_layer, parts_in_force

    with acting_system():
        return city_layer(parts_in_force())
