"""查验: what a code answers, to whom, and that no other code is accepted (issue 5 "Verification")."""

from __future__ import annotations

import base64
from datetime import date, datetime

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, CITY, PRIMARY
from xueji.duties.certificates import services
from xueji.duties.certificates.statement import Statement, encode, masked_name, text_mark
from xueji.duties.certificates.tests.support import issue
from xueji.duties.certificates.verification import verify
from xueji.ground.accounts.context import acting
from xueji.ground.documents.inspection import read_text
from xueji.ground.keys import services as keys
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.django_db


def test_a_paper_of_ours_is_valid_and_says_what_to_compare(lives: Lives) -> None:
    made = issue(lives.city, lives.open(name="欧阳𠮷").student)
    answer = verify(made.statement)
    assert (answer.result, answer.reason) == ("valid", "")
    assert answer.statement == Statement(
        made.number, "proof_of_registration", f"{PRIMARY}20070101", "欧＊＊", "秦淮云锦小学", date(2008, 9, 1),
        date(2008, 11, 29), text_mark(read_text(made.pdf, "a.pdf")),
    )  # fmt: skip


def test_whoever_asks_gets_the_answer_and_nothing_else(lives: Lives) -> None:
    made = issue(lives.city, lives.open().student)
    for actor in (lives.city.registrar(BAIXIA_PRIMARY), lives.city.clerk(BAIXIA), lives.city.head(CITY)):
        with acting(actor):
            assert verify(made.statement).result == "valid"


def test_a_voided_paper_is_answered_with_voided(lives: Lives) -> None:
    made = issue(lives.city, lives.open().student)
    with acting(lives.city.deputy_head()) as actor:
        services.void(actor=actor, certificate=made.id, reason="印错")
    answer = verify(made.statement)
    assert (answer.result, answer.reason) == ("voided", "该证明已于 2008-09-01 作废。")
    assert answer.statement is not None


def test_a_paper_out_of_its_term_is_invalid(lives: Lives, environment: SeededEnvironment) -> None:
    made = issue(lives.city, lives.open().student)
    environment.move_to(datetime(2008, 11, 29, 9, tzinfo=LOCAL_ZONE))
    assert verify(made.statement).result == "valid"
    environment.move_to(datetime(2008, 11, 30, 9, tzinfo=LOCAL_ZONE))
    answer = verify(made.statement)
    assert (answer.result, answer.reason) == ("invalid", "已过有效期（到 2008-11-29 为止）。")


def test_with_the_issuers_public_key_alone_it_is_checked_offline(
    lives: Lives, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    made = issue(lives.city, lives.open().student)
    key = keys.public_key()
    with django_assert_num_queries(0):
        assert verify(made.statement, public_key=key).result == "valid"
        assert verify(made.statement, public_key=bytes(31) + b"\x01").result == "invalid"


def test_a_well_signed_statement_that_was_never_issued_is_invalid(lives: Lives) -> None:
    made = issue(lives.city, lives.open().student)
    day = date(2008, 9, 1)
    never = encode(
        Statement("32010421001-证-2008-99999", "proof_of_registration", "1", "张＊", "秦淮云锦小学", day, None)
    )
    assert verify(never).reason == "没有出具过这个编号的证明。"
    other = encode(Statement(made.number, "proof_of_registration", "1", "王＊", "秦淮云锦小学", day, None))
    assert verify(other).reason == "与出具时的内容不符。"


def test_no_changed_code_is_accepted(lives: Lives) -> None:
    text = issue(lives.city, lives.open().student).statement
    second = issue(lives.city, lives.open().student).statement
    changed = [text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :] for place in range(len(text))]
    parts, others = text.split("."), second.split(".")
    changed += [
        "", ".", "XJ1", "XJ1..", "学籍证明", text[:-1], text + "A", text + "=", ".".join(parts[:2]),
        ".".join((parts[0], others[1], parts[2])), ".".join((parts[0], parts[1], others[2])),
        f"{parts[0]}.{parts[1]}=.{parts[2]}", f"{parts[0]}. {parts[1]}.{parts[2]}",
    ]  # fmt: skip
    payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
    again = base64.urlsafe_b64encode(payload.replace(b"2008", b"2009")).rstrip(b"=").decode()
    changed.append(f"{parts[0]}.{again}.{parts[2]}")
    for one in changed:
        answer = verify(one)
        assert (answer.result, answer.statement) == ("invalid", None), one
        assert answer.reason.endswith("。")
    assert verify(f"  {text}\n").result == "valid"  # as a scanner gives it


def test_a_masked_name_shows_its_first_character_only() -> None:
    assert [masked_name(name) for name in ("丁一", "买买提·吐尔逊", "𠮷", "")] == [
        "丁＊",
        "买＊＊＊＊＊＊",
        "𠮷＊",
        "＊",
    ]
