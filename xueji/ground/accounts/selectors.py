"""Reads of accounts and posts: who may act as what, today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from xueji.ground.accounts.context import current_settings, identified
from xueji.ground.accounts.models import Account, PostHolding
from xueji.ground.accounts.policies import VISIBLE
from xueji.ground.journals.prepared import run_prepared
from xueji.ground.organisations.models import Organisation
from xueji.ground.organisations.selectors import schools_acted_for
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Capacity, Level, Refused, Role

#: Posts of a central school (or host) that do their work also for the schools it acts for (clause B3).
ACTS_FOR_OTHERS: Final = frozenset({Role.REGISTRAR, Role.PROOFREADER, Role.DEPUTY_HEAD})

ROLE_TITLES: Final = {
    Role.REGISTRAR: "学籍管理员",
    Role.PROOFREADER: "校对",
    Role.DEPUTY_HEAD: "分管校长",
    Role.CLERK: "经办人",
    Role.HEAD: "负责人",
    Role.RESEARCH: "教研查阅",
    Role.SECURITY_ADMIN: "安全管理员",
    Role.AUDIT_ADMIN: "审计管理员",
    Role.SYSTEM_ADMIN: "系统管理员",
    Role.SOFTWARE_MAINTAINER: "软件维护员",
}

#: How a person who acts in another's post is shown (代办 …).
CAPACITY_TITLES: Final = {Capacity.HOLDER: "", Capacity.DELEGATED: "受委托", Capacity.SUBSTITUTE: "代办"}


@dataclass(frozen=True, slots=True)
class PostChoice:
    """A post that an account can act in, for an organisation.

    ``acting_for``: the organisation is not the post's own but one that its
    central school (or host) acts for. ``stage``: primary, junior, or '' for both. ``machines_only``, ``networks``: from
    where the post's own organisation lets it work (专机).
    """

    actor: Actor
    title: str
    stage: str
    organisation_name: str
    organisation_code: str
    post_organisation: UUID
    acting_for: bool
    machines_only: bool = False
    networks: tuple[str, ...] = ()


def choices_of(account: UUID, on: date | None = None) -> list[PostChoice]:
    """The posts an account can act in on a day, each central school's also for the schools it acts for.

    Own posts first, those held before those given by a holder or the bureau for a period (``Actor.capacity``); then
    those acted for, by code. Empty for a deactivated account. One query, and one a school's post.
    """
    day = on or today()
    with identified(account):
        own = _own_choices(account, day)
        return [*own, *_served(own, day)]


# With every page: said in SQL and prepared, since building it by the mapper costs more than running it.
_OWN = """
SELECT a.id, p.id, o.id, p.role, o.level, a.name, h.trained_on <= %(day)s, p.title, p.stage, o.name, o.code AS code,
       '' AS capacity, h.locked_on IS NOT NULL, b.machines_only OR p.id = ANY (b.posts), b.networks
FROM accounts_postholding h
JOIN accounts_account a ON a.id = h.account_id
JOIN accounts_post p ON p.id = h.post_id
JOIN organisations_organisation o ON o.id = p.organisation_id
LEFT JOIN accounts_machinebinding b ON b.organisation_id = p.organisation_id
WHERE h.account_id = %(account)s AND NOT a.deactivated AND (%(post)s::uuid IS NULL OR p.id = %(post)s)
  AND h.started_on <= %(day)s AND (h.ended_on IS NULL OR h.ended_on > %(day)s)
  AND (p.closed_on IS NULL OR p.closed_on > %(day)s) AND (o.closed_on IS NULL OR o.closed_on > %(day)s)
UNION ALL
SELECT a.id, p.id, o.id, p.role, o.level, a.name, true, p.title, p.stage, o.name, o.code, s.capacity,
       false, b.machines_only OR p.id = ANY (b.posts), b.networks
