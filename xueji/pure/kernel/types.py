"""Value types that every floor shares: who acts, and what was found wrong.

Sources: design §2 (pure floor), glossary (``finding``, ``post``, ``actor``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """The kind of a post (clauses A2, A3, C4; issue 2 "Accounts")."""

    REGISTRAR = "registrar"  # 学籍管理员, school or central school: enters and lodges
    PROOFREADER = "proofreader"  # 校对
    DEPUTY_HEAD = "deputy_head"  # 分管校长: decides for the school
    CLERK = "clerk"  # 经办人 at a bureau: prepares
    HEAD = "head"  # 负责人 at a bureau: decides
    RESEARCH = "research"  # read-only, de-identified (clause C4)
    SECURITY_ADMIN = "security_admin"  # accounts and keys
    AUDIT_ADMIN = "audit_admin"  # logs, read only
    SYSTEM_ADMIN = "system_admin"  # the machine; no pupils
    SOFTWARE_MAINTAINER = "software_maintainer"  # 软件维护员 of a district (clause A5); no pupils


class Level(StrEnum):
    """Where an organisation stands (clause A2)."""

    SCHOOL = "school"
    DISTRICT = "district"
    CITY = "city"


class Capacity(StrEnum):
    """On what ground a person acts in a post (issue 3 "The inbox")."""

    HOLDER = ""
    DELEGATED = "delegated"  # 委托: the holder gave the post to a colleague for a period
    SUBSTITUTE = "substitute"  # 代办: named by the bureau while the post is vacant


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, in which post, for which organisation.

    ``organisation`` is the organisation acted *for*: for a central school's
    holder acting for a school of the township it is that school, while
    ``post`` still belongs to the central school.
    ``person`` is the account; four-eyes rules compare persons, never posts.
    ``capacity`` says whether the person holds the post or acts in it for somebody else. ``locked``: the bureau stopped
    the holder until the training is renewed (clause A5).
    """

    person: UUID
    post: UUID
    organisation: UUID
    role: Role
    level: Level
    name: str = ""
    trained: bool = False
    capacity: Capacity = Capacity.HOLDER
    locked: bool = False


class Severity(StrEnum):
    """error blocks, query needs an explanation, note informs (design §2)."""

    ERROR = "error"
    QUERY = "query"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule has to say about one place.

    ``row`` is the Excel row (1-based, header included) or None for a whole
    file; ``fields`` are catalogue codes concerned, the first one is the cell;
    ``params`` are the values that the sentence needs. They may hold sensitive text and are
    never stored: a stored finding keeps code, row and fields, its text is
    made on reading (design §3 "Sensitive fields").
    """

    code: str
    severity: Severity
    message: str
    row: int | None = None
    fields: tuple[str, ...] = ()
    params: dict[str, str] = field(default_factory=dict)


class Refused(Exception):
    """A request that the rules do not allow.

    ``code`` names the rule, ``message`` is a plain Chinese sentence that says
    what happened, where, and what to do; ``basis`` names clause or article.
    Doors show ``message``; nothing was written.
    """

    def __init__(self, code: str, message: str, basis: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.basis = basis
