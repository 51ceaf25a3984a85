"""The fold: order, corrections, clashes (design §3, invariants 1 and 5)."""

from __future__ import annotations

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji.pure.kernel.fold import FoldClash, StudentState, fold_student
from xueji.pure.kernel.operations import (
    CloseRegistration,
    OpenRegistration,
    SetFields,
    SetSpell,
    VoidRegistration,
)

from .samples import Written, entry, uid

A, B, SCHOOL_A, SCHOOL_B = uid(1), uid(2), uid(11), uid(12)


def opens(registration: int, how: str = "opening") -> OpenRegistration:
    return OpenRegistration(uid(registration), SCHOOL_A, "primary", "3201020012320070101", "s", how)


def status(registration: int, value: str | None) -> SetSpell:
    return SetSpell(uid(registration), "status", value)


STORY = (
    entry(
        1,
        "2007-09-15",
        opens(1),
        status(1, "in_school"),
        SetFields({"name": "王一"}, ("phone",)),
        sensitive={"phone": "1"},
    ),
    entry(2, "2008-02-20", status(1, "suspended")),
    entry(3, "2008-06-01", SetFields({"name": "王壹"})),
    entry(4, "2008-09-01", status(1, "in_school")),
    entry(5, "2008-09-22", CloseRegistration(A, "transfer_out")),
    entry(6, "2008-09-22", opens(2, "transfer_in"), status(2, "in_school"), SetSpell(B, "arrival", "awaited")),
    entry(7, "2008-09-25", SetSpell(B, "arrival", "confirmed")),
)


def test_a_transfer_ends_one_registration_and_begins_another_on_the_same_day() -> None:
    state = fold_student(STORY)
    one, two = state.registrations[A], state.registrations[B]
    assert (one.ended_on, one.how_ended, two.started_on) == (date(2008, 9, 22), "transfer_out", date(2008, 9, 22))
    assert state.in_force(date(2008, 9, 21)) is one
    assert state.in_force(date(2008, 9, 22)) is two
    assert state.in_force(date(2007, 9, 14)) is None
    spells = [(spell.value, spell.started_on, spell.ended_on) for spell in one.spells]
    assert spells == [
        ("in_school", date(2007, 9, 15), date(2008, 2, 20)),
        ("suspended", date(2008, 2, 20), date(2008, 9, 1)),
        ("in_school", date(2008, 9, 1), date(2008, 9, 22)),
    ]
    assert two.value("arrival", date(2008, 9, 24)) == "awaited"
    assert two.value("arrival", date(2008, 9, 25)) == "confirmed"
    assert state.last_entry == uid(1007)


def test_each_field_names_the_entry_that_set_it_last() -> None:
    state = fold_student(STORY)
    assert state.fields == {"name": "王壹"}
    assert state.sensitive == {"phone": "1"}
    assert state.field_entries == {"name": uid(1003), "phone": uid(1001)}


def test_without_keys_the_sensitive_values_are_missing_but_their_entries_are_known() -> None:
    closed = [Written(e.entry_id, e.effective_on, e.student_seq, e.operations) for e in STORY]
    state = fold_student(closed)
    assert state.sensitive == {}
    assert state.sensitive_codes == {"phone"}
    assert state.field_entries["phone"] == uid(1001)


@given(st.permutations(STORY))
def test_the_order_in_which_entries_are_given_does_not_matter(entries: list[Written]) -> None:
    assert fold_student(entries) == fold_student(STORY)


def test_the_effective_day_goes_before_the_order_of_recording() -> None:
    late = entry(8, "2008-01-10", SetFields({"name": "王"}))
    assert fold_student([*STORY, late]).fields["name"] == "王壹"


def test_as_of_an_earlier_day_only_what_was_effective_by_then_is_folded() -> None:
    state = fold_student(STORY, until=date(2008, 9, 15))
    assert list(state.registrations) == [A]
    assert state.in_force(date(2008, 9, 15)) is not None
    assert state.registrations[A].ended_on is None


def test_a_correction_takes_the_place_of_what_it_corrects() -> None:
    mended = entry(8, "2007-09-15", opens(1), status(1, "in_school"), SetFields({"name": "汪一"}), corrects=1)
    state = fold_student([*STORY, mended])
    assert state.fields == {"name": "王壹"}  # entry 3 still comes after it
    assert state.sensitive_codes == set()
    assert state.registrations[A].opened_by_entry == uid(1008)


def test_a_correction_may_move_the_day_and_a_second_one_corrects_the_first() -> None:
    first = entry(8, "2008-03-03", status(1, "suspended"), corrects=2)
    second = entry(9, "2008-03-04", status(1, "suspended"), corrects=8)
    state = fold_student([*STORY, first, second])
    assert [spell.started_on for spell in state.registrations[A].spells] == [
        date(2007, 9, 15),
        date(2008, 3, 4),
        date(2008, 9, 1),
    ]


def test_an_empty_correction_takes_an_entry_back() -> None:
    state = fold_student([*STORY, entry(8, "2008-02-20", corrects=2)])
    assert [(spell.value, spell.ended_on) for spell in state.registrations[A].spells] == [
        ("in_school", date(2008, 9, 22))
    ]