FROM accounts_substitution s
JOIN accounts_account a ON a.id = s.account_id
JOIN accounts_post p ON p.id = s.post_id
JOIN organisations_organisation o ON o.id = p.organisation_id
LEFT JOIN accounts_machinebinding b ON b.organisation_id = p.organisation_id
WHERE s.account_id = %(account)s AND NOT a.deactivated AND (%(post)s::uuid IS NULL OR p.id = %(post)s)
  AND s.started_on <= %(day)s AND s.ended_on > %(day)s
  AND (p.closed_on IS NULL OR p.closed_on > %(day)s) AND (o.closed_on IS NULL OR o.closed_on > %(day)s)
  AND EXISTS (
    SELECT FROM accounts_postholding h JOIN accounts_post q ON q.id = h.post_id
    WHERE h.account_id = s.account_id AND h.trained_on <= %(day)s AND h.locked_on IS NULL
      AND h.started_on <= %(day)s AND (h.ended_on IS NULL OR h.ended_on > %(day)s)
      AND (s.capacity = 'substitute' OR q.organisation_id = p.organisation_id))
ORDER BY capacity, code, 4, 2
"""


def _own_choices(account: UUID, day: date, post: UUID | None = None) -> list[PostChoice]:
    found = []
    for (
        person,
        held,
        place,
        role,
        level,
        name,
        trained,
        title,
        stage,
        shown,
        code,
        capacity,
        locked,
        *binding,
    ) in run_prepared(_OWN, {"account": account, "day": day, "post": post}):
        actor = Actor(person, held, place, Role(role), Level(level), name, bool(trained), Capacity(capacity), locked)
        found.append(
            PostChoice(actor, title, stage, shown, code, place, False, bool(binding[0]), tuple(binding[1] or ()))
        )
    return found


def _served(own: list[PostChoice], day: date) -> list[PostChoice]:
    """The same posts for the schools that a central school or host acts for, by code."""
    found = [
        replace(
            choice,
            actor=replace(choice.actor, organisation=school.id),
            organisation_name=school.name,
            organisation_code=school.code,
            acting_for=True,
        )
        for choice in own
        if choice.actor.level is Level.SCHOOL and choice.actor.role in ACTS_FOR_OTHERS
        for school in schools_acted_for(choice.post_organisation, day)
    ]
    return sorted(found, key=lambda choice: choice.organisation_code)


def _choice(holding: PostHolding, organisation: Organisation, day: date) -> PostChoice:
    post, account = holding.post, holding.account
    actor = Actor(
        person=account.id,
        post=post.id,
        organisation=organisation.id,
        role=Role(post.role),
        level=Level(organisation.level),
        name=account.name,
        trained=holding.trained_on is not None and holding.trained_on <= day,
        locked=holding.locked_on is not None,
    )
    return PostChoice(actor, post.title, post.stage, organisation.name, organisation.code, organisation.id, False)


def actors_of(account: UUID, on: date | None = None) -> list[Actor]:
    """All actors that an account can be on a day; see ``choices_of``."""
    return [choice.actor for choice in choices_of(account, on)]


def resolve_actor(person: UUID, post: UUID, organisation: UUID, on: date | None = None) -> Actor:
    """The actor again, from what a session or a job carries: checked anew each time.

    Raises ``Refused`` (``accounts.post_lost``) when the account no longer holds the post, or may not act for the
    organisation.
    """
    return resolve_choice(person, post, organisation, on).actor


def resolve_choice(person: UUID, post: UUID, organisation: UUID, on: date | None = None) -> PostChoice:
    """As ``resolve_actor``, with the names that stand on top of the page."""
    day = on or today()
    with identified(person):
        own = _own_choices(person, day, post=post)
        # Nearly everybody acts at home: what a central school serves is asked only for the others.
        for choice in own if any(one.actor.organisation == organisation for one in own) else _served(own, day):
            if choice.actor.organisation == organisation:
                return choice
    raise Refused("accounts.post_lost", "您已不担任这个岗位，或这个单位不再由您代办。请重新选择岗位。", "通知一.3")


def holdings_of(organisations: Iterable[UUID], on: date | None = None) -> QuerySet[PostHolding]:
    """Who holds which post of these organisations on a day (as far as the viewer's jurisdiction goes)."""
    found = PostHolding.objects.filter(_in_force(on or today()), post__organisation__in=set(organisations))
    return found.select_related("post__organisation", "account").order_by("post__organisation__code", "post__role")


def holder(organisation: UUID, role: Role, on: date | None = None, *, stage: str = "") -> Actor | None:
    """The actor who holds a post of this kind at an organisation, or at the central school that acts for it.

    For commands in a demo home ("the post whose act it is acts by default") and for notices. None where nobody does.
    """
    day = on or today()
    found = _holder_at(organisation, role, day, stage)
    if found is None and role in ACTS_FOR_OTHERS:
        for server in _servers(organisation, day):
            at_server = _holder_at(server, role, day, stage)
            if at_server is not None:
                return replace(at_server, organisation=organisation)
    return found


def _holder_at(organisation: UUID, role: Role, day: date, stage: str) -> Actor | None:
    holdings = holdings_of([organisation], day).filter(post__role=role, account__deactivated=False)
    if stage:
        holdings = holdings.filter(post__stage__in=["", stage])
    first = holdings.order_by("post_id").first()
    return None if first is None else _choice(first, first.post.organisation, day).actor


def _servers(school: UUID, day: date) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT other_id FROM organisations_relation WHERE organisation_id = %s "
            "AND relation IN ('central_school', 'host') AND during @> %s::date ORDER BY relation",
            [school, day],
        )
        return [row[0] for row in cursor.fetchall()]


