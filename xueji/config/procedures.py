"""docs/procedures.md: every kind of change as the rulebook and ``pure/procedures`` have it.

``python -m xueji.config.procedures > docs/procedures.md``. It refuses to be made while a kind lacks steps, days,
evidence, limits, basis, certainty or what it writes (issue "Every change of status", Shows 1).
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from collections.abc import Iterator
from datetime import date
from typing import Final

from xueji.ground.parameters.build import rulebook_from_files
from xueji.pure.kernel import operations
from xueji.pure.kernel.rulebook import ChangeKind, Party, Rulebook, Step
from xueji.pure.kernel.types import Role
from xueji.pure.procedures.frame import procedures

#: The day whose rulebook is described.
AS_OF: Final = date(2008, 11, 3)
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
_STATUS: Final = ("in_school", "suspended", "dropped_out", "abroad")


class Incomplete(ValueError):
    """A kind lacks something; the message names kind and lack."""


def written_by(kind: str) -> tuple[str, ...]:
    """The operations that a kind's procedure can write, read off its source: ``set_spell(status)`` …"""
    found = procedures().get(kind)
    if found is not None:
        module = importlib.import_module(found.plan.__module__)
        start = found.plan.__name__
    else:
        module = importlib.import_module(f"xueji.pure.procedures.{kind}")
        start = kind
    functions = {
        node.name: node for node in ast.parse(inspect.getsource(module)).body if isinstance(node, ast.FunctionDef)
    }
    names: dict[str, None] = {}
    for node in _reached(functions, start):
        names.update(dict.fromkeys(_operations_in(node)))
    if not names and hasattr(module, "roster_plan"):
        return written_by("enrolment")
    return tuple(names)


def _reached(functions: dict[str, ast.FunctionDef], start: str) -> Iterator[ast.FunctionDef]:
    """The function and those of its module that it names."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in functions:
            continue
        seen.add(name)
        yield functions[name]
        waiting += [node.id for node in ast.walk(functions[name]) if isinstance(node, ast.Name)]


def _operations_in(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _OPERATIONS:
            name = _OPERATIONS[node.func.id]
            if name == "set_spell" and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
                yield f"{name}({node.args[1].value!s})"
            else:
                yield name


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
        begins, ends = "open_registration" in written, "close_registration" in written
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
