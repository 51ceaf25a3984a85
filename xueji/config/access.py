"""The registry of who may see what (``access.yaml``), and docs/access.md made from it.

``python -m xueji.config.access > docs/access.md``
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from xueji.pure.kernel.types import Role

FILE: Final = Path(__file__).with_name("access.yaml")
GROUPS: Final = {
    "school": (Role.REGISTRAR, Role.PROOFREADER, Role.DEPUTY_HEAD),
    "bureau": (Role.CLERK, Role.HEAD),
    "research": (Role.RESEARCH,),
    "administrators": (Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.SYSTEM_ADMIN, Role.SOFTWARE_MAINTAINER),
}
SCOPES: Final = {
    "reach": "本单位及下级",
    "below": "本单位及下级",
    "own": "本单位",
    "self": "本人",
    "all": "全部",
    "none": "—",
}
ROLE_NAMES: Final = {
    Role.REGISTRAR: "学籍管理员",
    Role.PROOFREADER: "校对",
    Role.DEPUTY_HEAD: "分管校长",
    Role.CLERK: "经办人",
    Role.HEAD: "负责人",
    Role.RESEARCH: "教研",
    Role.SECURITY_ADMIN: "安全",
    Role.AUDIT_ADMIN: "审计",
    Role.SYSTEM_ADMIN: "系统",
    Role.SOFTWARE_MAINTAINER: "维护",
}


@dataclass(frozen=True, slots=True)
class AccessObject:
    """A class of data: its title and the scope of each role."""

    key: str
    title: str
    scope: Mapping[Role, str]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Registry:
    """What ``access.yaml`` says, each table, page and command with its object."""

    objects: Mapping[str, AccessObject]
    tables: Mapping[str, str]
    without_rows_security: Mapping[str, str]
    pages: Mapping[str, str]
    only: Mapping[str, frozenset[Role]]
    commands: Mapping[str, str]
    definers: Mapping[str, str]

    def roles_of_page(self, name: str) -> frozenset[Role]:
        """The roles to which a page says anything at all; KeyError for a page that is not classified."""
        found = self.objects.get(self.pages[name])
        roles = frozenset(Role)
        if found is not None:
            roles = frozenset(role for role, scope in found.scope.items() if scope != "none")
        return roles & self.only.get(name, roles)


def _scope(given: Mapping[str, str]) -> dict[Role, str]:
    scopes = {role: given[group] for group, roles in GROUPS.items() for role in roles}
    return {role: given.get(role.value, scope) for role, scope in scopes.items()}


def _roles(names: list[str]) -> frozenset[Role]:
    return frozenset(role for name in names for role in (GROUPS[name] if name in GROUPS else (Role(name),)))


def _by_name(grouped: Mapping[str, list[str]], what: str, known: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for heading, names in grouped.items():
        if heading not in known:
            raise ValueError(f"access.yaml: {what} stand under {heading}, which is no object")
        for name in names:
            if name in found:
                raise ValueError(f"access.yaml: {what} name {name} twice")
            found[name] = heading
    return found


@cache
def registry() -> Registry:
    """The registry; ValueError where a name stands twice or under an unknown object."""
    given: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    objects = {
        key: AccessObject(key, value["title"], _scope(value["scope"]), value.get("note", ""))
        for key, value in given["objects"].items()
    }
    known = set(objects)
    return Registry(
        objects,
        _by_name(given["tables"], "tables", known),
        given["without_rows_security"],
        _by_name(given["pages"], "pages", known | {"public", "signed_in"}),
        {name: _roles(groups) for name, groups in given["only"].items()},
        _by_name(given["commands"], "commands", known | {"installation"}),
        given["definers"],
    )


def document() -> str:
    """docs/access.md."""
    return "\n".join(_lines(registry())) + "\n"


def _lines(found: Registry) -> Iterator[str]:
    yield "# Who may see what"
    yield ""
    yield (
        "Made from `xueji/config/access.yaml` (`python -m xueji.config.access > docs/access.md`); "
        "`tests/test_access_*.py` hold it against the database, the addresses and the commands, both ways."
    )
    yield ""
    yield "Rows are held by row-level security in PostgreSQL, whatever page, command or export asks. "
    yield ""
    yield "## Role × object × scope"
    yield ""
    yield "| 对象 | " + " | ".join(ROLE_NAMES.values()) + " |"
    yield "|---|" + "---|" * len(ROLE_NAMES)
    for one in found.objects.values():
        yield f"| {one.title} | " + " | ".join(SCOPES[one.scope[role]] for role in ROLE_NAMES) + " |"
    yield ""
    for one in found.objects.values():
        if one.note:
            yield f"* {one.title}：{one.note}。"
    yield ""
    for title, names in (("Tables", found.tables), ("Pages and API", found.pages), ("Commands", found.commands)):
        yield f"## {title}"
        yield ""
        yield from _grouped(names, found)
        yield ""
    yield "## Tables without row-level security"
    yield ""
    yield from (f"* `{table}`: {reason}" for table, reason in found.without_rows_security.items())
    yield ""
    yield "## Functions with the owner's rights (SECURITY DEFINER)"
    yield ""
    yield from (f"* `{name}`: {reason}" for name, reason in found.definers.items())


_HEADINGS: Final = {
    "public": "登录之前",
    "signed_in": "已登录，只关本人或不涉及任何人",
    "installation": "由机器管理者运行",
}


def _grouped(names: Mapping[str, str], found: Registry) -> Iterator[str]:
    for heading in dict.fromkeys(names.values()):
        title = found.objects[heading].title if heading in found.objects else _HEADINGS[heading]
        yield f"* {title}: " + ", ".join(f"`{name}`" for name, under in names.items() if under == heading)


if __name__ == "__main__":
    sys.stdout.write(document())
