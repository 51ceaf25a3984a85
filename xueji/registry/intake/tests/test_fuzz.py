"""Whatever bytes are uploaded as a workbook: one clear answer, no half import, memory bounded (issue 4 Shows 5)."""

from __future__ import annotations

import io
import random
import resource
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from django.db import transaction

from tests.small_city import PRIMARY, SmallCity
from xueji.ground.accounts.context import acting
from xueji.ground.workbooks.reader import ANSWERS
from xueji.pure.kernel.types import Refused
from xueji.registry.applications.models import Application, Line
from xueji.registry.intake import services
from xueji.registry.intake.checking import check_workbook
from xueji.registry.intake.tests.invented import context, good_rows, workbook

#: What a file may be refused as; anything else is a crash.
REFUSALS = {f"workbook.{code}" for code in ANSWERS}
_MARKS = (b"<", b">", b'"', b"&", b"</row>", b'<row r="', b"\x00", b"\xff", b"1e999", b"]]>", b"<!DOCTYPE a [", b's" ')


def _turned(part: bytes, rng: random.Random) -> bytes:
    """Cut, turned over, doubled, exchanged, or with something in it that means something."""
    made = bytearray(part)
    for _ in range(1 + rng.randrange(4)):
        spot, length = rng.randrange(len(made) or 1), rng.randrange(64)
        kind = rng.randrange(7)
        if kind == 0:
            del made[spot:]
        elif kind == 1 and made:
            made[spot] ^= 1 << rng.randrange(8)
        elif kind == 2:
            made[spot:spot] = made[spot : spot + length] * rng.choice((1, 1, 50))
        elif kind == 3:
            made[spot : spot + length] = rng.randbytes(length)
        elif kind == 4:
            del made[spot : spot + length]
        elif kind == 5:
            made[spot:spot] = rng.choice(_MARKS)
        else:
            digits = str(rng.choice((0, 1, -1, 2**31, 2**63, 10**30))).encode()
            made[spot : spot + rng.randrange(4)] = digits
    return bytes(made)


def spoilt(inputs: int, seed: int) -> Iterator[bytes]:
    """A roster of two pupils, spoilt as a file, every fourth rightly packed with a spoilt part in it."""
    rng, whole = random.Random(seed), workbook(good_rows(2))
    with zipfile.ZipFile(io.BytesIO(whole)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    inner = [name for name in parts if name.startswith("xl/") and "theme" not in name]
    for number in range(inputs):
        if number % 4:
            yield _turned(whole, rng)
            continue
        name, target = rng.choice(inner), io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
            for other, part in parts.items():
                package.writestr(other, _turned(part, rng) if other == name else part)
        yield target.getvalue()


def answers(inputs: int, seed: int) -> Counter[str]:
    """What the check said of so many inputs: the refusal's code, or "read"."""
    where, found = context(), Counter[str]()
    for data in spoilt(inputs, seed):
        try:
            result = check_workbook(data, where)
            result.as_json()
            found["read"] += 1
        except Refused as refused:
            found[refused.code] += 1
    return found


def grown(work: Callable[[], object]) -> int:
    """By how many KiB this process's memory grew at its highest."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    work()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before


def test_some_spoilt_workbooks_get_one_answer_each() -> None:
    found = answers(40, 2008)
    assert set(found) - {"read"} <= REFUSALS
    assert found["read"]
    assert len(found) >= 3


@pytest.mark.slow
def test_a_hundred_thousand_spoilt_workbooks_get_one_answer_each_in_bounded_memory() -> None:
    answers(500, 1)
    found: list[Counter[str]] = []
    assert grown(lambda: found.append(answers(100_000, 4))) < 128 << 10
    assert set(found[0]) - {"read"} <= REFUSALS


@pytest.mark.slow
def test_a_part_that_unpacks_to_more_than_it_says_ends_at_the_readers_limits() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(good_rows(1)))) as made, zipfile.ZipFile(target, "w") as packed:
        for name in made.namelist():
            bomb = b"<t>" + b"0" * (300 << 20) if name.endswith("sharedStrings.xml") else made.read(name)
            packed.writestr(name, bomb, zipfile.ZIP_DEFLATED, 1)
    size = (300 << 20) + 3
    data = target.getvalue().replace(size.to_bytes(4, "little"), (100).to_bytes(4, "little"))
    with pytest.raises(Refused) as refused:
        check_workbook(data, context())
    assert refused.value.code in REFUSALS


@pytest.mark.slow
@pytest.mark.django_db
def test_what_is_uploaded_is_lodged_whole_or_not_at_all(small_city: SmallCity) -> None:
    registrar, seen = small_city.registrar(), Counter[str]()
    with acting(registrar):
        for data in spoilt(500, 5):
            with transaction.atomic():
                seen[_lodged(data, small_city)] += 1
                transaction.set_rollback(True)
    assert set(seen) - {"lodged", "refused"} <= REFUSALS
    assert min(seen["lodged"], seen["refused"]) > 0


def _lodged(data: bytes, city: SmallCity) -> str:
    """What became of an upload; with an application all its rows stand, without one nothing does."""
    registrar, before = city.registrar(), Application.objects.count()
    try:
        outcome = services.lodge_workbook(actor=registrar, school=city.id(PRIMARY), kind="opening", data=data)
    except Refused as refused:
        assert Application.objects.count() == before
        return refused.code
    if outcome.application is None:
        assert Application.objects.count() == before
        return outcome.state
    assert Line.objects.filter(application=outcome.application).count() == outcome.rows > 0
    return outcome.state
