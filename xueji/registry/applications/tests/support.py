"""Invented children and the ways of an application, for the tests of this room and those above."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from uuid import UUID

from tests.small_city import PRIMARY, SmallCity
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.resident_id import check_character
from xueji.pure.kernel.types import Actor
from xueji.registry.applications import services
from xueji.registry.applications.types import ActResult, LodgeResult
from xueji.registry.register import selectors as register

_NAMES = ["石榴", "青禾", "云帆", "若溪", "知远", "晨曦", "沐阳", "子衿", "南星", "白芷", "听雨", "望舒"]


def resident_id(number: int, birth_date: str = "2001-09-03") -> str:
    """An invented ID number that passes the check, by its serial."""
    body = f"320104{birth_date.replace('-', '')}{number % 1000:03d}"
    return body + check_character(body)


def child(number: int, *, grade: int = 1, class_no: int = 1, **values: str) -> dict[str, str | None]:
    """The values of one invented child's row, clean under every rule of form."""
    year = 2008 - 6 - grade
    birth = f"{year}-{1 + number // 28 % 12:02d}-{1 + number % 28:02d}"
    return {
        "name": f"{_NAMES[number % len(_NAMES)]}{number}",
        "gender": "1",
        "birth_date": birth,
        "ethnic_group": "01",
        "id_document_type": "1",
        "id_number": resident_id(number, birth),
        "grade": str(grade),
        "class_no": str(class_no),
        "enrolment_month": "2008-09",
        "guardian_1_name": f"家长{number}",
        "guardian_1_relation": "51",
        "guardian_1_phone": "13900000000",
        **values,
    }


def digest(label: str) -> str:
    """A file digest."""
    return hashlib.sha256(label.encode()).hexdigest()


def lodge(
    city: SmallCity,
    rows: Sequence[dict[str, str | None]],
    *,
    school: str = PRIMARY,
    kind: str = "enrolment",
    file: str = "a",
) -> LodgeResult:
    """Lodge a roster as the school's registrar."""
    with acting(city.registrar(school)) as actor:
        return services.lodge_roster(
            actor=actor, school=city.id(school), kind=kind, rows=rows, file_digest=digest(file)
        )


def step(actor: Actor, application: UUID, act: str, **more: object) -> ActResult:
    """One act in the actor's name."""
    with acting(actor):
        return services.act(actor=actor, application=application, act=act, **more)  # type: ignore[arg-type]


def approve(city: SmallCity, application: UUID, *, school: str = PRIMARY, bureau: str = "320104") -> ActResult:
    """Proofread, decide, approve a lodged roster."""
    step(city.proofreader(school), application, "proofread")
    step(city.deputy_head(school), application, "decide")
    return step(city.head(bureau), application, "approve")


def enrol(
    city: SmallCity,
    rows: Sequence[dict[str, str | None]],
    *,
    school: str = PRIMARY,
    bureau: str = "320104",
    kind: str = "enrolment",
    file: str = "a",
) -> ActResult:
    """A roster from lodging to approval."""
    lodged = lodge(city, rows, school=school, kind=kind, file=file)
    return approve(city, lodged.application, school=school, bureau=bureau)


def seen_by(actor: Actor) -> AbstractContextManager[Actor]:
    """Reading in the actor's name."""
    return acting(actor)


def two_pupils(city: SmallCity, _environment: SeededEnvironment) -> UUID:
    """A beginning for many modules: two pupils in grade 1 of 秦淮's primary school since September 2008; the first."""
    enrol(city, [child(1), child(2)])
    with acting(city.registrar(PRIMARY)) as actor:
        found = register.find_students(schools=[actor.organisation], query=str(child(1)["name"]))
    return found.pupils[0].student
