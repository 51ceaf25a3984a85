"""From the files of ``rulebooks/`` to layers: read, checked, compared with the layers above.

Pure: no database. ``load_layers`` raises one :class:`RulebookError` with all that
is wrong, each with file and line.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from .checks import CHECKS, OWN_CHECKS
from .layering import check_periods, merge, partial_of
from .messages import sentence
from .schema import PAGE_PARTS, PARTS, LayerFile, Part
from .source import At, Fault, RulebookError, Source, read_yaml

__all__ = [
    "Fault",
    "Layer",
    "Layers",
    "RulebookError",
    "check_part",
    "default_folder",
    "digest_of",
    "fold_parts",
    "layers_from_values",
    "load_layers",
]

LEVELS = ("province", "city", "district")
HEAD = "rulebook"


def default_folder() -> Path:
    """The rulebooks that come with the program: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parents[2]
    beside = package.parent / "rulebooks"
    return beside if beside.is_dir() else package / "rulebooks"


@dataclass(frozen=True)
class Layer:
    """One layer: its head and its parts as written (``raw``) and as typed (a lower layer's keys may be missing)."""

    head: LayerFile
    parts: Mapping[str, Part]
    raw: Mapping[str, Any]

    @cached_property
    def versions(self) -> Mapping[str, str]:
        """Digest of each part, of its canonical JSON."""
        return {name: digest_of(value) for name, value in self.raw.items()}


@dataclass(frozen=True)
class Layers:
    """All layers of a folder, upper ones first."""

    layers: tuple[Layer, ...] = ()
    notes: tuple[Fault, ...] = field(default=(), compare=False)

    def by_code(self, code: str) -> Layer:
        """A layer by its code."""
        return next(layer for layer in self.layers if layer.head.code == code)

    def chain(self, district: str | None) -> tuple[Layer, ...]:
        """The layers that hold for a district (division code), or for the city as such."""
        return tuple(
            layer for layer in self.layers if layer.head.layer != "district" or layer.head.division == district
        )

    @cached_property
    def version(self) -> str:
        """Digest over all parts of all layers."""
        return digest_of({layer.head.code: dict(layer.versions) for layer in self.layers})


def digest_of(value: Any) -> str:
    """SHA-256 of the canonical JSON of a value, as hexadecimal text."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def plain(value: Any) -> Any:
    """A parsed YAML value as JSON: dates become text."""
    return json.loads(json.dumps(value, ensure_ascii=False, default=str))


def load_layers(folder: Path | None = None, city: str | None = None) -> Layers:
    """The layers under a folder ``<level>/<code>/`` that hold for a city; RulebookError with every fault found.

    ``city``: the code of the city's layer (the default one where several stand there); its province and its districts
    come with it.
    """
    root = folder or default_folder()
    faults: list[Fault] = []
    found: list[Layer] = []
    heads = sorted(root.glob(f"*/*/{HEAD}.yaml"), key=lambda path: (_rank(path), path.as_posix()))
    if not heads:
        raise RulebookError([Fault(".", 1, f"{root.name} 下没有规则（应有 province/…/rulebook.yaml）")])
    heads = _of_city(heads, city)
    for path in heads:
        layer = _read_layer(path.parent, root, found, faults)
        if layer is not None:
            found.append(layer)
    if faults:
        raise RulebookError(faults)
    return Layers(tuple(found))


def _of_city(heads: list[Path], city: str | None) -> list[Path]:
    """The heads of one city's layer, of the one above it and of those below it."""
    said = {path: _glance(path) for path in heads}
    cities = [path for path in heads if path.parent.parent.name == "city"]
    if len(cities) < 2 and city is None:
        return heads
    chosen = [path for path in cities if (path.parent.name == city if city else said[path].get("default"))]
    if len(chosen) != 1:
        known = "、".join(path.parent.name for path in cities)
        raise RulebookError([Fault("city", 1, f"没有确定用哪一套市级规则，可用：{known}")])
    code = chosen[0].parent.name
    return [
        path
        for path in heads
        if path == chosen[0]
        or (path.parent.parent.name == "province" and path.parent.name == said[chosen[0]].get("above"))
        or said[path].get("above") == code
    ]


