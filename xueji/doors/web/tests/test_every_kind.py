"""Every kind of change at the pages: lodged with its papers, each step by its own person, in force, on the timeline.

The kinds are those of the rulebook and ``pure/procedures``: one that nobody tells in ``stories_of_kinds`` fails here.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.small_city import BAIXIA_PRIMARY, PRIMARY, QINHUAI, Beginning, SmallCity, open_special_school
from tests.stories_of_kinds import TOLD, Told
from xueji.doors.web.tests.support import load, signed_in
from xueji.ground.accounts.context import acting
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations import services as organisation_services
from xueji.ground.organisations.services import ClassDraft
from xueji.ground.parameters.build import rulebook_from_files
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.rulebook import FINAL_GRADE_STOP, ChangeKind
from xueji.pure.kernel.types import Actor, Refused
from xueji.pure.procedures.frame import procedures
from xueji.registry.applications import selectors as applications
from xueji.registry.applications import services
from xueji.registry.applications.tests.ways import pdf_of
from xueji.registry.register import selectors as register

pytestmark = pytest.mark.usefixtures("fresh_database")

_BOOK = rulebook_from_files(date(2008, 9, 22), QINHUAI)
GENERIC = sorted(
    kind
    for kind, one in procedures().items()
    if kind in _BOOK.changes and not _BOOK.changes[kind].forbidden and not one.own_service
)
OTHER_BOOK = "nanjing-2014"


def _stories() -> list[Any]:
    """Each kind under each rulebook that comes with the program; the soak repeats what is the same in both."""
    other = rulebook_from_files(date(2008, 9, 22), QINHUAI, city=OTHER_BOOK)
    found = [pytest.param("nanjing-2008", kind) for kind in GENERIC]
    for kind in GENERIC:
        same = all(_BOOK.changes[one] == _without_stop(other.changes[one]) for one in (*TOLD[kind].before, kind))
        found.append(pytest.param(OTHER_BOOK, kind, marks=pytest.mark.slow if same else ()))
    return found


def _without_stop(change: ChangeKind) -> ChangeKind:
    """No story of these is told in July."""
    return replace(change, limits=tuple(one for one in change.limits if one.kind != FINAL_GRADE_STOP))


@pytest.fixture
def city_rulebook(request: pytest.FixtureRequest) -> str:
    """The kinds are the same code under every rulebook."""
    return str(request.param)


@pytest.fixture
def beginning() -> Beginning:
    return _pupils


def _pupils(city: SmallCity, environment: SeededEnvironment) -> UUID:
    """Pupils in four grades of 秦淮's primary school; the first of grade 3."""
    for grade, numbers in ((3, range(4)), (2, range(10, 12)), (4, range(20, 22)), (1, range(30, 32))):
        load(city, PRIMARY, numbers, grade, QINHUAI)
    with acting(city.registrar(PRIMARY)) as registrar:
        return register.find_students(schools=[registrar.organisation], grade=3).pupils[0].student


@pytest.fixture
def pupil(begun: UUID) -> UUID:
    """The first of four pupils in grade 3; others are above and below."""
    return begun


def test_every_kind_of_the_rulebook_is_told() -> None:
    assert sorted(TOLD) == GENERIC


@pytest.mark.parametrize(("city_rulebook", "kind"), _stories(), indirect=["city_rulebook"])
def test_it_goes_from_the_form_to_the_timeline(
    kind: str, small_city: SmallCity, pupil: UUID, environment: SeededEnvironment
) -> None:
    for earlier in TOLD[kind].before:
        _done(small_city, pupil, earlier, environment)
    _done(small_city, pupil, kind, environment)
    told = TOLD[kind]
    title = _BOOK.changes[kind].title
    page = signed_in(small_city.registrar(PRIMARY)).get(f"/pupils/{pupil}/").content.decode()
    assert title in page[page.index("学籍经过") :]
    with acting(small_city.registrar(PRIMARY)):
        record = register.student_record(pupil)
    assert record is not None
    day = environment.now().date()
    standing = record.in_force.value("status", day) or "" if record.in_force else ""
    assert standing == told.status
    attends = record.in_force.value("attends", day) or "" if record.in_force else ""
    assert attends == (str(small_city.id(_value(small_city, told.attends, pupil))) if told.attends else "")