@given(st.data())
def test_corrections_do_not_depend_on_the_order_either(data: st.DataObject) -> None:
    target = data.draw(st.integers(2, 4))
    day = data.draw(st.dates(date(2007, 10, 1), date(2008, 9, 20)))
    mended = entry(8, day.isoformat(), SetFields({"note": str(target)}), status(1, "abroad"), corrects=target)
    again = entry(9, day.isoformat(), SetFields({"note": "again"}), corrects=8)
    entries = [*STORY, mended, again][: data.draw(st.sampled_from([8, 9]))]
    expected = fold_student(entries)
    random.Random(data.draw(st.integers(0, 9))).shuffle(entries)
    assert fold_student(entries) == expected


def test_a_voided_registration_never_was_but_its_number_is_still_known() -> None:
    state = fold_student([*STORY[:1], entry(2, "2008-01-01", VoidRegistration(A)), entry(3, "2007-10-01", opens(2))])
    assert state.in_force(date(2007, 9, 20)) is None
    assert state.registrations[A].number == "3201020012320070101"
    assert state.in_force(date(2008, 9, 20)) is state.registrations[B]


@given(st.dates(date(2007, 9, 1), date(2008, 9, 20)))
def test_a_registration_that_never_was_is_in_nobodys_way_on_the_days_before_that_was_said(day: date) -> None:
    """A pupil entered twice by mistake: the first registration is voided, the right one counts from an earlier day."""
    entries = [
        *STORY[:1],
        entry(2, "2008-03-24", VoidRegistration(A)),
        entry(3, "2007-10-01", opens(2, "enrolment"), status(2, "in_school"), SetFields({"name": "王壹"})),
    ]
    state = fold_student(entries, until=day)
    held = state.in_force(day)
    assert held is (state.registrations[B] if day >= date(2007, 10, 1) else None)
    assert A not in state.registrations or state.registrations[A].voided_by_entry == uid(1002)
    assert state.last_entry not in {uid(1002)} or day >= date(2008, 3, 24)


def test_a_value_set_twice_on_one_day_is_one_spell() -> None:
    state = fold_student(
        [*STORY[:1], entry(2, "2008-01-01", status(1, "suspended")), entry(3, "2008-01-01", status(1, "in_school"))]
    )
    assert [(s.value, s.started_on, s.ended_on) for s in state.registrations[A].spells] == [
        ("in_school", date(2007, 9, 15), None)
    ]


def test_a_value_taken_away_ends_its_spell() -> None:
    guest = SetSpell(A, "attends", str(SCHOOL_B))
    back = SetSpell(A, "attends", None)
    state = fold_student([*STORY[:1], entry(2, "2008-01-01", guest), entry(3, "2008-02-01", back)])
    spells = [s for s in state.registrations[A].spells if s.dimension == "attends"]
    assert [(s.value, s.started_on, s.ended_on) for s in spells] == [
        (str(SCHOOL_B), date(2008, 1, 1), date(2008, 2, 1))
    ]


CLASHES = {
    "registrations_overlap": [STORY[0], entry(2, "2008-01-01", opens(2))],
    "registration_opened_twice": [STORY[0], entry(2, "2008-01-01", opens(1))],
    "registration_unknown": [entry(1, "2008-01-01", status(1, "in_school"))],
    "registration_closed_twice": [
        STORY[0],
        entry(2, "2008-01-01", CloseRegistration(A, "leaving")),
        entry(3, "2008-01-02", CloseRegistration(A, "leaving")),
    ],
    "registration_of_no_day": [STORY[0], entry(2, "2007-09-15", CloseRegistration(A, "leaving"))],
    "registration_voided_twice": [STORY[0], entry(2, "2008-01-01", VoidRegistration(A), VoidRegistration(A))],
    "spell_after_end": [
        STORY[0],
        entry(2, "2008-01-01", CloseRegistration(A, "leaving")),
        entry(3, "2008-01-02", status(1, "abroad")),
    ],
    "dimension_unknown": [STORY[0], entry(2, "2008-01-01", SetSpell(A, "mood", "good"))],
    "sensitive_value_missing": [entry(1, "2008-01-01", SetFields({}, ("phone",)), sensitive={})],
    "corrected_twice": [*STORY, entry(8, "2008-02-20", corrects=2), entry(9, "2008-02-20", corrects=2)],
    "correction_without_target": [*STORY, entry(8, "2008-02-20", corrects=77)],
    "sequence_twice": [STORY[0], entry(1, "2008-01-01")],
}


@pytest.mark.parametrize("code", CLASHES)
def test_what_cannot_be_true_together_is_a_clash(code: str) -> None:
    with pytest.raises(FoldClash) as caught:
        fold_student(CLASHES[code])
    assert caught.value.code == code


def test_invariant_1_a_second_move_on_one_day_is_refused() -> None:
    moves = [*STORY[:5], STORY[5], entry(8, "2008-09-22", CloseRegistration(B, "transfer_out"))]
    with pytest.raises(FoldClash, match="registration_of_no_day"):
        fold_student(moves)


def test_nothing_folded_is_an_empty_state() -> None:
    assert fold_student([]) == StudentState()


def test_a_field_taken_away_is_gone_and_the_entry_that_took_it_is_known() -> None:
    away = entry(8, "2008-09-30", SetFields({"name": None}, ("phone",)), sensitive={"phone": None})
    state = fold_student([*STORY, away])
    assert (state.fields, state.sensitive, state.sensitive_codes) == ({}, {}, set())
    assert state.field_entries == {"name": uid(1008), "phone": uid(1008)}
