"""docs/procedures.md: every kind of change as the rulebook and ``pure/procedures`` have it.

``python -m xueji.config.procedures > docs/procedures.md``. It refuses to be made while a kind lacks steps, days,
evidence, limits, basis, certainty or what it writes (issue "Every change of status", Shows 1).
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Final

from xueji.ground.parameters.build import rulebook_from_files
from xueji.pure.kernel import operations
from xueji.pure.kernel.rulebook import ChangeKind, Party, Rulebook, Step
from xueji.pure.kernel.types import Role
from xueji.pure.procedures.frame import procedures
from xueji.pure.procedures.roster_limits import ANSWERED

#: The day whose rulebook is described.
AS_OF: Final = date(2008, 11, 3)
_PACKAGE: Final = "xueji.pure.procedures"
#: What an operation's class is called in the journal.
_OPERATIONS: Final = {
    name: found.op for name, found in vars(operations).items() if inspect.isclass(found) and hasattr(found, "op")
}
_ROLES: Final = {
    Role.REGISTRAR: "学籍管理员",
    Role.PROOFREADER: "校对",
    Role.DEPUTY_HEAD: "分管校长",
    Role.CLERK: "经办人",
    Role.HEAD: "负责人",
}
_PARTIES: Final = {
    Party.APPLICANT: "申报单位",
    Party.BUREAU_OF_APPLICANT: "其主管教育局",
    Party.OTHER: "对方学校",
    Party.BUREAU_OF_OTHER: "对方主管教育局",
}
_CORRECTS: Final = 7  # the place of ``corrects`` among the arguments of ``Planned``
_STATUS: Final = ("in_school", "suspended", "dropped_out", "abroad")


class Incomplete(ValueError):
    """A kind lacks something; the message names kind and lack."""


def written_by(kind: str) -> tuple[str, ...]:
    """The operations that a kind's procedure can write, read off its source: ``set_spell(status)`` …"""
    found = procedures().get(kind)
    if found is not None:
        module, start = found.plan.__module__, found.plan.__qualname__.split(".")[0]
    else:
        module, start = _home_of(kind), kind
    names: dict[str, None] = {}
    for node in _reached(module, start):
        names.update(dict.fromkeys(_operations_in(node)))
    return tuple(names)


def _home_of(kind: str) -> str:
    """The module of the package that has a function of the kind's name; the kind's own where none has."""
    package = importlib.import_module(_PACKAGE)
    for info in pkgutil.iter_modules(package.__path__):
        if not info.ispkg and kind in _functions(f"{_PACKAGE}.{info.name}"):
            return f"{_PACKAGE}.{info.name}"
    return f"{_PACKAGE}.{kind}"


@cache
def _source(module: str) -> ast.Module | None:
    try:
        return ast.parse(inspect.getsource(importlib.import_module(module)))
    except ModuleNotFoundError:
        return None


@cache
def _functions(module: str) -> dict[str, ast.FunctionDef]:
    tree = _source(module)
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)} if tree else {}


@cache
def _imported(module: str) -> dict[str, tuple[str, str]]:
    """Names that a module takes from its neighbours: name → (module, name there)."""
    tree = _source(module)
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for node in (tree.body if tree else ())
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(_PACKAGE)
        for alias in node.names
    }


def _reached(module: str, start: str) -> Iterator[ast.FunctionDef]:
    """The function and all of the package that it names, directly or through others."""
    seen: set[tuple[str, str]] = set()
    waiting = [(module, start)]
    while waiting:
        place = waiting.pop()
        if place in seen:
            continue
        seen.add(place)
        function = _functions(place[0]).get(place[1])
        if function is None:
            continue
        yield function
        names = [node.id for node in ast.walk(function) if isinstance(node, ast.Name)]
        waiting += [_imported(place[0]).get(name, (place[0], name)) for name in names]


