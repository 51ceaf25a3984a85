"""Papers of an application: added while it is open, seen with who and when, put in another's place but never lost."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.db.utils import ProgrammingError

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, NINE_YEAR, PRIMARY, QINHUAI, Beginning, SmallCity
from xueji.ground.accounts.context import acting
from xueji.ground.documents.services import open_document
from xueji.ground.documents.tests import hostile
from xueji.ground.parameters.selectors import rulebook
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment, today
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.applications import selectors, services
from xueji.registry.applications.papers import codes
from xueji.registry.applications.papers import selectors as papers
from xueji.registry.applications.tasks import sweep_scans
from xueji.registry.applications.tests.support import approve, child, enrol, lodge, step
from xueji.registry.applications.tests.ways import lodge_transfer, pdf_of

pytestmark = pytest.mark.usefixtures("fresh_database")


def _begin(city: SmallCity, _environment: SeededEnvironment) -> UUID:
    """A roster under way at 秦淮's primary school."""
    return lodge(city, [child(1), child(2)]).application


@pytest.fixture
def beginning() -> Beginning:
    return _begin


@pytest.fixture
def roster(begun: UUID) -> UUID:
    return begun


def add(actor: Actor, application: UUID, key: str = "hukou_copies", text: str = "户口簿", **more: object) -> UUID:
    with acting(actor):
        kept = services.keep_paper(actor=actor, name=f"{text}.pdf", content=pdf_of(text), subject=application)
        return services.add_evidence(
            actor=actor,
            application=application,
            key=key,
            document=kept.id,
            **more,  # type: ignore[arg-type]
        )


def seen(actor: Actor, application: UUID) -> tuple[papers.PaperView, ...]:
    with acting(actor):
        view = selectors.application(application)
        return papers.papers_of(application, rulebook(today()).changes[view.kind]) if view else ()


def test_a_roster_gets_papers_later_and_each_shows_who_added_it_and_when(small_city: SmallCity, roster: UUID) -> None:
    add(small_city.registrar(), roster)
    add(small_city.registrar(), roster, "other", "情况说明")
    for actor in (small_city.registrar(), small_city.clerk(QINHUAI)):
        first, second = seen(actor, roster)
        assert (first.title, second.title) == ("户口簿复印件", "其他补充材料")
        assert (first.added_by, first.added_at.date()) == (small_city.registrar().person, today())
        assert first.added_name
        assert (first.name, first.pages) == ("户口簿.pdf", 1)


def test_a_paper_is_put_in_anothers_place_and_the_earlier_one_stays_in_the_file(
    small_city: SmallCity, roster: UUID
) -> None:
    first = add(small_city.registrar(), roster)
    second = add(small_city.registrar(), roster, text="户口簿（清晰）", supersedes=first)
    old, new = seen(small_city.clerk(QINHUAI), roster)
    assert (old.id, old.superseded_by, new.id, new.supersedes) == (first, second, second, first)
    with acting(small_city.clerk(QINHUAI)):
        assert open_document(old.document).content == pdf_of("户口簿")
    assert papers.given_keys([old, new]) == {"hukou_copies"}
    with pytest.raises(Refused, match="已被替换过"):
        add(small_city.registrar(), roster, text="再来一份", supersedes=first)
    with pytest.raises(Refused, match="不是同一类"):
        add(small_city.registrar(), roster, "other", "别的", supersedes=second)


@pytest.mark.parametrize(
    "statement", ["DELETE FROM applications_evidence", "UPDATE applications_evidence SET key = 'other'"]
)
def test_nobody_takes_a_paper_away_or_changes_it(small_city: SmallCity, roster: UUID, statement: str) -> None:
    add(small_city.registrar(), roster)
    with pytest.raises(ProgrammingError, match="permission denied"), acting(small_city.registrar()):
        connection.cursor().execute(statement)


def test_whoever_decides_is_shown_the_file_anew_when_a_paper_was_added_meanwhile(
    small_city: SmallCity, roster: UUID
) -> None:
    with acting(small_city.proofreader()):
        view = selectors.application(roster)
    assert view is not None
    add(small_city.registrar(), roster)
    with pytest.raises(Refused) as refusal:
        step(small_city.proofreader(), roster, "proofread", expected_version=view.version)
    assert refusal.value.code == "changed_meanwhile"
    step(small_city.proofreader(), roster, "proofread", expected_version=view.version + 1)