def names_of(persons: Iterable[UUID]) -> dict[UUID, str]:
    """Names of those who acted, for timelines; says nothing else of them. One query."""
    wanted = list(set(persons))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT person, name FROM accounts_names(%s::uuid[])", [wanted])
        return dict(cursor.fetchall())


def account_by_login(login: str) -> Account | None:
    """The account of a log-in name, as far as the viewer may see it."""
    return Account.objects.filter(login=login).first()


def visible_organisations() -> set[UUID]:
    """The organisations whose pupils the present viewer may see."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT organisation FROM accounts_access "
            "WHERE viewer = nullif(current_setting('xueji.viewer', true), '')::uuid"
        )
        return {row[0] for row in cursor.fetchall()}


def jurisdiction() -> set[UUID] | None:
    """The organisations whose accounts, posts and logs the present post may see; None: all, the system works."""
    if current_settings().role == "system":
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT organisation FROM accounts_access "
            "WHERE viewer = nullif(current_setting('xueji.organisation', true), '')::uuid"
        )
        return {row[0] for row in cursor.fetchall()}


def untrained(organisations: Iterable[UUID], on: date | None = None) -> dict[UUID, list[PostHolding]]:
    """Registrars who hold a post without training (clause A5), by organisation."""
    found: dict[UUID, list[PostHolding]] = defaultdict(list)
    for holding in holdings_of(organisations, on).filter(post__role=Role.REGISTRAR, trained_on__isnull=True):
        found[holding.post.organisation_id].append(holding)
    return dict(found)


def _in_force(day: date) -> Q:
    return Q(started_on__lte=day) & (Q(ended_on__isnull=True) | Q(ended_on__gt=day))


# The grounds of a party that last no longer than the matter they are named after.
_BEYOND = f"""
SELECT %(holder)s IN {VISIBLE} OR EXISTS (
  SELECT FROM accounts_party p WHERE p.student = %(student)s AND p.organisation IN {VISIBLE}
  AND p.ground NOT LIKE 'application:%%' AND p.ground NOT LIKE 'duplicate:%%')
"""


def sees_beyond_matters(student: UUID, holder: UUID) -> bool:
    """Whether the viewer sees a pupil as holder, above it, as former or attending school: not only as party to an
    open application or a suspected duplicate. ``holder``: the school that holds the pupil."""
    with connection.cursor() as cursor:
        cursor.execute(_BEYOND, {"holder": holder, "student": student})
        row = cursor.fetchone()
    return bool(row and row[0])
