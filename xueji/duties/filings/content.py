"""What a filing says: the rows that the system knows of a bureau's schools and of its hands."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from xueji.duties.filings.undertakings import signed_persons
from xueji.ground.accounts.selectors import ROLE_TITLES, holdings_of
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.kinds import kind_name
from xueji.ground.organisations.models import CodeState, Organisation, Stage
from xueji.pure.kernel.types import Role

Row = dict[str, str]
#: Kind → columns (key, heading), in the order of the official form.
COLUMNS: Final[Mapping[str, Sequence[tuple[str, str]]]] = {
    "school_codes": (
        ("code", "学校代码"),
        ("name", "学校名称"),
        ("kind", "类别"),
        ("stages", "学段"),
        ("state", "代码状态"),
        ("central", "中心校"),
    ),
    "roster": (
        ("code", "单位代码"),
        ("place", "单位"),
        ("role", "岗位"),
        ("stage", "学段"),
        ("name", "姓名"),
        ("since", "任职日期"),
        ("trained", "培训日期"),
        ("undertaking", "承诺书"),
    ),
}
#: What is in the roster: the posts of the register and the maintainers, not those that only look.
_POSTS: Final = frozenset(
    {Role.REGISTRAR, Role.PROOFREADER, Role.DEPUTY_HEAD, Role.CLERK, Role.HEAD, Role.SOFTWARE_MAINTAINER}
)
_STAGES: Final = {stage.value: str(stage.label) for stage in Stage}


def rows_of(kind: str, bureau: UUID, on: date) -> list[Row]:
    """The rows on a day; a fixed number of queries."""
    return _ROWS[kind](bureau, on)


def digest_of(rows: Sequence[Row]) -> str:
    """SHA-256 (hex) of the canonical rows."""
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _school_codes(bureau: UUID, on: date) -> list[Row]:
    schools = list(organisations.schools_of(bureau, on))
    central = organisations.related([one.id for one in schools], "central_school", on)
    names = organisations.names(central.values(), on)
    return [
        {
            "code": one.code,
            "name": one.name,
            "kind": kind_name(one.kind),
            "stages": _stages(one),
            "state": str(CodeState(one.code_state).label),
            "central": names.get(central[one.id], "") if one.id in central else "",
        }
        for one in schools
    ]


def _stages(one: Organisation) -> str:
    return "、".join(_STAGES[stage] for stage in organisations.stages_of(one))


def _roster(bureau: UUID, on: date) -> list[Row]:
    places = [bureau, *(one.id for one in organisations.schools_of(bureau, on))]
    held = [one for one in holdings_of(places, on) if Role(one.post.role) in _POSTS]
    signed = signed_persons({one.account_id for one in held})
    order = list(ROLE_TITLES)
    held.sort(
        key=lambda one: (len(one.post.organisation.code), one.post.organisation.code, order.index(Role(one.post.role)))
    )
    return [
        {
            "code": one.post.organisation.code,
            "place": one.post.organisation.name,
            "role": ROLE_TITLES[Role(one.post.role)],
            "stage": _STAGES.get(one.post.stage, ""),
            "name": one.account.name,
            "since": one.started_on.isoformat(),
            "trained": one.trained_on.isoformat() if one.trained_on else "",
            "undertaking": "已签" if one.account_id in signed else "",
        }
        for one in held
    ]


_ROWS: Final[Mapping[str, Callable[[UUID, date], list[Row]]]] = {"school_codes": _school_codes, "roster": _roster}


def findings_of(kind: str, rows: Sequence[Row]) -> list[str]:
    """What the bureau should look at before it files: sentences; none stands in the way."""
    if kind == "school_codes":
        drafted = [row["name"] for row in rows if row["state"] == CodeState.DRAFTED.label]
        return [f"{len(drafted)} 所学校的代码还是拟编，市局确认后即为确定：{_some(drafted)}。"] if drafted else []
    found = []
    untrained = [row["name"] for row in rows if not row["trained"] and row["role"] == ROLE_TITLES[Role.REGISTRAR]]
    if untrained:
        found.append(f"{len(untrained)} 名学籍管理员没有培训日期：{_some(untrained)}。")
    unsigned = [row["name"] for row in rows if not row["undertaking"]]
    if unsigned:
        found.append(f"{len(unsigned)} 人还没有登记保密承诺书：{_some(unsigned)}。")
    return found


def _some(names: Sequence[str]) -> str:
    return "、".join(names[:5]) + ("等" if len(names) > 5 else "")