def test_only_the_two_schools_registrars_add_papers_and_only_while_it_is_open(
    small_city: SmallCity, roster: UUID
) -> None:
    for actor in (small_city.proofreader(), small_city.deputy_head(), small_city.clerk(QINHUAI)):
        with pytest.raises(Refused, match="您不能添加"):
            add(actor, roster)
    with pytest.raises(Refused, match="没有找到"):
        add(small_city.registrar(NINE_YEAR), roster)
    with pytest.raises(Refused, match="没有这一类材料"):
        add(small_city.registrar(), roster, "medical_proof")
    add(small_city.registrar(), roster)
    with pytest.raises(Refused, match="不必再添加"):
        add(small_city.registrar(), roster)
    approve(small_city, roster)
    with pytest.raises(Refused, match="已经办结"):
        add(small_city.registrar(), roster, text="迟到的")


def test_the_sending_school_of_a_transfer_adds_papers_too(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    rows = [child(1)]
    enrol(small_city, rows)
    enrol(small_city, [child(9)], school=BAIXIA_PRIMARY, bureau=BAIXIA)
    environment.move_to(datetime(2008, 9, 8, 9, tzinfo=LOCAL_ZONE))
    application = lodge_transfer(small_city, rows[0]).application
    add(small_city.registrar(PRIMARY), application, "other", "转出学校意见")
    assert [one.key for one in seen(small_city.registrar(BAIXIA_PRIMARY), application)] == [
        "application_form",
        "move_proof",
        "other",
    ]


def test_a_document_of_another_school_is_nobodys_evidence(small_city: SmallCity, roster: UUID) -> None:
    foreign = small_city.registrar(NINE_YEAR)
    with acting(foreign):
        kept = services.keep_paper(actor=foreign, name="a.pdf", content=pdf_of("x"))
    with pytest.raises(Refused, match="不是本校上传的"), acting(small_city.registrar()) as actor:
        services.add_evidence(actor=actor, application=roster, key="other", document=kept.id)


def test_a_scan_that_nobody_confirms_goes_after_the_rulebooks_days_and_what_is_filed_stays(
    small_city: SmallCity, roster: UUID, environment: SeededEnvironment
) -> None:
    add(small_city.registrar(), roster)
    with acting(small_city.registrar()) as actor:
        scan = services.keep_paper(actor=actor, name="扫描001.pdf", content=pdf_of("没有确认"), subject=roster)
    uploaded = environment.now()
    environment.move_to(uploaded + timedelta(days=30))
    sweep_scans(0)
    with acting(small_city.registrar()):
        assert open_document(scan.id).content == pdf_of("没有确认")
    environment.move_to(uploaded + timedelta(days=31))
    sweep_scans(0)
    (filed,) = seen(small_city.registrar(), roster)
    with acting(small_city.registrar()):
        assert open_document(filed.document).content == pdf_of("户口簿")
        with pytest.raises(Refused, match="没有这份证明材料"):
            open_document(scan.id)


def test_a_file_above_the_rulebooks_limits_is_refused(small_city: SmallCity) -> None:
    with acting(small_city.registrar()) as actor, pytest.raises(Refused, match="61 页，超过每个文件 60 页"):
        services.keep_paper(actor=actor, name="a.pdf", content=hostile.of_pages(61))


def test_what_is_missing_is_told_once_with_the_last_day(small_city: SmallCity) -> None:
    book = rulebook(date(2008, 9, 22))
    told = papers.wanting(book.changes["transfer"], {"move_proof"}, book, told_on=date(2008, 9, 22))
    assert [paper.key for paper in told.missing] == ["application_form"]
    assert [paper.key for paper in told.there] == ["move_proof"]
    assert told.until == date(2008, 9, 27)  # five working days: that Saturday was one, before the holidays
    complete = papers.wanting(
        book.changes["transfer"], {"move_proof", "application_form"}, book, told_on=date(2008, 9, 22)
    )
    assert (complete.missing, complete.until) == ((), None)


def test_the_code_of_a_paper_is_read_back_and_nothing_else_is() -> None:
    one = uuid4()
    for code in (
        codes.PaperCode(application=one),
        codes.PaperCode(application=one, paper="slip"),
        codes.PaperCode(application=one, paper="notice"),
        codes.PaperCode(student=one, kind="suspension"),
        codes.PaperCode(kind="suspension"),
    ):
        assert codes.read(code.text()) == code
    for text in (
        "",
        "XJ1.abc.def",
        "XJF1.A.12",
        f"XJF1.A.{one.hex}x",
        f"XJF1.A.{one.hex}.other",
        "https://example.org",
        "XJF1.K.Ab",
    ):
        assert codes.read(text) is None
    assert codes.receipt_number(one, date(2008, 9, 3)) == f"20080903-{one.hex[-8:].upper()}"
