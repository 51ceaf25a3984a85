"""查验: what a code answers, to whom, and that no other code is accepted (issue 5 "Verification")."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator
from datetime import date, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pytest_django import DjangoAssertNumQueries

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, CITY, PRIMARY
from xueji.duties.certificates import paper, services
from xueji.duties.certificates.statement import Statement, encode, masked_name, text_mark
from xueji.duties.certificates.tests.support import issue
from xueji.duties.certificates.verification import verify
from xueji.ground.accounts.context import acting
from xueji.ground.documents.inspection import read_text
from xueji.ground.keys import services as keys
from xueji.ground.parameters.selectors import rulebook
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


def test_a_file_whose_text_was_changed_is_refused_with_its_own_code_on_it(
    lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = issue(lives.city, lives.open(name="张小明").student)
    assert verify(made.statement, printed=read_text(made.pdf, "a.pdf")).result == "valid"
    forged = paper.Paper(
        rulebook(date(2008, 9, 1)).certificates["proof_of_registration"], made.number, facts_of("张小朋"),
        made.statement,
        "办理医疗保险", date(2008, 9, 1), date(2008, 11, 29),
    )  # fmt: skip
    answer = verify(made.statement, public_key=keys.public_key(), printed=read_text(paper.print_paper(forged), "a.pdf"))
    assert (answer.result, answer.reason) == ("invalid", "文件上的文字与二维码所载不符，文件可能被改动过。")


def facts_of(name: str) -> dict[str, str]:
    """What the paper of the test says, under another name."""
    return {
        "name": name, "gender": "男", "birth_date": "2001年3月4日", "ethnic_group": "汉族", "school": "秦淮云锦小学",
        "grade": "", "class_name": "二（1）班", "registration_number": f"{PRIMARY}20070101",
        "student_number": "20070101", "status": "在读", "enrolment_month": "2007年9月", "ended_on": "",
        "status_since": "2007年9月15日",
    }  # fmt: skip


def test_none_of_ten_thousand_changed_codes_is_accepted_offline(lives: Lives) -> None:
    """Bits, fields, keys, the signature of another pupil's paper; seeded, so that a failure comes again."""
    made = [issue(lives.city, lives.open().student).statement for _ in range(2)]
    key = keys.public_key()
    chance = random.Random(20081128)
    changed = [one for one in _mutated(made, chance, 10_000) if one not in made]
    assert len(changed) > 9_500
    assert [one for one in changed if verify(one, public_key=key).result != "invalid"] == []


def _mutated(codes: list[str], chance: random.Random, count: int) -> Iterator[str]:
    (prefix, payload, signature), (_, others_payload, others_signature) = (code.split(".") for code in codes)
    raw, signed = _raw(payload), _raw(signature)
    stranger = Ed25519PrivateKey.generate()
    for number in range(count):
        way = number % 5
        if way == 0:  # a bit of what is said
            yield ".".join((prefix, _said(_flipped(raw, chance)), signature))
        elif way == 1:  # a bit of the signature
            yield ".".join((prefix, payload, _said(_flipped(signed, chance))))
        elif way == 2:  # a field
            values = json.loads(raw)
            values[chance.randrange(len(values))] = str(chance.random())
            yield ".".join((prefix, _said(keys.canonical_json(values)), signature))
        elif way == 3:  # another key
            values = [*json.loads(raw)[:-1], str(chance.random())]
            changed = keys.canonical_json(values)
            yield ".".join((prefix, _said(changed), _said(stranger.sign(prefix.encode() + b"." + changed))))
        else:  # another pupil's paper
            cut = chance.randrange(1, len(others_signature))
            mixed = others_signature[:cut] + signature[cut:]
            yield ".".join((prefix, others_payload if chance.random() < 0.5 else payload, mixed))


def _flipped(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data))
    return data[:place] + bytes([data[place] ^ (1 << chance.randrange(8))]) + data[place + 1 :]


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _said(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


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