def _glance(path: Path) -> dict[str, Any]:
    """A head's own words before they are checked; nothing where it cannot be read (that is told later)."""
    try:
        found = read_yaml(path, path.parent).value
    except RulebookError:
        return {}
    return found if isinstance(found, dict) else {}


def _parts_of(folder: Path, root: Path, base: str | None, faults: list[Fault]) -> dict[str, Source]:
    """The sources of a layer's parts by name, those of the layer it is based on under what it says itself."""
    found: dict[str, Source] = {}
    if base is not None:
        head = _glance(folder.parent / base / f"{HEAD}.yaml")
        found = _parts_of(folder.parent / base, root, head.get("based_on"), faults)
    for path in sorted(folder.glob("*.yaml")):
        if path.stem == HEAD:
            continue
        if path.stem not in PARTS or path.stem in PAGE_PARTS:
            known = "、".join(name for name in PARTS if name not in PAGE_PARTS)
            faults.append(Fault(path.relative_to(root).as_posix(), 1, f"不认识的文件，可用：{known}"))
            continue
        try:
            source = read_yaml(path, root)
            if path.stem == "codes":
                read_code_tables(source, folder, root)
            for more in sorted((folder / path.stem).glob("*.yaml")):  # changes/suspension.yaml …
                source.take(read_yaml(more, root), path.stem)
        except RulebookError as error:
            faults.extend(error.faults)
            continue
        if path.stem in found:
            found[path.stem].overlay(source)
        else:
            found[path.stem] = source
    return found


def layers_from_values(rows: Iterable[tuple[str, str, Any]]) -> Layers:
    """Layers from stored values (layer, part, value): the same checks as for files, without lines."""
    values: dict[str, dict[str, Any]] = {}
    for layer, part, value in rows:
        values.setdefault(layer, {})[part] = value
    faults: list[Fault] = []
    heads = {code: LayerFile.model_validate(parts[HEAD]) for code, parts in values.items()}
    found: list[Layer] = []
    for code in sorted(heads, key=lambda code: (LEVELS.index(heads[code].layer), code)):
        upper = [layer.parts for layer in found if layer.head.layer != heads[code].layer]
        parts = {
            name: check_part(name, Source(f"{code}/{name}", value), upper, faults)
            for name, value in sorted(values[code].items())
            if name != HEAD
        }
        typed = {name: part for name, part in parts.items() if part is not None}
        found.append(Layer(heads[code], typed, dict(sorted(values[code].items()))))
    if faults:
        raise RulebookError(faults)
    return Layers(tuple(found))


def _rank(path: Path) -> int:
    level = path.parent.parent.name
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)


def _read_layer(folder: Path, root: Path, above: list[Layer], faults: list[Fault]) -> Layer | None:
    try:
        source = read_yaml(folder / f"{HEAD}.yaml", root)
    except RulebookError as error:
        faults.extend(error.faults)
        return None
    head = _typed(LayerFile, source, faults)
    if head is None:
        return None
    _check_head(head, folder, source, above, faults)
    parts: dict[str, Part] = {}
    raw: dict[str, Any] = {HEAD: plain(source.value)}
    upper = [layer for layer in above if layer.head.layer != head.layer]
    for name, source in sorted(_parts_of(folder, root, head.based_on, faults).items()):
        part = check_part(name, source, [layer.parts for layer in upper], faults)
        if part is not None:
            parts[name], raw[name] = part, plain(source.value)
    return Layer(head, parts, raw)


def _typed(model: type[Part], source: Source, faults: list[Fault]) -> Any:
    try:
        return model.model_validate(source.value)
    except ValidationError as error:
        faults.extend(source.fault(_place(found["loc"]), sentence(found)) for found in error.errors())
        return None


def _place(loc: Iterable[str | int]) -> At:
    return tuple(loc)


