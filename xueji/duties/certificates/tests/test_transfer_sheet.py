"""转学证明: only for an approved transfer, once, by the school that the pupil leaves; its receipt finds the file."""

from __future__ import annotations

import json
from datetime import date
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from tests.small_city import BAIXIA_PRIMARY, PRIMARY, Beginning, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.duties.certificates import selectors, services, verification
from xueji.duties.certificates.models import Certificate
from xueji.duties.certificates.paper import digest_of
from xueji.duties.certificates.tests.support import issue, text_of
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.documents.inspection import read_codes, read_text
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.types import Refused
from xueji.registry.applications.papers import codes
from xueji.registry.applications.tests.support import child, enrol, step
from xueji.registry.applications.tests.told import decide, done, lodge_change, move
from xueji.registry.applications.tests.ways import lodge_transfer, people, student_of

pytestmark = pytest.mark.usefixtures("fresh_database")
SHEET = "transfer_sheet"
AWAY = {"region": "安徽省合肥市庐阳区", "other_school_name": "庐阳实验小学", "reason": "举家迁居"}


def _begin(city: SmallCity, environment: SeededEnvironment) -> UUID:
    enrol(city, [child(1), child(2)])
    enrol(city, [child(30)], school=BAIXIA_PRIMARY, bureau="320103")
    move(environment, date(2008, 10, 6))
    return student_of(city, str(child(1)["name"]))


@pytest.fixture
def beginning() -> Beginning:
    return _begin


@pytest.fixture
def pupil(begun: UUID) -> UUID:
    return begun


def test_the_sheet_goes_with_the_child_once_the_transfer_is_approved_and_its_receipt_finds_the_file(
    small_city: SmallCity, pupil: UUID
) -> None:
    with pytest.raises(Refused, match="没有从本校转出、已经批准的转学") as refused:
        issue(small_city, pupil, kind=SHEET)
    assert (refused.value.code, bool(refused.value.basis)) == ("certificate.no_transfer", True)
    application = lodge_change(small_city, pupil, "transfer_out_of_city", AWAY)
    client, address = signed_in(small_city.registrar()), f"/certificates/{SHEET}/for/{pupil}/"
    assert "没有从本校转出" in client.post(address, {}).content.decode()  # nothing goes out before it is decided
    assert address not in client.get(f"/changes/{application}/").content.decode()
    decide(small_city, application)
    assert address in client.get(f"/changes/{application}/").content.decode()
    answer = client.post(address, {})
    assert answer["Content-Type"] == "application/pdf"
    said = text_of(answer.content)
    for text in (
        "转学证明", "接收学校回执", "安徽省合肥市庐阳区庐阳实验小学就读", str(child(1)["id_number"]), "举家迁居",
        "2008年11月17日", f"{PRIMARY}-转-2008-00001", "请注销其在你校的学籍",
    ):  # fmt: skip
        assert text in said, text
    found = {text for text, _ in read_codes(answer.content, "application/pdf", "a.pdf")}
    (of_file,) = filter(None, map(codes.read, found))
    assert of_file == codes.PaperCode(application=application, paper="sheet")
    (signed,) = [one for one in found if one.startswith("XJ1.")]
    with acting(small_city.registrar()):
        statement = verification.verify(signed, printed=read_text(answer.content, "a.pdf")).statement
        (verified,) = verification.verify_file(answer.content, "转学证明.pdf")
        (row,) = selectors.issued(None, kind=SHEET)
    assert (verified.result, verified.compared) == ("valid", True)
    assert statement is not None
    assert (statement.kind, statement.registration) == (SHEET, f"{PRIMARY}20080101")
    assert row.valid_until == date(2009, 1, 3)


def test_one_sheet_stands_at_a_time_and_a_voided_one_is_replaced(small_city: SmallCity, pupil: UUID) -> None:
    done(small_city, pupil, "transfer_out_of_city", AWAY)
    first = issue(small_city, pupil, kind=SHEET)
    with pytest.raises(Refused, match=f"已有转学证明（{first.number}）"):
        issue(small_city, pupil, kind=SHEET)
    with acting_system():
        row = Certificate.objects.get()
        row.id, row.number = UUID(int=7), "X"
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)
    with acting(small_city.registrar()) as actor:
        assert text_of(services.reprint(actor=actor, certificate=first.id).pdf) == text_of(first.pdf)
        services.void(actor=actor, certificate=first.id, reason="遗失")
        assert verification.verify(first.statement).result == "voided"
    second = issue(small_city, pupil, kind=SHEET)
    assert second.number.endswith("00002")


