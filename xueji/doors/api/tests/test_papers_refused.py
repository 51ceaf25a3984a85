"""What is missing for a paper is refused at each door, page, API and command, with sentence and basis (issue 5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from django.test import Client

from tests.small_city import BAIXIA_PRIMARY, JUNIOR, PRIMARY, SmallCity
from xueji.config.home import Home
from xueji.doors.api.tests.test_contract import _client, _post
from xueji.doors.cli.tests.test_journal import _xueji
from xueji.doors.web.tests.support import signed_in
from xueji.duties.certificates.models import Certificate, Order
from xueji.ground.accounts.context import acting_system
from xueji.ground.accounts.models import Account, PostHolding
from xueji.ground.disclosure.models import Disclosure
from xueji.registry.register.models import Registration, Student
from xueji.registry.register.tests.lives import Lives

PROOF = "proof_of_registration"


class Missing(NamedTuple):
    """What is missing, of whom, for which kind, and what each door must say ('' for the page: 404)."""

    what: str
    student: UUID
    kind: str
    said: str


def _missing(lives: Lives) -> Iterator[Missing]:
    """One pupil for each piece."""
    good, differing = lives.open().student, lives.open().student
    with acting_system():
        Student.objects.filter(pk=differing).update(name="张改名")
    moved = lives.transfer(lives.open(), BAIXIA_PRIMARY, date(2008, 3, 3)).student
    yield Missing("number", lives.open(number="").student, PROOF, "学籍号")
    yield Missing("record not established", lives.open(guardian_1_name=None).student, PROOF, "尚未建全")
    yield Missing("photo", good, "student_card", "还没有照片")
    yield Missing("failed check", differing, PROOF, "与学籍库比对不一致：姓名")
    yield Missing("wrong status", good, "suspension_certificate", "只能出具给“休学”的学生")
    yield Missing("school that he left", moved, PROOF, "不在本校学籍库中")
    yield Missing("not left, no seal", good, "graduation_certificate", "没有该生符合“毕业证书”的离校记录")


def _number(student: UUID, school: UUID) -> str:
    with acting_system():
        return Registration.objects.get(student_id=student, school=school).number


def _by_page(page: Client, one: Missing) -> None:
    address = f"/certificates/{one.kind}/for/{one.student}/"
    answers = [page.get(address)] if one.what == "number" else []
    answers += [page.post(address, {"purpose": "办理医疗保险"})]
    if one.kind == "graduation_certificate":  # the page for it is the request's, which offers him as one who cannot
        assert answers[0].status_code == 404
        address, values = "/certificates/attestations/new/graduation_certificate/", {"student": str(one.student)}
        answers = [page.post(address, {"what": "leavers", **values})]
    for answer in answers:
        text = re.sub(r"<[^>]+>", "", answer.content.decode())
        assert one.said in text, (one.what, "page")
        assert "通知" in text[text.index(one.said) :], (one.what, "page: its basis")
        assert answer.headers["Content-Type"].startswith("text/html")


def _by_api(api: Client, one: Missing, number: str, said: str = "") -> None:
    body = {"kind": one.kind, "registration_number": number, "purpose": "办理医疗保险"}
    answer = _post(api, "/api/certificates", body)
    assert answer.status_code == 409, (one.what, "API")
    told = answer.json()
    assert (said or one.said) in told["message"], (one.what, "API")
    assert told["message"].endswith("。"), one.what
    assert "通知" in told["basis"], (one.what, "API: its basis")


def _by_command(home: Home, file: Path, one: Missing, number: str, capsys: Any, said: str = "", *more: str) -> None:
    issue = ("certificate", "issue", "--kind", one.kind, "--number", number, "-o", str(file))
    assert _xueji(home, *more, *issue) == 2, (one.what, "command")
    told = capsys.readouterr()
    assert (said or one.said) in told.err, (one.what, "command")
    assert "（依据：通知" in told.err, (one.what, "command: its basis")
    assert (told.out, file.exists()) == ("", False), one.what


def _nothing_came_out() -> None:
    with acting_system():
        assert not Certificate.objects.exists()
        assert not Order.objects.exists()
        assert not Disclosure.objects.filter(kind="print").exists()


@pytest.mark.django_db
def test_each_missing_piece_is_refused_by_page_api_and_command(
    small_city: SmallCity, home: Home, settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.XUEJI_DEMO = True
    registrar = small_city.registrar()
    page, api = signed_in(registrar), _client(registrar)
    for one in list(_missing(Lives(small_city))):
        number = _number(one.student, small_city.id(PRIMARY))
        _by_page(page, one)
        _by_api(api, one, number, "" if number else "没有这名学生的学籍档案")
        _by_command(home, tmp_path / "paper.pdf", one, number, capsys)
    _nothing_came_out()


@pytest.mark.django_db
def test_a_foreign_school_learns_nothing_and_an_untrained_hand_is_refused_by_every_door(
    small_city: SmallCity, home: Home, settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.XUEJI_DEMO = True
    file, registrar, stranger = tmp_path / "paper.pdf", small_city.registrar(), small_city.registrar(JUNIOR)
    foreign = Missing("foreign school", Lives(small_city).open().student, PROOF, "不能办理")
    number = _number(foreign.student, small_city.id(PRIMARY))
    address, body = f"/certificates/{PROOF}/for/{foreign.student}/", {"purpose": "办理医疗保险"}
    with acting_system():
        login = Account.objects.get(pk=stranger.person).login
    for actor in (stranger, small_city.registrar(BAIXIA_PRIMARY), small_city.proofreader(), small_city.clerk()):
        assert signed_in(actor).post(address, body).status_code == 404, actor
    _by_api(_client(stranger), foreign, number, "没有这名学生的学籍档案")
    _by_command(home, file, foreign, number, capsys, "", "--as", login)
    with acting_system():
        PostHolding.objects.filter(account=registrar.person, post=registrar.post).update(trained_on=None)
    untrained = Missing("untrained hand", foreign.student, PROOF, "须先参加培训再上岗")
    answer = signed_in(registrar).post(address, body).content.decode()
    assert untrained.said in answer
    assert "通知一.5" in answer
    _by_api(_client(registrar), untrained, number)
    _by_command(home, file, untrained, number, capsys)
    _nothing_came_out()
