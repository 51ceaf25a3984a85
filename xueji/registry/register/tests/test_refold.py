"""The state rows are what the journals say."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from tests.small_city import BAIXIA_PRIMARY, PRIMARY
from xueji.ground.accounts.context import acting, acting_system
from xueji.pure.kernel.numbers import Scheme
from xueji.pure.kernel.operations import CloseRegistration, OpenRegistration, SetFields
from xueji.pure.kernel.types import Refused
from xueji.registry.register import selectors, services
from xueji.registry.register.identity import id_index
from xueji.registry.register.models import EarlierFields, Number, Registration, Spell, Student
from xueji.registry.register.shape import Shapes
from xueji.registry.register.tests.lives import BASE, Lives

pytestmark = pytest.mark.django_db


def test_an_opened_registration_stands_with_student_spells_and_number(lives: Lives) -> None:
    child = lives.open(name="单小明", number=PRIMARY + "20070101")
    with acting_system():
        student = Student.objects.get(pk=child.student)
        assert (student.name, student.name_initials, student.name_pinyin) == ("单小明", "sxm", "shan xiao ming")
        assert student.established
        assert student.holder == child.school
        assert bytes(student.id_index or b"") == id_index("1", "320104200103040001")
        registration = Registration.objects.get(student=child.student)
        assert registration.student_number == "20070101"
        assert registration.started_on == BASE
        assert {spell.dimension for spell in Spell.objects.filter(student=child.student)} == {"status", "class_group"}
        assert Number.objects.get(pk=PRIMARY + "20070101").state == "given"


def test_the_short_number_is_as_wide_as_its_scheme_says(lives: Lives) -> None:
    with acting_system():
        shapes = Shapes()
        assert shapes.short_number("nanjing-class2-serial2", "3201042100120080123", BASE) == "20080123"
        assert shapes.short_number("of another node", "3201242100120080123", BASE) == "20080123"
        shapes._schemes["wide"] = Scheme("wide", "registration_number", "宽", (), short_width=10)
        assert shapes.short_number("wide", "3201242100120080123", BASE) == "0120080123"
        assert shapes.short_number("", "", BASE) == ""


def test_a_record_without_its_minimal_set_is_not_established(lives: Lives) -> None:
    child = lives.open(guardian_1_phone=None)
    with acting_system():
        assert not Student.objects.get(pk=child.student).established


def test_invariant_1_a_student_has_at_most_one_registration_in_force(lives: Lives) -> None:
    child = lives.open()
    _, second = lives.opening(BAIXIA_PRIMARY, student=child.student, on=date(2008, 3, 1), how="transfer_in")
    with pytest.raises(Refused, match="不能同时有两个学籍"), transaction.atomic():
        lives.write([second])
    with acting_system():
        one = Registration.objects.get(student=child.student)

    def add_another() -> None:
        with acting_system(), connection.cursor() as cursor:
            Registration.objects.create(
                id=child.student, student_id=child.student, holder=child.school, school=child.school, stage="primary",
                number="", student_number="", scheme="", started_on=date(2008, 1, 1), how_started="opening",
                opened_by_entry=one.opened_by_entry,
            )  # fmt: skip
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError, match="one_in_force"):
        add_another()


def test_invariant_1_a_second_move_on_one_day_is_refused_with_its_reason(lives: Lives) -> None:
    moved = lives.transfer(lives.open(), BAIXIA_PRIMARY, date(2008, 3, 3))
    with pytest.raises(Refused, match="同一天不能再次变动"), transaction.atomic():
        lives.transfer(moved, PRIMARY, date(2008, 3, 3))


def test_invariant_2_a_registration_number_is_never_reused(lives: Lives) -> None:
    number = PRIMARY + "20070105"
    child = lives.open(number=number)
    lives.close(child, "transfer_out", date(2008, 3, 1))
    with acting_system():
        assert Number.objects.get(pk=number).state == "retired"
    with pytest.raises(Refused, match=f"学籍号 {number} 已被使用过"), transaction.atomic():
        lives.open(number=number)


def test_invariant_2_the_number_of_a_voided_registration_stays_findable(lives: Lives) -> None:
    child = lives.open(number=PRIMARY + "20070106")
    lives.void(child, date(2008, 1, 1))
    with acting_system():
        known = selectors.numbers_in_use([PRIMARY + "20070106"])
    assert known[PRIMARY + "20070106"].state == "retired"
    assert known[PRIMARY + "20070106"].student == child.student


def test_a_voided_registration_stands_in_the_way_of_none_on_the_days_before_it_was_voided(lives: Lives) -> None:
    """Nor where fields changed in between, so that the pupil of those days is folded too."""
    child = lives.open()
    lives.change(child, "correction", date(2007, 12, 1), SetFields({"name": "张小丽"}, ()))
    lives.void(child, date(2008, 3, 24))
    right, entry = lives.opening(
        BAIXIA_PRIMARY, student=child.student, on=date(2007, 10, 1), how="enrolment", more=[SetFields({"note": ""}, ())]
    )
    lives.write([entry])
    with acting_system():
        record = selectors.student_record(child.student, date(2007, 10, 1))
    assert record is not None
    assert record.latest.registration == right.registration


def test_a_transfer_keeps_the_chain_and_gives_the_student_a_new_holder(lives: Lives) -> None:
    child = lives.open()
    moved = lives.transfer(child, BAIXIA_PRIMARY, date(2008, 3, 3))
    with acting_system():
        first, second = Registration.objects.filter(student=child.student).order_by("started_on")
        assert (first.ended_on, first.how_ended) == (date(2008, 3, 3), "transfer_out")
        assert (second.school, second.ended_on) == (moved.school, None)
        assert {row.holder for row in (first, second)} == {moved.school}
        assert Student.objects.get(pk=child.student).holder == moved.school
        record = selectors.student_record(child.student)
    assert record is not None
    assert [item.school for item in record.registrations] == [child.school, moved.school]
    assert record.in_force is not None
    assert record.in_force.registration == moved.registration


def test_one_document_number_belongs_to_one_living_student_unless_both_bureaus_agree(lives: Lives) -> None:
    first = lives.open(id_number="320104200103049999")
    other, entry = lives.opening(BAIXIA_PRIMARY, id_number="320104200103049999")
    with pytest.raises(Refused, match="疑似重复"), transaction.atomic():
        lives.write([entry])
    with acting_system():
        services.share_document(
            student=other.student, other=first.student, bureau=lives.city.id("320103"), bureau_entry=first.student,
            other_bureau=lives.city.id("320104"), other_bureau_entry=first.student,
        )  # fmt: skip
    lives.write([entry])
    with acting_system():
        index = id_index("1", "320104200103049999")
        assert index is not None
        assert {known.student for known in selectors.existing_by_index([index])[index]} == {
            first.student,
            other.student,
        }


def test_what_was_known_before_a_correction_stands_as_of_its_time(lives: Lives) -> None:
    child = lives.open(name="张晓明", gender="1")
    lives.change(child, "correction", date(2008, 5, 1), SetFields({"name": "张小明", "gender": "2"}))
    with acting_system():
        assert Student.objects.get(pk=child.student).name == "张小明"
        earlier = EarlierFields.objects.get(student=child.student)
        assert (earlier.name, earlier.gender, earlier.started_on, earlier.ended_on) == (
            "张晓明", "1", BASE, date(2008, 5, 1),
        )  # fmt: skip
        record = selectors.student_record(child.student, date(2008, 4, 30))
    assert record is not None
    assert record.name == "张晓明"


def test_a_correction_takes_the_place_of_what_it_corrects(lives: Lives) -> None:
    child, entry = lives.opening(intake_year=2006)
    made = lives.write([entry])[0]
    operations = list(made.operations)
    opened = operations[0]
    assert isinstance(opened, OpenRegistration)
    operations[0] = OpenRegistration(
        opened.registration, opened.school, opened.stage, PRIMARY + "20060109", opened.scheme, opened.how
    )
    lives.change(child, "correction", BASE, *operations, corrects=made.entry_id, sensitive=entry.sensitive)
    with acting_system():
        assert Registration.objects.get(student=child.student).number == PRIMARY + "20060109"
        known = selectors.numbers_in_use([opened.number])
        assert known[opened.number].state == "retired"


def test_refolding_in_hand_and_from_the_journals_writes_the_same(lives: Lives) -> None:
    child, entry = lives.opening()
    lives.write([entry])
    with acting_system():
        before = selectors.state_digest()
        made = selectors.timeline(child.student)[0]
        services.refold(students=[child.student], transaction_id=made.transaction_id)
        assert selectors.state_digest() == before


def test_a_student_without_an_entry_of_the_transaction_is_not_written(lives: Lives) -> None:
    child = lives.open()
    with acting_system(), pytest.raises(ValueError, match="no entry of transaction"):
        services.refold(students=[child.student], transaction_id=child.student)


def test_a_death_frees_the_document_number(lives: Lives) -> None:
    child = lives.open(id_number="320104200103048888")
    lives.change(child, "death", date(2008, 2, 2), CloseRegistration(child.registration, "death"))
    lives.open(id_number="320104200103048888")


def test_a_school_sees_its_own_pupils_and_a_former_school_the_registration_that_ended_there(lives: Lives) -> None:
    child = lives.open()
    stays = lives.open()
    moved = lives.transfer(child, BAIXIA_PRIMARY, date(2008, 3, 3))
    with acting(lives.city.registrar(PRIMARY)):
        assert set(Student.objects.values_list("id", flat=True)) == {stays.student}
        assert list(Registration.objects.filter(student=child.student).values_list("id", flat=True)) == [
            child.registration
        ]
        assert selectors.find_students(schools=None).pupils[0].student == stays.student
    with acting(lives.city.registrar(BAIXIA_PRIMARY)):
        assert set(Student.objects.values_list("id", flat=True)) == {child.student}
        assert Registration.objects.filter(student=child.student).count() == 2
        assert [found.registration for found in selectors.roster(moved.school, date(2008, 9, 1))] == [
            moved.registration
        ]
    with acting(lives.city.head("320125")):
        assert not Student.objects.exists()
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Number.objects.create(number="1", school=child.school, state="given")
