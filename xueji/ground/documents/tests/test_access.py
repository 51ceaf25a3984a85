"""A paper of an application is seen by the parties to the application, and by nobody else (invariant 10)."""

from __future__ import annotations

from uuid import UUID

from tests.small_city import BAIXIA_PRIMARY, CITY, GAOCHUN, JUNIOR, PRIMARY, QINHUAI, SmallCity
from xueji.config.home import Home
from xueji.ground.accounts.context import acting
from xueji.ground.documents import selectors
from xueji.ground.documents.recognise import PNG
from xueji.ground.documents.services import store
from xueji.ground.documents.tests.test_documents import PICTURES
from xueji.pure.kernel.environment import environment as world
from xueji.pure.kernel.types import Actor
from xueji.registry.applications.models import Application, Evidence


def _application(actor: Actor, school: UUID, other: UUID) -> Application:
    now = world().now()
    return Application.objects.create(
        id=world().new_id(), kind="transfer", school=school, other_school=other, state="lodged",
        lodged_by=actor.person, lodged_post=actor.post, lodged_on=now.date(), lodged_at=now, changed_at=now,
    )  # fmt: skip


def test_a_paper_is_seen_by_both_schools_and_their_bureaus_alone(
    fresh_database: str, environment: object, home: Home, small_city: SmallCity
) -> None:
    receiving = small_city.registrar(PRIMARY)
    with acting(receiving):
        paper = store(actor=receiving, subject=world().new_id(), name="a.png", content=PICTURES[PNG]).id
        loose = store(actor=receiving, subject=world().new_id(), name="b.png", content=PICTURES[PNG]).id
        application = _application(receiving, small_city.id(PRIMARY), small_city.id(BAIXIA_PRIMARY))
        Evidence.objects.create(
            id=world().new_id(), application=application, key="move_proof", document=paper,
            added_at=world().now(), added_by=receiving.person,
        )  # fmt: skip
    seen = {
        name: _seen(actor, paper, loose)
        for name, actor in {
            "receiving": receiving,
            "sending": small_city.registrar(BAIXIA_PRIMARY),
            "its bureau": small_city.clerk(QINHUAI),
            "city": small_city.clerk(CITY),
            "another school": small_city.registrar(JUNIOR),
            "another bureau": small_city.clerk(GAOCHUN),
        }.items()
    }
    assert seen == {
        "receiving": {paper, loose},
        "sending": {paper},
        "its bureau": {paper},
        "city": {paper},
        "another school": set(),
        "another bureau": set(),
    }


def test_a_foreign_paper_named_in_an_own_application_is_not_opened_by_it(
    fresh_database: str, environment: object, home: Home, small_city: SmallCity
) -> None:
    owner, thief = small_city.registrar(PRIMARY), small_city.registrar(JUNIOR)
    with acting(owner):
        paper = store(actor=owner, subject=world().new_id(), name="a.png", content=PICTURES[PNG]).id
    with acting(thief):
        application = _application(thief, small_city.id(JUNIOR), small_city.id(BAIXIA_PRIMARY))
        Evidence.objects.create(
            id=world().new_id(), application=application, key="move_proof", document=paper,
            added_at=world().now(), added_by=thief.person,
        )  # fmt: skip
    assert _seen(thief, paper) == set()


def _seen(actor: Actor, *documents: UUID) -> set[UUID]:
    with acting(actor):
        return set(selectors.documents(documents))
