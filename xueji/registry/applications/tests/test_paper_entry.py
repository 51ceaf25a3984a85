"""Entry from paper after the system was down: with the paper's date and the reason, marked wherever it is seen."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest

from tests.small_city import PRIMARY, QINHUAI, Beginning, SmallCity
from xueji.ground.accounts.context import acting
from xueji.ground.journals import selectors as journals
from xueji.ground.parameters.build import rulebook_from_files
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Refused
from xueji.registry.applications import selectors, services
from xueji.registry.applications.tests.support import child, resident_id, step, two_pupils
from xueji.registry.applications.tests.ways import class_of, papers, student_of

pytestmark = pytest.mark.usefixtures("fresh_database")
SUSPEND = {"effective_on": "2008-09-16", "until": "2009-08-31", "reason_code": "illness"}
SUSPEND_PAPERS = ("application_form", "medical_proof")
#: Acts of a bureau about schools and districts: they bear the date of its document.
OF_ORGANISATIONS = ("school_", "district_", "competent_bureau")
DOWN = "9月16日机房停电，系统停用一天"


@pytest.fixture
def beginning() -> Beginning:
    return two_pupils


@pytest.fixture
def pupil(begun: UUID, environment: SeededEnvironment) -> UUID:
    environment.move_to(datetime(2008, 9, 22, 9, tzinfo=LOCAL_ZONE))
    return begun


def lodge(
    city: SmallCity,
    student: UUID,
    kind: str = "suspension",
    claim: dict[str, str] | None = None,
    keys: tuple[str, ...] = SUSPEND_PAPERS,
    paper_date: date | None = date(2008, 9, 16),
    paper_reason: str = DOWN,
) -> UUID:
    with acting(city.registrar(PRIMARY)) as actor:
        return services.lodge_change(
            actor=actor,
            kind=kind,
            school=city.id(PRIMARY),
            student=student,
            claim=claim or SUSPEND,
            evidence=papers(actor, keys),
            paper_date=paper_date,
            paper_reason=paper_reason,
        ).application


def decide(city: SmallCity, application: UUID) -> None:
    step(city.proofreader(PRIMARY), application, "proofread")
    step(city.deputy_head(PRIMARY), application, "decide")
    step(city.clerk(QINHUAI), application, "examine")
    step(city.head(QINHUAI), application, "approve")


def test_the_entry_bears_the_papers_date_in_its_basis(small_city: SmallCity, pupil: UUID) -> None:
    application = lodge(small_city, pupil)
    decide(small_city, application)
    with acting(small_city.registrar(PRIMARY)):
        view = selectors.application(application, with_claim=True)
        last = journals.entries_of_students([pupil])[pupil][-1]
    assert view is not None
    assert (view.paper_date, view.claim["paper_reason"]) == (date(2008, 9, 16), DOWN)
    assert (last.kind, last.effective_on, last.basis["paper_date"]) == ("suspension", date(2008, 9, 16), "2008-09-16")


def test_what_is_true_from_the_decision_is_true_from_the_papers_day(
    small_city: SmallCity, pupil: UUID, environment: SeededEnvironment
) -> None:
    decide(small_city, lodge(small_city, pupil, paper_date=None, paper_reason=""))
    environment.move_to(datetime(2009, 8, 24, 9, tzinfo=LOCAL_ZONE))
    extended = lodge(
        small_city,
        pupil,
        "suspension_extension",
        {"until": "2010-02-28", "reason": "继续治疗"},
        SUSPEND_PAPERS,
        date(2009, 8, 5),
    )
    decide(small_city, extended)
    with acting(small_city.registrar(PRIMARY)):
        last = journals.entries_of_students([pupil])[pupil][-1]
        view = selectors.application(extended)
    assert (last.kind, last.effective_on) == ("suspension_extension", date(2009, 8, 5))
    assert view is not None
    assert view.effective_on == date(2009, 8, 5)


def test_an_ordinary_application_bears_no_papers_date(small_city: SmallCity, pupil: UUID) -> None:
    decide(small_city, lodge(small_city, pupil, paper_date=None, paper_reason=""))
    with acting(small_city.registrar(PRIMARY)):
        assert "paper_date" not in journals.entries_of_students([pupil])[pupil][-1].basis


@pytest.mark.parametrize(
    ("day", "reason", "code"),
    [
        (date(2008, 9, 23), DOWN, "paper_date_ahead"),
        (date(2008, 9, 16), "  ", "paper_reason_missing"),
    ],
)
def test_a_paper_of_tomorrow_or_without_a_reason_is_refused(
    small_city: SmallCity, pupil: UUID, day: date, reason: str, code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        lodge(small_city, pupil, paper_date=day, paper_reason=reason)
    assert refusal.value.code == code


def test_a_kind_whose_rulebook_does_not_allow_it_is_refused_with_its_basis(small_city: SmallCity, pupil: UUID) -> None:
    with pytest.raises(Refused, match="不能事后凭纸质材料补录") as refusal:
        lodge(
            small_city,
            pupil,
            "transfer_out_of_city",
            {"region": "安徽省合肥市", "other_school_name": "庐阳实验小学", "reason": "举家迁居"},
            (),
        )
    assert refusal.value.code == "no_paper_entry"
    assert refusal.value.basis


def test_entrants_guests_from_outside_and_corrections_bear_the_papers_date_too(
    small_city: SmallCity, pupil: UUID
) -> None:
    paper: dict[str, Any] = {"paper_date": date(2008, 9, 16), "paper_reason": DOWN}
    home = {
        "home_region": "安徽省合肥市庐阳区",
        "home_school": "庐阳实验小学",
        "guardian": "家长",
        "phone": "13900000000",
    }
    with acting(small_city.registrar(PRIMARY)) as actor:
        entrants = services.lodge_roster(
            actor=actor, school=small_city.id(PRIMARY), kind="enrolment", rows=[child(7)], file_digest="p" * 64, **paper
        )
        group = str(class_of(small_city, PRIMARY))
        guest = services.lodge_outside(
            actor=actor,
            kind="guest_outside_begin",
            claim={
                **home, "name": "白露", "gender": "2", "birth_date": "2001-10-09", "class_group": group,
                "id_number": resident_id(77, "2001-10-09"), "effective_on": "2008-09-16", "until": "2009-06-30",
                "reason_code": "other",
            },
            evidence=papers(actor, ("application_form", "home_proof")),
            **paper,
        )  # fmt: skip
        corrected = services.lodge_key_correction(
            actor=actor,
            school=small_city.id(PRIMARY),
            student=pupil,
            values={"name": "石榴红"},
            reason="录入时写错",
            evidence=papers(actor, ("hukou_or_police_proof",)),
            **paper,
        )
    step(small_city.proofreader(PRIMARY), entrants.application, "proofread")
    step(small_city.deputy_head(PRIMARY), entrants.application, "decide")
    step(small_city.head(QINHUAI), entrants.application, "approve")
    decide(small_city, guest.application)
    with acting(small_city.registrar(PRIMARY)):
        views = [selectors.application(one.application, with_claim=True) for one in (entrants, guest, corrected)]
        new = student_of(small_city, str(child(7)["name"]))
        last = journals.entries_of_students([new])[new][-1]
    assert [(one.paper_date, one.claim["paper_reason"]) for one in views if one] == [(paper["paper_date"], DOWN)] * 3
    assert last.basis["paper_date"] == "2008-09-16"


def test_every_kind_that_is_lodged_says_whether_it_may_come_from_paper() -> None:
    """All but transfers may; a kind that may not says why in the rulebook."""
    book = rulebook_from_files(date(2008, 11, 3))
    silent = [
        one.kind
        for one in book.changes.values()
        if not one.forbidden
        and not one.kind.startswith(OF_ORGANISATIONS)
        and not one.paper_entry
        and not one.no_paper_entry
    ]
    assert silent == []
