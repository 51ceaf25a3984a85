"""Reading a YAML file of the rulebook with the line of every value.

An official who edits a file must be told where it is wrong: each fault names
file and line (issue 2 "Rulebook").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml

#: The parser in C reads a city's rulebook in a tenth of the time; where PyYAML came without it, the one in Python.
_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

#: Where a value stands: keys and list positions from the top of the file.
At: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with the rulebook: file (relative to the rulebook's folder), line (1-based), Chinese sentence."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file} 第 {self.line} 行：{self.message}"


class RulebookError(ValueError):
    """A rulebook that cannot be loaded; ``faults`` lists all that is wrong."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


@dataclass(slots=True)
class Source:
    """A parsed file: plain values, and the line of each."""

    file: str
    value: Any
    lines: dict[At, int] = field(default_factory=dict)
    origins: dict[At, str] = field(default_factory=dict)  # files of items that another file added

    def line(self, at: At) -> int:
        """The line of a value; of the nearest value around it where it has none of its own."""
        while at not in self.lines and at:
            at = at[:-1]
        return self.lines.get(at, 1)

    def fault(self, at: At, message: str) -> Fault:
        """A fault at a value."""
        origin = next((file for place, file in self.origins.items() if at[: len(place)] == place), self.file)
        return Fault(origin, self.line(at), message)

    def take(self, other: Source, key: str) -> None:
        """Append the items of the list ``key`` of another file; each keeps its file and line."""
        mine = self.value.setdefault(key, [])
        first = len(mine)
        for index, item in enumerate(other.value.get(key) or ()):
            mine.append(item)
            self.origins[(key, first + index)] = other.file
        for at, line in other.lines.items():
            if len(at) > 1 and at[0] == key and isinstance(at[1], int):
                self.lines[(key, first + at[1], *at[2:])] = line

    def overlay(self, own: Source) -> None:
        """Say the same as another file, but for what ``own`` says otherwise.

        An item of a list that names an item of this one (by kind, code, key …) changes the keys it gives; one that
        names none is added; any other value takes the place of this one's.
        """
        for key, value in own.value.items():
            mine = self.value.get(key)
            if not isinstance(value, list) or not isinstance(mine, list):
                self.value[key] = value
                self._take_place(own, (key,), (key,))
                continue
            places = {_named(item): index for index, item in enumerate(mine)}
            for index, item in enumerate(value):
                found = places.get(_named(item)) if _named(item) else None
                if found is None:
                    mine.append(item)
                    found = len(mine) - 1
                else:
                    mine[found] = {**mine[found], **item}
                self._take_place(own, (key, index), (key, found))

    def _take_place(self, own: Source, there: At, here: At) -> None:
        self.origins[here] = own.file
        for at, line in own.lines.items():
            if at[: len(there)] == there:
                self.lines[(*here, *at[len(there) :])] = line


_NAMES = ("kind", "code", "key", "table", "ledger", "reminder", "round", "term")


def _named(item: Any) -> tuple[Any, ...]:
    """By what an item of a list is known, () where it has no name."""
    if not isinstance(item, dict):
        return ()
    return tuple((name, item[name]) for name in _NAMES if name in item)[:1]


def read_yaml(path: Path, root: Path) -> Source:
    """The file at ``path``; RulebookError with the line where it is no YAML or names a key twice."""
    name = path.relative_to(root).as_posix()
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=_PARSER)
    except UnicodeDecodeError:
        raise RulebookError([Fault(name, 1, "文件不是 UTF-8 编码，请另存为 UTF-8")]) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise RulebookError([Fault(name, line, f"写法有误，无法读出（{error.problem}）")]) from None
    source = Source(name, None)
    faults: list[Fault] = []
    loader = yaml.SafeLoader("")
    try:
        source.value = {} if node is None else _plain(node, (), source, loader, faults)
    finally:
        loader.dispose()
    if faults:
        raise RulebookError(faults)
    return source


def _plain(node: yaml.Node, at: At, source: Source, loader: yaml.SafeLoader, faults: list[Fault]) -> Any:
    source.lines[at] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        found: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = str(loader.construct_object(key_node, deep=True))
            if key in found:
                faults.append(Fault(source.file, key_node.start_mark.line + 1, f"“{key}”写了两次，请只留一处"))
            found[key] = _plain(value_node, (*at, key), source, loader, faults)
            source.lines[(*at, key)] = key_node.start_mark.line + 1
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*at, index), source, loader, faults) for index, item in enumerate(node.value)]
    try:
        return loader.construct_object(node, deep=True)
    except ValueError:
        shown = node.value if isinstance(node, yaml.ScalarNode) else node.tag
        faults.append(Fault(source.file, source.lines[at], f"“{shown}”应是日期，写成 2008-09-15"))
        return None