def _operations_in(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and _takes_a_place(node):
            yield "corrects"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _OPERATIONS:
            name = _OPERATIONS[node.func.id]
            if name == "set_spell" and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
                yield f"{name}({node.args[1].value!s})"
            else:
                yield name


def _takes_a_place(call: ast.Call) -> bool:
    """Whether a planned entry takes the place of another one."""
    by_place = isinstance(call.func, ast.Name) and call.func.id == "Planned" and len(call.args) >= _CORRECTS
    return by_place or any(keyword.arg == "corrects" for keyword in call.keywords)


def lacks(change: ChangeKind) -> list[str]:
    """What a kind that can be lodged lacks, in English words; empty where nothing."""
    found = []
    steps = [step for way in change.variants.values() for step in way]
    if not steps:
        found.append("steps")
    if any(step.days is None for step in steps):
        found.append("days")
    to_bureau = any(step.at in (Party.BUREAU_OF_APPLICANT, Party.BUREAU_OF_OTHER) for step in steps)
    if to_bureau and not change.bulk and not change.evidence:
        found.append("evidence")
    if to_bureau and not change.limits and change.kind in procedures():
        found.append("limits")
    if not written_by(change.kind):
        found.append("operations")
    found += [name for name in ("basis", "certainty") if not getattr(change, name)]
    if any(not limit.basis for limit in change.limits):
        found.append("basis of a limit")
    if change.bulk and any(limit.kind not in ANSWERED for limit in change.limits):
        found.append("somebody who evaluates its limits")
    known = procedures().get(change.kind)
    if known is not None and not known.own_service and not change.group:
        found.append("group")
    return found


def document(book: Rulebook) -> str:
    """The page. Raises :class:`Incomplete`."""
    missing = [
        f"{kind}: {', '.join(lack)}" for kind, one in book.changes.items() if not one.forbidden and (lack := lacks(one))
    ]
    missing += [f"{kind}: no values in changes.yaml" for kind in procedures() if kind not in book.changes]
    if missing:
        raise Incomplete("; ".join(missing))
    lodged = sorted((one for one in book.changes.values() if not one.forbidden), key=lambda one: one.kind_no)
    lines = [
        "# Procedures",
        "",
        f"Made by `python -m xueji.config.procedures` from `pure/procedures` and the rulebook of {AS_OF}.",
        "",
        "## Status of a registration",
        "",
        *_diagram(lodged),
        "",
        "## Kinds",
        "",
        "| 编号 | 变动 | kind | 原状态 | 变后 | 生效 | 步骤数 | 写入 |",
        "|---|---|---|---|---|---|--:|---|",
        *(_row(one) for one in lodged),
        "",
    ]
    for one in lodged:
        lines += _chapter(one)
    forbidden = [one for one in book.changes.values() if one.forbidden]
    if forbidden:
        lines += ["## 不能办理", ""]
        lines += [f"* **{one.title}** `{one.kind}`：{one.forbidden}（{one.basis}）" for one in forbidden]
        lines += [""]
    return "\n".join(lines)


def _diagram(kinds: list[ChangeKind]) -> list[str]:
    """A Mermaid state diagram of the statuses; what begins or ends a registration goes from or to the outside."""
    lines = ["```mermaid", "stateDiagram-v2"]
    for one in kinds:
        written = written_by(one.kind)
        # What restates an entry (corrects) opens nothing that was not open.
        begins = "open_registration" in written and "corrects" not in written
        ends = "close_registration" in written and "corrects" not in written
        from_status = one.from_status or (() if begins else _STATUS)
        if begins and not ends:
            lines.append(f"    [*] --> {one.to_status or 'in_school'}: {one.title}")
        elif ends and not begins:
            lines += [f"    {status} --> [*]: {one.title}" for status in from_status]
        elif one.to_status and "set_spell(status)" in written:
            lines += [f"    {status} --> {one.to_status}: {one.title}" for status in from_status]
        elif one.from_status:
            lines += [f"    {status} --> {status}: {one.title}" for status in one.from_status]
    return [*lines, "```"]


def _row(one: ChangeKind) -> str:
    steps = "/".join(str(len(way)) for way in one.variants.values())
    status = "、".join(one.from_status) or "—"
    return (
        f"| {one.kind_no} | {one.title} | `{one.kind}` | {status} | {one.to_status or '—'} | {one.effective} |"
        f" {steps} | {', '.join(f'`{name}`' for name in written_by(one.kind))} |"
    )


def _chapter(one: ChangeKind) -> list[str]:
    lines = [f"### {one.kind_no} {one.title} `{one.kind}`", "", f"依据：{one.basis}。把握：{one.certainty}。", ""]
    for variant, steps in one.variants.items():
        lines += [f"走法 `{variant}`：" if variant else "步骤：", *_steps(steps), ""]
    if one.asks:
        lines += [
            "申请表：" + "；".join(f"{ask.label}{'' if ask.required else '（可不填）'}" for ask in one.asks) + "。",
            "",
        ]
    papers = "；".join(
        f"{paper.title}{'' if paper.required else '（可不交）'}（{paper.basis or '无'}）" for paper in one.evidence
    )
    lines += [f"材料：{papers or '不需要'}。", ""]
    if one.paper_entry or one.no_paper_entry:
        lines += [f"系统停用后凭纸质材料补录：{'可以' if one.paper_entry else f'不可以（{one.no_paper_entry}）'}。", ""]
    for limit in one.limits:
        kind = "不得办理" if limit.severity == "error" else "须写明理由"
        value = f" {limit.params['value']}" if "value" in limit.params else ""
        lines.append(f"* 限制 `{limit.code}`（`{limit.kind}`{value}，{kind}）：{limit.message}（{limit.basis}）")
    if one.limits:
        lines.append("")
    lines += [f"写入：{', '.join(f'`{name}`' for name in written_by(one.kind))}。", ""]
    return lines


def _steps(steps: tuple[Step, ...]) -> list[str]:
    lines = ["", "| 步骤 | 谁 | 单位 | 阶段期限（工作日） | 比对 |", "|---|---|---|--:|---|"]
    return lines + [
        f"| {step.title} | {_ROLES.get(step.role, step.role.value)} | {_PARTIES[step.at]} | {step.days}"
        f" | {'是' if step.register_check else ''} |"
        for step in steps
    ]


def main() -> None:
    """Write the page to standard output."""
    sys.stdout.write(document(rulebook_from_files(AS_OF)))


if __name__ == "__main__":
    main()
