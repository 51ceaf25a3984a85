"""Numbers: one composer and one parser for every scheme; allocation never gives one twice."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji.pure.kernel.allocation import Allocation, Counter, allocate
from xueji.pure.kernel.numbers import (
    CHARSETS,
    NumberFault,
    Scheme,
    class_value,
    compose,
    counter_prefix,
    counter_prefixes,
    parse,
    short_form,
    split_counter,
)

from .samples import CHECKED, CLASS_SERIAL, MOD10, MOD11, SCHEMES, SCHOOL_CODE, SERIAL

CODE = "32010200123"


@st.composite
def numbered(draw: st.DrawFn) -> tuple[Scheme, dict[str, int | str]]:
    """A scheme, and values that fit it."""
    scheme = draw(st.sampled_from(SCHEMES))
    values: dict[str, int | str] = {}
    for segment in scheme.segments:
        if segment.source == "serial":
            values["serial"] = draw(st.integers(1, 10**segment.width - 1))
        elif segment.source not in ("check", "literal"):
            values[segment.source] = draw(
                st.text(CHARSETS[segment.charset], min_size=segment.width, max_size=segment.width)
            )
    return scheme, values


@given(numbered())
def test_what_is_composed_is_parsed_back(case: tuple[Scheme, dict[str, int | str]]) -> None:
    scheme, values = case
    text = compose(scheme, values)
    assert len(text) == scheme.width
    found: dict[str, Any] = parse(scheme, text)
    for source, value in values.items():
        assert (int(found[source]) if isinstance(value, int) else found[source]) == value
    assert split_counter(scheme, text) == (counter_prefix(scheme, values), values["serial"])


@given(numbered(), st.data())
def test_a_number_with_one_character_changed_by_a_check_digit_is_not_parsed(
    case: tuple[Scheme, dict[str, int | str]], data: st.DataObject
) -> None:
    _, values = case
    scheme = data.draw(st.sampled_from((MOD10, MOD11)))
    fitted: dict[str, int | str] = {"school_code": str(values.get("school_code", CODE)), "serial": 7}
    text = compose(scheme, fitted)
    place = data.draw(st.integers(0, 14))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != text[place]]))
    with pytest.raises(NumberFault):
        parse(scheme, text[:place] + other + text[place + 1 :])


def test_the_example_of_nanjing_is_class_2_pupil_3_of_2008() -> None:
    number = compose(CLASS_SERIAL, {"school_code": CODE, "intake_year": 2008, "class_no": 2, "serial": 3})
    assert short_form(CLASS_SERIAL, number) == "20080203"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("3201020012320080203 ", "length"),
        ("320102001232008020", "length"),
        ("32010200123200802O3", "charset"),
        ("3201020012320080200", "serial_zero"),
        ("３201020012320080203", "charset"),
    ],
)
def test_a_number_that_does_not_fit_names_what_is_wrong(text: str, code: str) -> None:
    with pytest.raises(NumberFault) as caught:
        parse(CLASS_SERIAL, text)
    assert caught.value.code == code


def test_a_value_that_is_too_wide_or_missing_is_refused() -> None:
    with pytest.raises(NumberFault, match="too_wide"):
        compose(CLASS_SERIAL, {"school_code": CODE, "intake_year": 2008, "class_no": 2, "serial": 100})
    with pytest.raises(NumberFault, match="missing_value"):
        compose(CLASS_SERIAL, {"school_code": CODE, "intake_year": 2008, "serial": 1})


def test_two_intakes_of_one_code_stand_in_ranges_of_their_own() -> None:
    def value(**keys: Any) -> int:
        return class_value(CLASS_SERIAL, **keys)

    primary = value(class_no=1, stage="primary", shared=True)
    junior = value(class_no=1, stage="junior", shared=True)
    point = value(class_no=1, stage="primary", site="point", shared=True)
    assert (primary, junior, point) == (1, 51, 81)
    assert value(class_no=1, stage="junior") == 1
    assert value(class_no=99, stage="junior") == 99
    for wrong in (
        {"class_no": 50, "stage": "primary"},
        {"class_no": 0, "stage": "primary"},
        {"class_no": 30, "stage": "junior"},
    ):
        with pytest.raises(NumberFault, match="class_out_of_range"):
            value(shared=True, **wrong)


@given(
    st.sampled_from((CLASS_SERIAL, SERIAL, SCHOOL_CODE, MOD11)),
    st.integers(0, 120),
    st.integers(0, 99),
    st.frozensets(st.integers(1, 99), max_size=40),
)
def test_allocation_never_gives_a_number_that_was_given_or_reserved(
    scheme: Scheme, count: int, last: int, reserved: frozenset[int]
) -> None:
    values: dict[str, int | str] = {"school_code": CODE, "division": "320102", "intake_year": 2008, "class_no": 1}
    prefix = counter_prefix(scheme, values)
    made: Allocation = allocate(scheme, count, [Counter(prefix, last, reserved)])
    serials = [split_counter(scheme, number)[1] for number in made.numbers]
    assert len(made.numbers) + made.missing == count
    assert serials == sorted(set(serials))
    assert all(last < serial <= scheme.last_serial and serial not in reserved for serial in serials)
    assert made.last.get(prefix, last) == (serials[-1] if serials else last)
    free = [serial for serial in range(last + 1, scheme.last_serial + 1) if serial not in reserved]
    assert made.remaining == len(free) - len(serials)


def test_a_range_is_said_to_be_nearly_used_up_before_it_is() -> None:
    prefix = counter_prefix(CLASS_SERIAL, {"school_code": CODE, "intake_year": 2008, "class_no": 1})
    assert not allocate(CLASS_SERIAL, 1, [Counter(prefix, 92)]).nearly_used_up
    near = allocate(CLASS_SERIAL, 1, [Counter(prefix, 93)])
    assert near.nearly_used_up
    assert near.missing == 0
    out = allocate(CLASS_SERIAL, 3, [Counter(prefix, 97)])
    assert (len(out.numbers), out.missing, out.remaining) == (2, 1, 0)


def test_when_a_range_is_used_up_the_rulebook_names_the_next() -> None:
    values: dict[str, int | str] = {"school_code": CODE, "class_no": 1}
    prefixes = counter_prefixes(CHECKED, values)
    assert [prefix[-2:] for prefix in prefixes] == ["01", "98", "99"]
    made = allocate(CHECKED, 4, [Counter(prefixes[0], 7), Counter(prefixes[1]), Counter(prefixes[2])])
    assert [number[-3:] for number in made.numbers] == ["018", "019", "981", "982"]
    assert counter_prefixes(CLASS_SERIAL, {**values, "intake_year": 2008})[1:] == ()
