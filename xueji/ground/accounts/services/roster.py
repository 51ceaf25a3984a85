"""The roster of annex 1 (学籍管理人员汇总表): one workbook makes accounts, posts and activation slips."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from xueji.ground.accounts.models import Account, PostHolding
from xueji.ground.accounts.selectors import ROLE_TITLES, jurisdiction
from xueji.ground.accounts.services.accounts import Slip, open_accounts
from xueji.ground.accounts.services.authority import keeps, require_keeper
from xueji.ground.accounts.services.posts import ROLES_AT, PostDraft, open_posts
from xueji.ground.accounts.services.roster_file import RosterRow, read_roster
from xueji.ground.organisations.models import Organisation
from xueji.ground.organisations.selectors import by_codes
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Finding, Level, Role, Severity

__all__ = ["RosterOutcome", "RosterRow", "admit_roster", "read_roster"]

#: Letters of a log-in name after the organisation's code.
_LETTERS: Final = {
    Role.REGISTRAR: "xj",
    Role.PROOFREADER: "jd",
    Role.DEPUTY_HEAD: "fg",
    Role.CLERK: "jb",
    Role.HEAD: "fz",
    Role.RESEARCH: "jy",
    Role.SECURITY_ADMIN: "aq",
    Role.AUDIT_ADMIN: "sj",
    Role.SYSTEM_ADMIN: "xt",
    Role.SOFTWARE_MAINTAINER: "wh",
}


@dataclass(frozen=True, slots=True)
class RosterOutcome:
    """What came of a roster: ``slips`` for new accounts; with an error among ``findings`` nothing was written."""

    rows: int
    slips: tuple[Slip, ...]
    findings: tuple[Finding, ...]


def admit_roster(*, actor: Actor, rows: Sequence[RosterRow]) -> RosterOutcome:
    """Accounts, posts and holdings for a roster, whole or not at all; returns the slips of the new accounts.

    The same roster again writes nothing: a line whose person holds such a post already is passed over
    (its date of training is brought up). One person named twice at one organisation gets one account.
    """
    require_keeper(actor)
    organisations = by_codes(row.code for row in rows)
    reach = jurisdiction()
    findings = [finding for row in rows for finding in _misfits(actor, row, organisations.get(row.code), reach)]
    if findings:
        return RosterOutcome(len(rows), (), tuple(findings))
    with transaction.atomic():
        fresh, persons = _not_held(rows, organisations)
        slips = _open_missing(actor, fresh, organisations, persons)
        posts = open_posts(
            actor=actor,
            drafts=[PostDraft(organisations[row.code].id, row.role, row.stage) for row in fresh],
        )
        PostHolding.objects.bulk_create(
            [
                PostHolding(
                    id=environment().new_id(),
                    post=post,
                    account_id=persons[_key(row)],
                    started_on=row.started_on or today(),
                    trained_on=row.trained_on,
                )
                for row, post in zip(fresh, posts, strict=True)
            ],
            batch_size=1000,
        )
    return RosterOutcome(len(rows), tuple(slips), ())


def _key(row: RosterRow) -> tuple[str, str]:
    return (row.code, row.login or row.name)


def _misfits(actor: Actor, row: RosterRow, found: Organisation | None, reach: set[UUID] | None) -> list[Finding]:
    if found is None:
        message = f"第 {row.row} 行“单位代码”{row.code} 不存在，请核对 11 位学校代码或区县代码。"
        return [Finding("roster.code_unknown", Severity.ERROR, message, row.row, ("code",))]
    if reach is not None and found.id not in reach:
        message = f"第 {row.row} 行“单位代码”：{found.name}不归本单位管理，请从表中删去这一行。"
        return [Finding("roster.not_yours", Severity.ERROR, message, row.row, ("code",))]
    if not keeps(actor, found.id, row.role):
        message = f"第 {row.row} 行“岗位”：{found.name}的这个岗位由上一级教育局或安全管理员登记，请从表中删去这一行。"
        return [Finding("roster.not_below", Severity.ERROR, message, row.row, ("role", "code"))]
    if row.role not in ROLES_AT[Level(found.level)]:
        message = f"第 {row.row} 行“岗位”：{found.name}不设“{ROLE_TITLES[row.role]}”。"
        return [Finding("roster.role_level", Severity.ERROR, message, row.row, ("role", "code"))]
    return []


def _not_held(
    rows: Sequence[RosterRow], organisations: dict[str, Organisation]
) -> tuple[list[RosterRow], dict[tuple[str, str], UUID]]:
    """The lines that are new, and the accounts known already by (code, login or name)."""
    standing = PostHolding.objects.filter(
        post__organisation__in=[one.id for one in organisations.values()], ended_on__isnull=True
    ).select_related("post__organisation", "account")
    persons: dict[tuple[str, str], UUID] = {}
    held: dict[tuple[str, str, str, str], PostHolding] = {}
    for holding in standing:
        code = holding.post.organisation.code
        for who in (holding.account.login, holding.account.name):
            persons[(code, who)] = holding.account_id
            held[(code, who, holding.post.role, holding.post.stage)] = holding
    for account in Account.objects.filter(login__in=[row.login for row in rows if row.login]):
        for row in rows:
            if row.login == account.login:
                persons[_key(row)] = account.id
    trained, fresh = [], []
    for row in rows:
        known = held.get((*_key(row), row.role.value, row.stage))
        if known is None:
            fresh.append(row)
        elif row.trained_on and known.trained_on != row.trained_on:
            known.trained_on = row.trained_on
            trained.append(known)
    PostHolding.objects.bulk_update(trained, ["trained_on"], batch_size=500)
    return fresh, persons


def _open_missing(
    actor: Actor,
    fresh: Sequence[RosterRow],
    organisations: dict[str, Organisation],
    persons: dict[tuple[str, str], UUID],
) -> list[Slip]:
    """Accounts for those who have none; ``persons`` is filled up. Log-in names: code, letters of the post, a number."""
    wanted: dict[tuple[str, str], RosterRow] = {}
    for row in fresh:
        if _key(row) not in persons:
            wanted.setdefault(_key(row), row)
    given = _numbers_given(wanted.values())
    logins = {}
    for key, row in wanted.items():
        login = row.login
        if not login:
            stem = row.code + _LETTERS[row.role]
            given[stem] += 1
            login = f"{stem}{given[stem]}"
        logins[key] = login
    slips = open_accounts(actor=actor, persons=[(logins[key], row.name) for key, row in wanted.items()])
    made = []
    for slip, (key, row) in zip(slips, wanted.items(), strict=True):
        persons[key] = slip.account
        made.append(replace(slip, organisation_name=organisations[row.code].name, post_title=ROLE_TITLES[row.role]))
    return made


def free_login(code: str, role: Role) -> str:
    """A log-in name that nobody has, for a post of this kind at an organisation."""
    stem = code + _LETTERS[role]
    given = _numbers_given([RosterRow(0, "", code, role)])
    return f"{stem}{given[stem] + 1}"


def _numbers_given(rows: Any) -> dict[str, int]:
    """The highest number that each stem of a log-in name has."""
    stems = {row.code + _LETTERS[row.role] for row in rows if not row.login}
    given: dict[str, int] = defaultdict(int)
    if not stems:
        return given
    pattern = f"^({'|'.join(sorted(stems))})[0-9]+$"
    for login in Account.objects.filter(login__regex=pattern).values_list("login", flat=True):
        stem = login.rstrip("0123456789")
        given[stem] = max(given[stem], int(login[len(stem) :]))
    return given
