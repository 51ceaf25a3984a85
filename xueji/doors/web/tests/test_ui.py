"""What is shown of numbers, and how."""

from __future__ import annotations

from xueji.doors.web.templatetags.ui import (
    check,
    group_digits,
    mask_id,
    mask_phone,
    mask_text,
    number,
    short_check,
    state,
    thousands,
)


def test_a_registration_number_is_shown_in_its_groups() -> None:
    assert group_digits("3201020012320080203") == "32010200123 2008 02 03"
    assert group_digits("20080203") == "2008 02 03"
    assert group_digits("") == ""
    assert group_digits("12345") == "12345"


def test_a_number_keeps_its_bare_digits_for_copying() -> None:
    assert 'data-copy="20080203"' in number("20080203")


def test_an_id_number_is_masked_but_for_four_and_two_characters() -> None:
    assert mask_id("32010220000101001X") == "3201" + "*" * 12 + "1X"
    assert mask_id("A12345") == "******"


def test_a_phone_is_masked_in_the_middle() -> None:
    assert mask_phone("13812345678") == "138****5678"
    assert mask_phone("123") == "***"


def test_an_address_is_not_shown_at_all() -> None:
    assert "珠江路" not in mask_text("珠江路 1 号")


def test_a_count_has_its_thousands_apart_and_nothing_is_a_dash() -> None:
    assert thousands(20000) == "20,000"
    assert thousands(None) == "—"


def test_a_digest_is_shown_short_and_copied_whole() -> None:
    whole = "1a2b3c4d5e6f" + "0" * 52
    assert short_check(whole) == "1a2b 3c4d 5e6f"
    assert f'data-copy="{whole}"' in check(whole)


def test_text_from_outside_is_escaped_in_a_state() -> None:
    assert "<b>" not in state("done", "<b>x</b>")
    assert "is-open" in state("unknown", "x")
