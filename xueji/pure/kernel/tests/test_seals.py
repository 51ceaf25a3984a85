"""What speaks against an electronic seal, and how an approved one stands on a day."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from xueji.ground.parameters.build import rulebook_from_files
from xueji.pure.kernel.seals import Standing, against, bearing, standing_on
from xueji.pure.kernel.types import Level

BOOK = rulebook_from_files(date(2008, 9, 1))
OWN = BOOK.seals["registration_seal"]
DAY = date(2008, 9, 1)


def codes(use: str = "registration_seal", **changed: Any) -> list[str]:
    said: dict[str, Any] = {
        "level": Level.SCHOOL, "kinds": BOOK.certificates, "wanted": ("proof_of_registration",),
        "period": (DAY, date(2009, 8, 31)), "day": DAY,
    }  # fmt: skip
    return [code for code, _ in against(BOOK.seals[use], **{**said, **changed})]


def test_a_schools_own_seal_on_proofs_for_a_year_is_fine() -> None:
    assert codes() == []


def test_no_diploma_letter_or_card_bears_an_electronic_seal_by_default() -> None:
    sealed = {one.kind for use in BOOK.seals.values() for one in bearing(BOOK.certificates, use)}
    assert sealed & {one.kind for one in BOOK.certificates.values() if one.attested or one.is_card} == set()
    assert "proof_of_registration" in sealed


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"use": "attestation_seal"}, "seal.level"),
        ({"wanted": ()}, "seal.no_kind"),
        ({"wanted": ("graduation_certificate",)}, "seal.kind"),
        ({"wanted": ("proof_of_attendance",)}, "seal.kind"),  # it bears the 学校公章
        ({"wanted": ("nothing",)}, "seal.kind"),
        ({"period": (date(2009, 8, 31), DAY)}, "seal.period"),
        ({"period": (DAY, date(2012, 9, 1))}, "seal.period"),
        ({"day": date(2009, 9, 1)}, "seal.over"),
    ],
)
def test_each_obstacle_is_named(changed: dict[str, Any], code: str) -> None:
    assert code in codes(**changed)


def test_the_longest_period_is_counted_with_both_days() -> None:
    last = date.fromordinal(DAY.toordinal() + OWN.most_days - 1)
    assert codes(period=(DAY, last)) == []
    assert codes(period=(DAY, date.fromordinal(last.toordinal() + 1))) == ["seal.period"]


def test_first_and_last_day_lie_in_the_period() -> None:
    days = [date(2008, 8, 31), DAY, date(2009, 8, 31), date(2009, 9, 1)]
    assert [standing_on(DAY, date(2009, 8, 31), day) for day in days] == [
        Standing.AHEAD, Standing.IN_FORCE, Standing.IN_FORCE, Standing.OVER,
    ]  # fmt: skip