def test_a_transfer_is_not_taken_back_while_its_sheet_is_out(small_city: SmallCity, pupil: UUID) -> None:
    done(small_city, pupil, "transfer_out_of_city", AWAY)
    made = issue(small_city, pupil, kind=SHEET)
    said, out = {"reason": "家长决定不迁居"}, f"已出具转学证明（{made.number}），请先作废"
    with pytest.raises(Refused, match=out):
        lodge_change(small_city, pupil, "transfer_out_cancel", said)
    with acting(small_city.registrar()) as actor:
        services.void(actor=actor, certificate=made.id, reason="收回")
    stays = lodge_change(small_city, pupil, "transfer_out_cancel", said)
    made = issue(small_city, pupil, kind=SHEET)  # meanwhile
    with pytest.raises(Refused, match=f"已出具转学证明（{made.number}），请先作废"):
        decide(small_city, stays)
    with acting(small_city.registrar()) as actor:
        services.void(actor=actor, certificate=made.id, reason="收回")
    decide(small_city, stays)
    with pytest.raises(Refused, match="没有从本校转出"):
        issue(small_city, pupil, kind=SHEET)


def test_no_document_number_can_be_tried_out_against_what_is_kept(small_city: SmallCity, pupil: UUID) -> None:
    done(small_city, pupil, "transfer_out_of_city", AWAY)
    issue(small_city, pupil, kind=SHEET)
    with acting_system():
        (row,) = Certificate.objects.filter(kind=SHEET).values()
    assert str(child(1)["id_number"]) not in json.dumps(row, default=str)
    facts = {"name": "丁一", "document": "1"}
    assert digest_of(UUID(int=1), facts) == digest_of(UUID(int=1), {**facts, "document": "2"})
    assert digest_of(UUID(int=1), facts) != digest_of(UUID(int=1), {**facts, "document_index": "2"})


def test_a_foreign_school_and_one_that_the_child_has_not_left_have_no_sheet(small_city: SmallCity, pupil: UUID) -> None:
    done(small_city, pupil, "transfer_out_of_city", AWAY)
    with pytest.raises(Refused):
        issue(small_city, pupil, kind=SHEET, by=small_city.registrar(BAIXIA_PRIMARY))
    other = student_of(small_city, str(child(2)["name"]))
    with pytest.raises(Refused, match="没有从本校转出"):
        issue(small_city, other, kind=SHEET)


class TestWithinTheCity:
    """The rulebook of 2014 has a sheet between two schools of the city: the sending one issues it."""

    @pytest.fixture
    def city_rulebook(self) -> str:
        return "nanjing-2014"

    def test_the_sending_school_gives_the_sheet_and_the_receiving_one_only_verifies_it(
        self, small_city: SmallCity, pupil: UUID
    ) -> None:
        lodged = lodge_transfer(small_city, child(1))
        for actor, act in people(small_city):
            step(actor, lodged.application, act)
        sender, receiver = small_city.registrar(), small_city.registrar(BAIXIA_PRIMARY)
        address = f"/certificates/{SHEET}/for/{pupil}/"
        assert address in signed_in(sender).get(f"/changes/{lodged.application}/").content.decode()
        assert address not in signed_in(receiver).get(f"/changes/{lodged.application}/").content.decode()
        with pytest.raises(Refused, match="没有从本校转出"):
            issue(small_city, pupil, kind=SHEET, by=receiver)
        made = issue(small_city, pupil, kind=SHEET)
        said = text_of(made.pdf)
        for text in ("转学联系表", str(child(1)["id_number"]), f"{PRIMARY}20080101", "转往白下", "一（1）班"):
            assert text in said, text
        page = signed_in(receiver).post("/certificates/check/", {"text": made.statement}).content.decode()
        assert "查验通过" in page