def _done(city: SmallCity, student: UUID, kind: str, environment: SeededEnvironment) -> None:
    """Lodged at its page and decided by everyone concerned, a day a step."""
    told, change = TOLD[kind], _BOOK.changes[kind]
    day = max(told.day, environment.now().astimezone(LOCAL_ZONE).date())
    environment.move_to(datetime(day.year, day.month, day.day, 9, tzinfo=LOCAL_ZONE))
    application = _lodge(city, student, kind, told, change)
    for _ in range(12):
        with acting(city.registrar(PRIMARY)):
            view = applications.application(application)
        assert view is not None
        step = view.case.current if view.case else None
        if step is None:
            break
        day += timedelta(days=1)
        environment.move_to(datetime(day.year, day.month, day.day, 9, tzinfo=LOCAL_ZONE))
        actor = _holder(city, step.organisation, step.role)
        client = signed_in(actor)
        page = client.get(f"/changes/{application}/").content.decode()
        assert change.title in page
        seen = re.search(r'name="seen" value="(\d+)"', page)
        assert seen, page
        answer = client.post(f"/changes/{application}/act/", {"act": step.act, "seen": seen[1]}, follow=True)
        assert answer.status_code == 200, _said(answer.content.decode())
    with acting(city.registrar(PRIMARY)):
        view = applications.application(application)
    assert view is not None
    assert view.state == "approved"


def _lodge(city: SmallCity, student: UUID, kind: str, told: Told, change: ChangeKind) -> UUID:
    client = signed_in(city.registrar(PRIMARY))
    address = f"/changes/new/{kind}/{student}/"
    assert change.title in client.get(address).content.decode()
    values = {key: _value(city, value, student) for key, value in told.claim.items()}
    files = {
        f"paper_{paper.key}": SimpleUploadedFile(f"{paper.key}.pdf", pdf_of(paper.key), "application/pdf")
        for paper in change.evidence
    }
    answer = client.post(address, {**values, **files})
    assert answer.status_code == 302, _said(answer.content.decode())
    return UUID(answer["Location"].rstrip("/").rsplit("/", 1)[1])


def _value(city: SmallCity, value: str, student: UUID) -> str:
    """A value as typed: class groups and the other school stand for themselves."""
    if value == "$host":
        return BAIXIA_PRIMARY
    if value == "$special":
        return open_special_school(city)
    if value == "$next_class":
        return _next_class(city)
    if not value.startswith("$"):
        return value
    if value == "$second":
        return _classmate(city, student)
    grade = {"$class": 3, "$lower_class": 2, "$higher_class": 4}[value]
    year = _BOOK.stages.school_year_of(_BOOK.day)
    wanted = _BOOK.stages.intake_year_of(grade, year)
    with acting(city.registrar(PRIMARY)):
        groups = organisations.class_groups(city.id(PRIMARY))
    return str(next(one.id for one in groups if one.intake_year == wanted))


def _classmate(city: SmallCity, student: UUID) -> str:
    """The number of another pupil of the grade."""
    with acting(city.registrar(PRIMARY)) as actor:
        found = register.find_students(schools=[actor.organisation], grade=3)
    return next(one.number for one in found.pupils if one.student != student)


def _next_class(city: SmallCity) -> str:
    """A second class of the pupil's grade."""
    intake_year = _BOOK.stages.intake_year_of(3, _BOOK.stages.school_year_of(_BOOK.day))
    with acting(city.registrar(PRIMARY)) as actor:
        found = organisation_services.set_class_groups(
            actor=actor,
            school=city.id(PRIMARY),
            classes=[ClassDraft("primary", intake_year, 2)],
            effective_on=_BOOK.stages.start_of(intake_year + 2),
        )
    return str(found[0].id)


def _holder(city: SmallCity, organisation: UUID, role: str) -> Actor:
    return next(
        actor for actor in city.actors.values() if actor.organisation == organisation and actor.role.value == role
    )


def _said(page: str) -> str:
    """What the page says against it."""
    return " ".join(re.sub(r"<[^>]+>", " ", found) for found in re.findall(r'(?s)<div class="note.*?</div>', page))


@pytest.mark.parametrize("city_rulebook", [OTHER_BOOK], indirect=True)
@pytest.mark.parametrize("kind", ["repetition", "withdrawal", "expulsion"])
def test_what_the_law_forbids_cannot_be_lodged_and_the_refusal_cites_its_rule(
    kind: str, small_city: SmallCity, pupil: UUID
) -> None:
    with acting(small_city.registrar(PRIMARY)) as actor, pytest.raises(Refused) as refused:
        services.lodge_change(actor=actor, kind=kind, school=actor.organisation, student=pupil, claim={})
    assert refused.value.code == "forbidden"
    assert "义务教育" in refused.value.basis
    page = signed_in(small_city.registrar(PRIMARY)).get("/changes/new/").content.decode()
    assert refused.value.message in page
