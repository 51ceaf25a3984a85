"""The way of a transfer between the two primary schools of the small city, for several test modules."""

from __future__ import annotations

import io
from collections.abc import Sequence
from uuid import UUID

from pypdf import PdfWriter

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, PRIMARY, QINHUAI, SmallCity
from xueji.ground.accounts.context import acting
from xueji.ground.documents import services as documents
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor
from xueji.registry.applications import services
from xueji.registry.applications.types import LodgeResult
from xueji.registry.register import selectors as register

BUREAU = {PRIMARY: QINHUAI, BAIXIA_PRIMARY: BAIXIA}


def class_of(city: SmallCity, code: str) -> UUID:
    """The first class group of a school."""
    return organisations.class_groups(city.id(code))[0].id


def pdf_of(text: str) -> bytes:
    """A page that scans nothing; its title makes it another file."""
    written, page = io.BytesIO(), PdfWriter()
    page.add_blank_page(210, 297)
    page.add_metadata({"/Title": text})
    page.write(written)
    return written.getvalue()


def papers(actor: Actor, keys: Sequence[str] = ("application_form", "move_proof")) -> list[tuple[str, UUID]]:
    """The papers that an application needs (by default a transfer's), scanned by the school that lodges."""
    subject = environment().new_id()
    return [
        (key, documents.store(actor=actor, subject=subject, name=f"{key}.pdf", content=pdf_of(key)).id) for key in keys
    ]


def lodge_transfer(
    city: SmallCity, row: dict[str, str | None], *, to: str = BAIXIA_PRIMARY, **more: object
) -> LodgeResult:
    """Lodge a transfer of the child of ``row`` as the receiving school's registrar."""
    with acting(city.registrar(to)) as actor:
        values: dict[str, object] = {"name": row["name"], "id_number": row["id_number"], "reason": "举家迁居"}
        values |= {"class_group": class_of(city, to), "evidence": papers(actor)}
        return services.lodge_transfer(actor=actor, school=city.id(to), **(values | more))  # type: ignore[arg-type]


def lodge_from_outside(city: SmallCity, row: dict[str, str | None]) -> UUID:
    """Lodge 外地转入 of one child at 秦淮's primary school; the application."""
    with acting(city.registrar(PRIMARY)) as actor:
        return services.lodge_roster(
            actor=actor,
            school=city.id(PRIMARY),
            kind="transfer_into_city",
            rows=[row],
            file_digest="f" * 64,
            evidence=papers(actor, ("transfer_sheet", "move_proof")),
        ).application


def people(city: SmallCity, sender: str = PRIMARY, receiver: str = BAIXIA_PRIMARY) -> list[tuple[Actor, str]]:
    """The eight who decide after the registrar of the receiving school has lodged, in their order."""
    return [
        (city.proofreader(receiver), "proofread"),
        (city.deputy_head(receiver), "decide"),
        (city.clerk(BUREAU[receiver]), "examine"),
        (city.head(BUREAU[receiver]), "approve"),
        (city.registrar(sender), "examine"),
        (city.deputy_head(sender), "decide"),
        (city.clerk(BUREAU[sender]), "examine"),
        (city.head(BUREAU[sender]), "approve"),
    ]


def student_of(city: SmallCity, name: str, code: str = PRIMARY) -> UUID:
    """A pupil of a school by name."""
    with acting(city.registrar(code)):
        return next(one.student for one in register.roster(city.id(code), today()) if one.name == name)