def _check_head(head: LayerFile, folder: Path, source: Source, above: list[Layer], faults: list[Fault]) -> None:
    if head.code != folder.name:
        faults.append(source.fault(("code",), f"code 应与文件夹名“{folder.name}”相同"))
    if head.layer != folder.parent.name:
        faults.append(source.fault(("layer",), f"layer 应与所在文件夹“{folder.parent.name}”相同"))
    expected = {"province": None, "city": "province", "district": "city"}[head.layer]
    known = {layer.head.code for layer in above if layer.head.layer == expected}
    if expected is None and head.above is not None:
        faults.append(source.fault(("above",), "省级规则之上没有别的规则"))
    if expected is not None and head.above not in known:
        faults.append(source.fault(("above",), f"没有上一层规则“{head.above}”"))


def check_part(name: str, source: Source, upper: list[Mapping[str, Part]], faults: list[Fault]) -> Part | None:
    """A part of a layer, typed and compared with the same part of the layers above (upper ones first)."""
    model = PARTS[name]
    before = len(faults)

    def report(at: At, message: str) -> None:
        faults.append(source.fault(at, message))

    above = fold_parts([parts[name] for parts in upper if name in parts])
    part = _typed(model if above is None else partial_of(model), source, faults)
    if part is None:
        return None
    for key in type(part).model_fields:
        items = getattr(part, key)
        if isinstance(items, tuple) and items and isinstance(items[0], Part):
            check_periods(items, (key,), report)
    for check in OWN_CHECKS.get(name, ()):
        check(part, report)
    whole = part if above is None else merge(above, part, (), report)
    for check_whole in CHECKS.get(name, ()):
        check_whole(whole, part, report)
    return part if len(faults) == before else None


def fold_parts(parts: list[Part]) -> Part | None:
    """One part of several layers, upper ones first, merged (already checked: nothing is reported)."""
    if not parts:
        return None
    merged = parts[0]
    for lower in parts[1:]:
        merged = merge(merged, lower, (), lambda at, message: None)
    return merged


COLUMNS = ("code", "name_zh", "name_en", "standard", "certainty")


def read_code_tables(source: Source, folder: Path, root: Path) -> None:
    """Put the rows of ``codes/<table>.csv`` into the parsed ``codes.yaml``; every file must be named there."""
    tables = source.value.get("tables") or []
    named = [table.get("table") for table in tables if isinstance(table, dict)]
    faults = [
        Fault(path.relative_to(root).as_posix(), 1, "codes.yaml 里没有列出这张代码表")
        for path in sorted((folder / "codes").glob("*.csv"))
        if path.stem not in named
    ]
    for index, table in enumerate(tables):
        if not isinstance(table, dict):
            continue
        path = folder / "codes" / f"{table.get('table')}.csv"
        if not path.is_file():
            faults.append(source.fault(("tables", index), f"没有代码表文件 codes/{path.name}"))
            continue
        table["rows"] = _read_rows(path, root, faults)
    if faults:
        raise RulebookError(faults)


def _read_rows(path: Path, root: Path, faults: list[Fault]) -> list[dict[str, Any]]:
    name = path.relative_to(root).as_posix()
    rows: list[dict[str, Any]] = []
    seen: dict[str, int] = {}
    with path.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.DictReader(handle)
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        unknown = [column for column in reader.fieldnames or () if column not in (*COLUMNS, "aliases", "retired")]
        if missing or unknown:
            lacks, extra = "、".join(missing) or "无", "、".join(unknown) or "无"
            faults.append(Fault(name, 1, f"表头不对：缺少 {lacks}，多出 {extra}"))
            return rows
        for line in reader:
            at = reader.line_num
            if not line["code"] or not line["name_zh"] or not line["certainty"]:
                faults.append(Fault(name, at, "code、name_zh、certainty 三列都要填"))
                continue
            for text in {line["code"], *(alias for alias in (line.get("aliases") or "").split("|") if alias)}:
                if text in seen:
                    faults.append(Fault(name, at, f"“{text}”与第 {seen[text]} 行重复"))
                seen[text] = at
            row: dict[str, Any] = {"code": line["code"], "name": line["name_zh"], "certainty": line["certainty"]}
            if line["standard"]:
                row["standard"] = line["standard"]
            if line.get("aliases"):
                row["aliases"] = str(line["aliases"]).split("|")
            if line.get("retired"):
                row["retired"] = True
            rows.append(row)
    return rows
