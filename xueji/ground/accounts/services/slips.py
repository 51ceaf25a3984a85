"""Activation slips as a printed sheet: cut, and handed over in person (issue 2: no mail, no SMS)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typst

from xueji.ground.accounts.services.accounts import Slip
from xueji.pure.kernel.environment import today

TEMPLATE = Path(__file__).with_name("slips.typ")


def slip_rows(slips: Sequence[Slip]) -> list[dict[str, Any]]:
    """What is printed on each slip, in order of organisation and log-in name."""
    ordered = sorted(slips, key=lambda slip: (slip.organisation_name, slip.login))
    return [
        {
            "organisation": slip.organisation_name,
            "post": slip.post_title,
            "name": slip.name,
            "login": slip.login,
            "code": slip.code,
            "until": slip.until.isoformat(),
        }
        for slip in ordered
    ]


def slips_pdf(slips: Sequence[Slip]) -> bytes:
    """PDF/A of the slips, eight to an A4 page. RuntimeError (of typst) where the font lacks a character of a name."""
    made = typst.compile(
        str(TEMPLATE),
        sys_inputs={"slips": json.dumps(slip_rows(slips), ensure_ascii=False), "on": today().isoformat()},
        pdf_standards="a-2b",
    )
    if not isinstance(made, bytes):
        raise TypeError("a single document was expected")
    return made
