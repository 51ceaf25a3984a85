"""In whose name the database is asked (docs/architecture.md "Database roles and context").

Every request, command and job does its work inside ``acting(actor)``: a
transaction with transaction-local settings which the row-level policies read.
The settings end with the transaction, so a pooled connection carries nothing over.

    xueji.viewer        organisation whose pupils are seen; '' for posts that see no pupils
    xueji.organisation  organisation acted for
    xueji.post, xueji.person, xueji.role, xueji.level, xueji.today
    xueji.login         only while a log-in is being checked
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import astuple, dataclass, fields
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from xueji.ground.journals.prepared import run_prepared
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level, Role

#: Posts that see no pupil (issue 2 "separated duties"; clause C4: research reads de-identified snapshots).
SEES_NO_PUPILS: Final = frozenset(
    {Role.RESEARCH, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.SYSTEM_ADMIN, Role.SOFTWARE_MAINTAINER}
)
SYSTEM_PERSON: Final = UUID(int=0)


class ContextRefused(RuntimeError):
    """The programme tried to work in a name that it may not use. A fault of the programme, never of a user."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of the ``xueji.*`` settings, as text; '' where there is none."""

    viewer: str = ""
    organisation: str = ""
    post: str = ""
    person: str = ""
    role: str = ""
    level: str = ""
    login: str = ""
    today: str = ""


NOBODY: Final = Settings()
_SQL: Final = "SELECT " + ", ".join(f"set_config('xueji.{field.name}', %s, true)" for field in fields(Settings))

_current: ContextVar[Settings] = ContextVar("xueji_context", default=NOBODY)
_in_request: ContextVar[bool] = ContextVar("xueji_in_request", default=False)
_system_permitted = False
_checked_users: set[str] = set()


def settings_of(actor: Actor) -> Settings:
    """What the policies are told of an actor."""
    return Settings(
        viewer="" if actor.role in SEES_NO_PUPILS else str(actor.organisation),
        organisation=str(actor.organisation),
        post=str(actor.post),
        person=str(actor.person),
        role=actor.role.value,
        level=actor.level.value,
        today=today().isoformat(),
    )


def _refuse_powerful_role() -> None:
    """Row-level security passes owners and superusers by: refuse to work as one."""
    user = str(connection.settings_dict.get("USER") or "") + "@" + str(connection.settings_dict.get("NAME"))
    if user in _checked_users:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.rolsuper OR r.rolbypassrls OR pg_has_role(r.oid, c.relowner, 'USAGE') "
            "FROM pg_roles r, pg_class c WHERE r.rolname = current_user AND c.oid = 'accounts_account'::regclass"
        )
        row = cursor.fetchone()
    if row is None or row[0]:
        raise ContextRefused("the connection 'default' must be the application role, not the owner of the tables")
    _checked_users.add(user)


def _apply(settings: Settings) -> None:
    run_prepared(_SQL, astuple(settings))


@contextmanager
def _entered(settings: Settings) -> Iterator[None]:
    previous, joined = _current.get(), connection.in_atomic_block
    with transaction.atomic():
        _refuse_powerful_role()
        _apply(settings)
        token = _current.set(settings)
        try:
            yield
        finally:
            _current.reset(token)
        # After an error the rollback to the savepoint takes the settings back by itself.
        if joined and not connection.needs_rollback:
            _apply(previous)


@contextmanager
def acting(actor: Actor) -> Iterator[Actor]:
    """Work in an actor's name, in one transaction (joins an outer one).

    Inside a request the name cannot be changed: a second ``acting`` there must be the same post's.
    """
    settings = settings_of(actor)
    current = _current.get()
    if (
        _in_request.get()
        and current.post
        and (current.post, current.organisation)
        != (
            settings.post,
            settings.organisation,
        )
    ):
        raise ContextRefused("a request acts in one post only")
    with _entered(settings):
        yield actor


@contextmanager
def counting() -> Iterator[None]:
    """Count for the actor in force: rows of every pupil are read, also of those who have moved away since.

    A return says who was registered on its reference date; row-level security goes by who holds the child now. Only
    ``duties.returns`` and ``registry.snapshots`` use it, they ask for schools of the actor's own jurisdiction, and
    the database lets nothing be written inside the block. Works inside a request; the actor stays named. A test holds
    who may import it.
    """
    previous = _current.get()
    if not previous.post and previous.role != "system":
        raise ContextRefused("counting is done in an actor's name")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('xueji.role', 'counting', true)")
        try:
            yield
        finally:
            if not connection.needs_rollback:
                cursor.execute("SELECT set_config('xueji.role', %s, true)", [previous.role])


@contextmanager
def acting_system() -> Iterator[Actor]:
    """Work in the system's own name: start-up, the worker's jobs, the command line's set-up.

    Sees and writes everything, therefore only after ``permit_system()`` and never inside ``serving_request()``.
    Yields the system's actor; name an organisation with ``system_actor``.
    """
    if not _system_permitted or _in_request.get():
        raise ContextRefused("the system's own name cannot be used here")
    with _entered(Settings(role="system", person=str(SYSTEM_PERSON), today=today().isoformat())):
        yield system_actor()


def system_actor(organisation: UUID | None = None, level: Level = Level.CITY) -> Actor:
    """The actor that stands in entries which the installation itself made (first bureau, first accounts)."""
    return Actor(
        person=SYSTEM_PERSON,
        post=SYSTEM_PERSON,
        organisation=organisation or SYSTEM_PERSON,
        role=Role.SYSTEM_ADMIN,
        level=level,
        name="系统",
    )


def permit_system() -> None:
    """Called once at the start of a worker, a command or a test session; the web server never calls it."""
    global _system_permitted  # noqa: PLW0603  (a fact of the process)
    _system_permitted = True


@contextmanager
def serving_request() -> Iterator[None]:
    """Marks the time in which a request is answered; the middleware puts it around everything else."""
    token = _in_request.set(True)
    try:
        yield
    finally:
        _in_request.reset(token)


@contextmanager
def identified(person: UUID) -> Iterator[None]:
    """Someone has signed in but acts in no post yet: only the own account, posts and password are in reach."""
    settings = Settings(person=str(person), today=today().isoformat())
    if connection.in_atomic_block and _current.get() == settings:
        yield
        return
    with _entered(settings):
        yield


@contextmanager
def checking_login(login: str) -> Iterator[None]:
    """A log-in is being checked: only that account is in reach."""
    with _entered(Settings(login=login, today=today().isoformat())):
        yield


def current_settings() -> Settings:
    """What the database was told last in this thread."""
    return _current.get()
