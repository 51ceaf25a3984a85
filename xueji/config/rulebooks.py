"""At start-up: is the rulebook that is in force one that this version of the program can work with?

A demo home takes the program's files at once, since nobody decided on its rulebook. In any other home what
is in force is the bureau's decision: its values may differ from the files, but where the program asks for things that
it does not hold (a new setting, a new kind of change) start-up is refused with the command that loads them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from xueji.config.home import Home
from xueji.pure.kernel.types import Refused

_SEEN = "rulebook.json"
BASIS = "通知一.2"


def bring_into_step(home: Home) -> tuple[str, ...]:
    """Load the files into a demo home where they differ; what was loaded. Raises ``Refused`` (``rulebook.*``)."""
    from xueji.ground.parameters.selectors import current_version

    version = current_version("owner")
    if version is None:  # a new home: its set-up loads them
        return ()
    mark = {"files": _files_mark(), "version": version}
    seen = home.run / _SEEN
    if seen.exists() and json.loads(seen.read_text(encoding="utf-8")) == mark:
        return ()
    loaded = _load(home) if home.is_demo else _refuse_lacking()
    mark["version"] = current_version("owner") or version
    seen.write_text(json.dumps(mark), encoding="utf-8")
    return loaded


def _files_mark() -> str:
    """Changes when any file of the program's rulebooks or their schema does; cheap enough for every command."""
    from xueji.ground.parameters import schema
    from xueji.ground.parameters.loader import default_folder

    folders = (default_folder(), Path(schema.__file__).parent)
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.suffix in (".yaml", ".csv", ".py"))
    stats = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return hashlib.sha256(repr(stats).encode()).hexdigest()


def _stored() -> Mapping[str, Mapping[str, Any]]:
    from xueji.ground.parameters.selectors import parts_in_force

    return parts_in_force("owner")


def _files(stored: Mapping[str, Mapping[str, Any]]) -> Any:
    """The program's layers of the city whose rules are in force; None where it has none (a rulebook of one's own)."""
    from xueji.ground.parameters.loader import RulebookError, default_folder, load_layers
    from xueji.ground.parameters.selectors import city_layer

    city = city_layer(stored)
    if city is None or not (default_folder() / "city" / city).is_dir():
        return None
    try:
        return load_layers(None, city)
    except RulebookError as error:
        fault = error.faults[0]
        raise Refused(
            "rulebook.files", f"程序附带的规则册有错误（{fault}），请运行 xueji rulebook check。", BASIS
        ) from None


def _load(home: Home) -> tuple[str, ...]:
    from xueji.ground.accounts.context import acting_system, permit_system
    from xueji.ground.parameters.services import load_rulebooks

    layers = _files(_stored())
    if layers is None or _comes_by_package(home):
        return ()
    permit_system()
    try:
        with acting_system() as actor:
            return load_rulebooks(actor=actor, organisations=_bureaus(), layers=layers).loaded
    except Refused as refused:
        raise Refused(
            "rulebook.demo",
            f"演示目录 {home.path} 是用较早的规则册建立的，与程序现在的规则册接不上（{refused.message}）。"
            "请用 xueji demo --reset 重新建立；要先看看差在哪里，运行 xueji rulebook load。",
            BASIS,
        ) from None


def _comes_by_package(home: Home) -> bool:
    """Whether this is the node of a bureau below the city: what the city decides comes to it (ADR 0016)."""
    path = home.keys / "node.json"
    return path.exists() and json.loads(path.read_text(encoding="utf-8"))["level"] != "city"


def _bureaus() -> dict[str, UUID]:
    from xueji.ground.journals.models import Carried
    from xueji.ground.organisations import selectors as organisations

    city = organisations.city()
    if Carried.objects.exists():  # the districts keep their own layers, at their own nodes
        return {city.code: city.id}
    return {city.code: city.id} | {district.code: district.id for district in organisations.districts()}


def _refuse_lacking() -> tuple[str, ...]:
    from xueji.ground.parameters.loader import RulebookError
    from xueji.ground.parameters.past import lacking
    from xueji.ground.parameters.selectors import layers_in_force

    stored = _stored()
    try:
        layers_in_force("owner")
    except RulebookError as error:
        raise _outdated(str(error.faults[0].file)) from None
    layers = _files(stored)
    for layer in layers.layers if layers is not None else ():
        if layer.head.code not in stored:  # a layer whose bureau is not here
            continue
        missing = lacking(stored[layer.head.code], layer.raw)
        if missing is not None:
            raise _outdated(f"{layer.head.code}/{missing}")
    return ()


def _outdated(what: str) -> Refused:
    return Refused(
        "rulebook.outdated",
        f"程序需要的规则“{what}”还没有载入这个数据目录，暂不能使用。"
        "请由市教育局负责人运行：xueji --as 账号 rulebook load，载入后再启动。",
        BASIS,
    )
