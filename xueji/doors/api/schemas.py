"""What the API takes and gives; the same shapes as the commands' ``--json``."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Schema

Kind = Literal["opening", "entrants"]


class FindingOut(Schema):
    """One finding: where, which rule, how grave, and the sentence."""

    row: int | None
    column: str | None
    columns: list[str]
    code: str
    severity: Literal["error", "query", "note"]
    message: str


class CheckOut(Schema):
    """All findings of a roster or a record; ``clean``: rows without an error."""

    rows: int
    clean: int
    findings: list[FindingOut]


class LodgeOut(Schema):
    """What lodging led to; ``state`` refused where an error stands."""

    application: str | None
    state: str
    rows: int
    findings: list[FindingOut]


class StudentIn(Schema):
    """One pupil: field code or header of the official form → value as text."""

    kind: Kind
    values: dict[str, Any]


class UploadOut(Schema):
    """How far the check of an uploaded roster has come."""

    id: str
    state: str
    progress: int
    rows: int
    clean: int
    errors: int
    queries: int
    notes: int
    answer: str
    application: str | None


class TokenIn(Schema):
    """Log-in name, password, and the post to act in (role and code of the organisation)."""

    login: str
    password: str
    role: str = "registrar"
    organisation: str
    one_time_code: str = ""


class TokenOut(Schema):
    """A bearer token and the seconds it lasts."""

    token: str
    seconds: int


class RefusalOut(Schema):
    """Why not: a code, a plain sentence, the basis."""

    code: str
    message: str
    basis: str
