"""学籍证明: what is refused, what stands on it, and that nothing is printed twice unseen (clauses B2, B3, C2, A6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import pytest
from django.db import IntegrityError, transaction

from tests.small_city import BAIXIA_PRIMARY, CITY, JUNIOR, PRIMARY, QINHUAI, SmallCity
from xueji.duties.certificates import selectors, services, verification
from xueji.duties.certificates.models import Certificate
from xueji.duties.certificates.tests.support import code_by_opencv, issue, text_of
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.disclosure.models import Disclosure
from xueji.ground.documents.inspection import read_codes
from xueji.ground.journals.selectors import entries_of_students
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.operations import SetFields
from xueji.pure.kernel.types import Refused, Role
from xueji.registry.register.selectors import student_record
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.django_db
LONG = "阿卜杜拉·买买提·吐尔逊江𠮷䶮"  # 15 characters, two of them rare


def refused(act: Callable[[], object]) -> Refused:
    """The refusal of an act: code, Chinese sentence, basis."""
    with pytest.raises(Refused) as caught:
        act()
    assert caught.value.message.endswith("。")
    assert caught.value.basis
    return caught.value


def test_a_proof_is_issued_only_for_an_established_record(lives: Lives) -> None:
    pupil = lives.open(guardian_1_name=None)
    refusal = refused(lambda: issue(lives.city, pupil.student))
    assert refusal.code == "certificate.not_established"
    assert "尚未建全" in refusal.message


def test_a_proof_is_issued_only_with_a_registration_number(lives: Lives) -> None:
    pupil = lives.open(number="")
    refusal = refused(lambda: issue(lives.city, pupil.student))
    assert "没有19位学籍号，出具的证明无效" in refusal.message  # beside: an unnumbered record is not established


def test_a_proof_is_issued_only_while_the_registration_is_in_force(lives: Lives) -> None:
    pupil = lives.open()
    lives.close(pupil, "graduation", date(2008, 7, 1))
    assert refused(lambda: issue(lives.city, pupil.student)).code == "certificate.not_in_force"


def test_a_former_school_issues_no_proof_the_present_one_does(lives: Lives) -> None:
    moved = lives.transfer(lives.open(), BAIXIA_PRIMARY, date(2008, 3, 3))
    assert refused(lambda: issue(lives.city, moved.student)).code == "certificate.not_in_force"
    made = issue(lives.city, moved.student, by=lives.city.registrar(BAIXIA_PRIMARY))
    assert made.number == f"{BAIXIA_PRIMARY}-证-2008-00001"


def test_a_school_that_never_had_the_pupil_learns_nothing(lives: Lives) -> None:
    pupil = lives.open()
    refusal = refused(lambda: issue(lives.city, pupil.student, by=lives.city.registrar(JUNIOR)))
    assert refusal.code == "certificate.unknown"


def test_only_registrar_and_deputy_head_issue_trained_ones(lives: Lives) -> None:
    city, pupil = lives.city, lives.open()
    for actor in (city.proofreader(), city.clerk(), city.head(QINHUAI)):
        assert refused(lambda actor=actor: issue(city, pupil.student, by=actor)).code == "certificate.post"  # type: ignore[misc]
    untrained = replace(city.registrar(), trained=False)
    assert refused(lambda: issue(city, pupil.student, by=untrained)).code == "accounts.untrained"
    research = city.actor(CITY, Role.RESEARCH)
    assert refused(lambda: issue(city, pupil.student, by=research)).code == "accounts.read_only"
    assert issue(city, pupil.student, by=city.deputy_head()).number.endswith("00001")
    assert Certificate.objects.count() == 0  # outside anyone's context nothing is seen


def test_the_paper_says_what_the_register_says_and_can_be_read_back(lives: Lives) -> None:
    pupil = lives.open(name=LONG, gender="2", ethnic_group="05")
    made = issue(lives.city, pupil.student, purpose="办理少儿 医疗保险")
    text = text_of(made.pdf)
    number = f"{PRIMARY}20070101"
    for said in (
        LONG, "女", "2001年3月4日", "维吾尔族", number, "二（1）班", "秦淮云锦小学", "2008年9月1日", "在读",
        made.number, "本证明用于：办理少儿医疗保险", "有效期至2008年11月29日", "学校学籍专用章",
    ):  # fmt: skip
        assert said in text, said
    assert made.pdf.startswith(b"%PDF-1.7")
    assert b"pdfaid" in made.pdf
    assert code_by_opencv(made.pdf) == made.statement
    assert read_codes(made.pdf, "application/pdf", "a.pdf") == [(made.statement, 1)]


def test_a_name_of_two_characters_and_a_rare_surname_are_on_the_paper_as_they_are(lives: Lives) -> None:
    for name in ("丁一", "䶮𠮷", "买·买"):
        pupil = lives.open(name=name)
        assert name in text_of(issue(lives.city, pupil.student).pdf)


def test_a_character_that_no_font_holds_is_refused_and_takes_no_number(lives: Lives) -> None:
    strange = lives.open(name="王\U000f0000")
    assert refused(lambda: issue(lives.city, strange.student)).code == "certificate.glyph"
    assert issue(lives.city, lives.open().student).number == f"{PRIMARY}-证-2008-00001"


def test_each_print_is_in_the_disclosure_log(lives: Lives) -> None:
    pupil = lives.open()
    made = issue(lives.city, pupil.student)
    with acting(lives.city.registrar()) as actor:
        services.reprint(actor=actor, certificate=made.id)
    with acting_system():
        lines = list(Disclosure.objects.filter(kind="print").order_by("sequence"))
    assert [(line.subjects, line.person, line.ground) for line in lines] == [
        ([pupil.student], lives.city.registrar().person, f"出具学籍证明 {made.number} 办理医疗保险"),
        ([pupil.student], lives.city.registrar().person, f"再次打印学籍证明 {made.number}"),
    ]


def test_printed_again_it_is_the_same_paper(lives: Lives, environment: SeededEnvironment) -> None:
    made = issue(lives.city, lives.open().student)
    environment.move_to(datetime(2008, 10, 6, 9, tzinfo=LOCAL_ZONE))
    with acting(lives.city.deputy_head()) as actor:
        again = services.reprint(actor=actor, certificate=made.id)
    assert (again.number, again.statement) == (made.number, made.statement)
    assert text_of(again.pdf) == text_of(made.pdf)


def test_it_is_not_printed_again_once_the_record_has_changed_the_term_is_over_or_by_another_school(
    lives: Lives, environment: SeededEnvironment
) -> None:
    city, pupil, other = lives.city, lives.open(), lives.open()
    changed, old = issue(city, pupil.student), issue(city, other.student)
    lives.change(pupil, "correction", date(2008, 9, 1), SetFields({"name": "张改名"}))

    def again(made: services.Issued, code: str = PRIMARY) -> object:
        with acting(city.registrar(code)) as actor:
            return services.reprint(actor=actor, certificate=made.id)

    assert refused(lambda: again(changed)).code == "certificate.changed"
    assert refused(lambda: again(old, JUNIOR)).code == "certificate.not_found"
    environment.move_to(datetime(2008, 11, 30, 9, tzinfo=LOCAL_ZONE))
    assert refused(lambda: again(old)).code == "certificate.expired"


def test_voided_with_its_reason_it_stays_findable_and_is_not_printed_again(lives: Lives) -> None:
    city = lives.city
    made = issue(city, lives.open().student)
    with acting(city.deputy_head()) as actor:
        assert refused(lambda: services.void(actor=actor, certificate=made.id, reason=" ")).code == "certificate.reason"
        services.void(actor=actor, certificate=made.id, reason="印错用途")
        assert refused(lambda: services.void(actor=actor, certificate=made.id, reason="再作废")).code == (
            "certificate.voided"
        )
        assert refused(lambda: services.reprint(actor=actor, certificate=made.id)).code == "certificate.voided"
        (row,) = selectors.issued([city.id(PRIMARY)])
    assert (row.number, row.void_reason, row.voided_by) == (made.number, "印错用途", city.deputy_head().person)
    with acting(city.registrar(JUNIOR)) as actor:
        assert refused(lambda: services.void(actor=actor, certificate=made.id, reason="不是本校")).code == (
            "certificate.not_found"
        )


def test_a_paper_is_never_changed_or_deleted_not_even_by_the_application(lives: Lives) -> None:
    made = issue(lives.city, lives.open().student)
    with acting(lives.city.registrar()):
        for change in ({"purpose": "别的用途"}, {"number": "1"}, {"issued_on": date(2008, 1, 1)}):
            with pytest.raises(IntegrityError, match="only voided"), transaction.atomic():
                Certificate.objects.filter(id=made.id).update(**change)
        assert Certificate.objects.filter(id=made.id).delete() == (0, {})
        assert Certificate.objects.filter(id=made.id).exists()


def test_papers_are_seen_within_the_jurisdiction_alone(lives: Lives) -> None:
    city = lives.city
    made = issue(city, lives.open().student)
    for actor in (city.registrar(), city.clerk(QINHUAI), city.head(CITY)):
        with acting(actor):
            assert selectors.certificate(made.id) is not None
    for actor in (city.registrar(JUNIOR), city.clerk("320103"), city.actor(CITY, Role.RESEARCH)):
        with acting(actor):
            assert selectors.certificate(made.id) is None


def test_the_sealed_statement_is_not_in_clear_in_the_table(lives: Lives) -> None:
    made = issue(lives.city, lives.open().student)
    with acting_system():
        row = Certificate.objects.get(id=made.id)
    assert made.statement.encode() not in bytes(row.statement)


def test_a_missing_state_row_stops_the_paper(lives: Lives) -> None:
    from xueji.registry.register import selectors as register

    pupil = lives.open()
    with acting(lives.city.registrar()):
        record = register.student_record(pupil.student)
        assert record is not None
        assert services.register_check(record) == []
        assert services.register_check(replace(record, student=pupil.registration)) == ["学籍记录"]


def test_what_a_later_entry_will_bring_is_no_difference(lives: Lives) -> None:
    pupil = lives.open()
    lives.change(pupil, "correction", date(2008, 12, 1), SetFields({"name": "张将改"}))
    lives.close(pupil, "graduation", date(2009, 7, 1))
    text = text_of(issue(lives.city, pupil.student).pdf)
    assert "张将改" not in text


def test_the_web_shows_the_same_refusals_before_anything_is_printed(small_city: SmallCity, lives: Lives) -> None:
    from xueji.ground.parameters import selectors as parameters
    from xueji.pure.kernel.environment import today
    from xueji.registry.register import selectors as register

    pupil = lives.open(number="")
    with acting(small_city.registrar()) as actor:
        kind = parameters.rulebook(today()).certificates[services.PROOF]
        unmet = services.refusals(register.student_record(pupil.student), kind, actor.organisation)
    assert [one.code for one in unmet] == ["certificate.not_established", "certificate.no_number"]
    assert verification.verify("无").result == "invalid"


def test_a_paper_that_stands_on_an_entry_is_named_until_it_is_voided(lives: Lives) -> None:
    pupil = lives.open()
    with acting(lives.city.head(QINHUAI)):
        opened = entries_of_students([pupil.student])[pupil.student][0]
    made = issue(lives.city, pupil.student)
    with acting(lives.city.head(QINHUAI)):
        assert made.number in selectors.resting({pupil.student: opened})[pupil.student]
    with acting(lives.city.deputy_head()) as actor:
        services.void(actor=actor, certificate=made.id, reason="重复出具")
    with acting(lives.city.head(QINHUAI)):
        assert selectors.resting({pupil.student: opened}) == {}


def test_papers_under_a_number_that_was_corrected_are_listed_for_exchange(lives: Lives) -> None:
    pupil, other = lives.open(), lives.open()
    issued, _ = issue(lives.city, pupil.student), issue(lives.city, other.student)
    with acting(lives.city.registrar(PRIMARY)):
        record = student_record(pupil.student)
        assert record is not None
        old = record.latest.number
        found = selectors.papers_under([old])
        assert [(one.certificate.id, one.registration_number) for one in found] == [(issued.id, old)]
        assert selectors.papers_under(["3201010000120070199"], [pupil.student]) == []
