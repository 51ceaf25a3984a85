"""辍学 out of the roll-call: what it knows goes into the form, and the change in hand ends the no-show (clause D2)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.small_city import PRIMARY, QINHUAI, SmallCity
from xueji.doors.web.tests.support import load, signed_in
from xueji.ground.accounts.context import acting
from xueji.ground.parameters.build import rulebook_from_files
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.registry.applications import services as applications
from xueji.registry.applications.tests.ways import pdf_of
from xueji.registry.rollcall import selectors, services
from xueji.registry.rollcall.types import Called


def test_the_roll_call_is_not_due_before_the_two_weeks_of_a_dropout_are_full() -> None:
    """Who never came since 1 September can be declared a dropout on the 15th, not before."""
    book = rulebook_from_files(date(2008, 9, 1))
    autumn = book.calendar.terms.term("2008-autumn")
    assert autumn is not None
    weeks = next(limit for limit in book.change("dropout").limits if limit.kind == "absent_days")
    assert (autumn.clear_by - autumn.starts_on).days >= weeks.value


@pytest.mark.django_db
def test_a_dropout_is_lodged_with_what_the_roll_call_knows_and_ends_the_no_show(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    load(small_city, PRIMARY, range(6), 3, QINHUAI)
    environment.move_to(datetime(2008, 9, 3, 2, tzinfo=UTC))
    client = signed_in(small_city.registrar())
    roll = UUID(client.post("/rollcall/open/", {"term": "2008-autumn"}).headers["Location"].rstrip("/")[-36:])
    with acting(small_city.registrar()) as actor:
        line = selectors.lines([roll])[0]
        services.enter(actor=actor, roll=roll, called=[Called(line.id, "absent")])
    environment.move_to(datetime(2008, 9, 15, 2, tzinfo=UTC))
    where, lodge = f"/rollcall/line/{line.id}/", f"/changes/new/dropout/{line.student}/"
    for day, way in (("2008-09-05", "phone"), ("2008-09-12", "visit")):
        values = {"act": "contact", "on": day, "way": way, "reached": "0", "who": "班主任", "result": "家中无人"}
        client.post(where, values)
    form = client.get(lodge).content.decode()
    assert 'value="2008-09-01"' in form
    assert "2008-09-12 家访（班主任）：未联系上，家中无人" in form
    answers: dict[str, object] = {
        "effective_on": "2008-09-15", "absent_since": "2008-09-01", "reason_code": "lost", "contact_attempts": "2",
        "contact_record": "两次未联系上",
    }  # fmt: skip
    for paper in ("dropout_report", "contact_proof"):
        answers[f"paper_{paper}"] = SimpleUploadedFile(f"{paper}.pdf", pdf_of(paper))
    lodged = client.post(lodge, answers)
    assert lodged.status_code == 302, lodged.content.decode()
    application = lodged.headers["Location"].rstrip("/").rsplit("/", 1)[1]
    assert application in client.get(where).content.decode()
    ended = client.post(where, {"act": "settle", "outcome": "dropout", "on": "2008-09-15", "application": application})
    assert ended.status_code == 302
    with acting(small_city.registrar()) as actor:
        assert selectors.ghosts("2008") == []
        applications.retract(actor=actor, application=UUID(application))
        assert services.compare_roll(actor=actor, roll=roll) == (0, 1), "an end that was taken back is none"
        assert [one.line for one in selectors.ghosts("2008")] == [line.id]
