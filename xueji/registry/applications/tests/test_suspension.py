"""休学、续休、复学: applied for by the school, decided by its bureau, true from the day asked for (clause A2)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import pytest

from tests.small_city import PRIMARY, QINHUAI, Beginning, SmallCity
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Refused
from xueji.registry.applications import services
from xueji.registry.applications.tests.support import step, two_pupils
from xueji.registry.applications.tests.ways import papers
from xueji.registry.register import selectors as register

pytestmark = pytest.mark.usefixtures("fresh_database")


@pytest.fixture
def beginning() -> Beginning:
    return two_pupils


@pytest.fixture
def pupil(begun: UUID, environment: SeededEnvironment) -> UUID:
    environment.move_to(datetime(2008, 9, 22, 9, tzinfo=LOCAL_ZONE))
    return begun


def _lodge(city: SmallCity, student: UUID, kind: str, claim: dict[str, str], keys: tuple[str, ...]) -> UUID:
    with acting(city.registrar(PRIMARY)) as actor:
        return services.lodge_change(
            actor=actor,
            kind=kind,
            school=city.id(PRIMARY),
            student=student,
            claim=claim,
            evidence=papers(actor, keys),
        ).application


def _decide(city: SmallCity, application: UUID) -> str:
    step(city.proofreader(PRIMARY), application, "proofread")
    step(city.deputy_head(PRIMARY), application, "decide")
    step(city.clerk(QINHUAI), application, "examine")
    return step(city.head(QINHUAI), application, "approve").state


SUSPEND = {"effective_on": "2008-09-22", "until": "2009-08-31", "reason_code": "illness"}
PAPERS = ("application_form", "medical_proof")


def test_a_suspended_pupil_stays_registered_and_comes_back(
    small_city: SmallCity, pupil: UUID, environment: SeededEnvironment
) -> None:
    assert _decide(small_city, _lodge(small_city, pupil, "suspension", SUSPEND, PAPERS)) == "approved"
    with acting(small_city.registrar(PRIMARY)):
        record = register.student_record(pupil)
    assert record is not None
    assert record.in_force is not None
    assert record.in_force.value("status", date(2008, 9, 22)) == "suspended"
    environment.move_to(datetime(2009, 2, 16, 9, tzinfo=LOCAL_ZONE))
    back = _lodge(
        small_city, pupil, "resumption", {"effective_on": "2009-02-16"}, ("application_form", "recovery_proof")
    )
    assert _decide(small_city, back) == "approved"
    with acting(small_city.registrar(PRIMARY)):
        record = register.student_record(pupil)
    assert record is not None
    assert record.in_force is not None
    assert record.in_force.value("status", date(2009, 2, 16)) == "in_school"


def test_a_suspension_of_more_than_a_year_is_refused_with_its_basis(small_city: SmallCity, pupil: UUID) -> None:
    with pytest.raises(Refused) as refused:
        _lodge(small_city, pupil, "suspension", {**SUSPEND, "until": "2010-01-31"}, PAPERS)
    assert refused.value.code == "suspension_one_year"
    assert "最长一年" in refused.value.message
    assert refused.value.basis


def test_who_is_in_school_cannot_resume(small_city: SmallCity, pupil: UUID) -> None:
    with pytest.raises(Refused) as refused:
        _lodge(small_city, pupil, "resumption", {"effective_on": "2008-09-22"}, ("application_form", "recovery_proof"))
    assert refused.value.code == "status_forbids"
    assert "在读" in refused.value.message
