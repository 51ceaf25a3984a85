"""学校基本情况: what a return says of the school itself, beside its figures (issue 4 "Content").

As far as the register knows: name, code, kind, who runs it, address, sites, bureau; classes by grade on the reference
date; posts with their holders. It stands in the return as it was made and is frozen with it, but outside its digest:
the digest covers what the journals give again, and who holds a post is in no journal. Of a bureau it is the sum of its
parts'.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl

from xueji.ground.accounts.selectors import ROLE_TITLES, holdings_of
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.kinds import SchoolKind, kind_name
from xueji.ground.organisations.models import Organisation, Relation
from xueji.pure.kernel.types import Role
from xueji.registry.snapshots.state import State

Information = dict[str, Any]
#: The posts of a school's registration work (clause A3).
POSTS = (Role.REGISTRAR, Role.PROOFREADER, Role.DEPUTY_HEAD)
_OPERATORS = {"public": "公办", "private": "民办"}
_SERVERS = (Relation.CENTRAL_SCHOOL, Relation.HOST)
_RELATED = (Relation.COMPETENT_BUREAU, Relation.DISTRICT, *_SERVERS)


def of_school(school: Organisation, state: State) -> Information:
    """What the register knows of a school on the day of ``state``: ``facts`` (label, value), ``classes``, ``staff``.

    ``classes``: stage, grade, how many, their pupils in class; ``staff``: role, how many hold it, how many of these
    are trained, names. A fixed number of queries.
    """
    related = organisations.relations_of(school.id, state.on)
    return {
        "facts": _facts(school, related, state.on),
        "kinds": {school.kind: 1},
        "classes": _classes(state),
        "staff": _staff(school, related, state.on),
    }


def of_parts(parts: Iterable[Mapping[str, Any]]) -> Information:
    """What the parts' information adds up to: schools by kind, classes by grade, posts held and trained."""
    kinds: Counter[str] = Counter()
    classes: dict[tuple[str, int], Counter[str]] = {}
    staff: dict[str, Counter[str]] = {}
    for part in parts:
        kinds.update(part.get("kinds", {}))
        for line in part.get("classes", ()):
            cell = classes.setdefault((line["stage"], line["grade"]), Counter())
            cell.update(classes=line["classes"], pupils=line["pupils"])
        for line in part.get("staff", ()):
            staff.setdefault(line["role"], Counter()).update(held=line["held"], trained=line["trained"])
    in_order = ((grade, stage) for stage, grade in classes)
    return {
        "facts": [
            ("学校", f"{kinds.total()} 所"),
            *((kind.label, f"{kinds[kind]} 所") for kind in SchoolKind if kind in kinds),
        ],
        "kinds": dict(kinds),
        "classes": [{"stage": stage, "grade": grade, **classes[stage, grade]} for grade, stage in sorted(in_order)],
        "staff": [{"role": role.value, "names": [], "acts_for": "", **staff[role]} for role in POSTS if role in staff],
    }


def _facts(school: Organisation, related: Mapping[str, Organisation], on: date) -> list[tuple[str, str]]:
    sites = [f"{site.name}（教学点）" if site.kind != "main" else site.name for site in organisations.sites(school.id)]
    approved = "未经批准" if school.fields.get("is_approved") is False else ""
    operator = _OPERATORS.get(str(school.fields.get("ownership", "")), "")
    facts = [
        ("学校名称", organisations.names([school.id], on).get(school.id, school.name)),
        ("学校代码", school.code),
        ("办学类型", kind_name(school.kind)),
        ("举办", "，".join(filter(None, (operator, approved)))),
        *((str(one.label), related[one].name if one in related else "") for one in _RELATED),
        ("学校地址", str(school.fields.get("address", ""))),
        ("校区（点）", "、".join(sites)),
    ]
    # What a school need not have is left out; what it should have and the register does not know is said.
    return [(label, value or "未登记") for label, value in facts if value or label == "学校地址"]


def _classes(state: State) -> list[dict[str, Any]]:
    seated = state.registered.filter(
        pl.col("class_group").is_not_null(), pl.col("presence") == "attending", pl.col("grade").is_not_null()
    )
    lines = seated.group_by("stage", "grade").agg(classes=pl.col("class_group").n_unique(), pupils=pl.len())
    return lines.sort("grade").select("stage", "grade", "classes", "pupils").to_dicts()


def _staff(school: Organisation, related: Mapping[str, Organisation], on: date) -> list[dict[str, Any]]:
    """The posts of the school itself, else of the school that acts for it (``acts_for``: its name)."""
    serving = [school, *(related[one] for one in _SERVERS if one in related)]
    held = [one for one in holdings_of([one.id for one in serving], on) if one.post.role in POSTS]
    lines = []
    for role in POSTS:
        by_place = [
            [one for one in held if (one.post.role, one.post.organisation_id) == (role, at.id)] for at in serving
        ]
        mine = next(filter(None, by_place), [])
        at = mine[0].post.organisation if mine else school
        lines.append(
            {
                "role": role.value,
                "held": len(mine),
                "trained": sum(1 for one in mine if one.trained_on),
                "names": [one.account.name for one in mine],
                "acts_for": "" if at.id == school.id else at.name,
            }
        )
    return lines


def role_title(role: str) -> str:
    """学籍管理员 …"""
    return ROLE_TITLES[Role(role)]
