"""Every kind of the rulebook, every piece that it asks for, every door: what is missing is refused with its sentence
and basis, and nothing comes out (issue 5, show 2; invariant 9).

A kind that a rulebook adds is held by this as soon as its conditions are known ones."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

import xueji
from tests.small_city import BAIXIA_PRIMARY, JUNIOR, PRIMARY, SmallCity
from xueji.config.home import Home
from xueji.doors.api.tests.test_contract import _client, _post
from xueji.doors.cli.tests.test_journal import _xueji
from xueji.doors.web.tests.support import signed_in
from xueji.duties.certificates.checking import ATTENDING, OUTSIDE_GUEST
from xueji.duties.certificates.models import Certificate, Order
from xueji.ground.accounts.context import acting_system
from xueji.ground.accounts.models import Account, PostHolding
from xueji.ground.disclosure.models import Disclosure
from xueji.ground.journals.types import NewEntry
from xueji.ground.parameters.build import rulebook_from_files
from xueji.pure.kernel.operations import CloseRegistration, SetSpell
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.pure.kernel.types import Actor
from xueji.registry.register.models import Registration, Student
from xueji.registry.register.tests.lives import Child, Lives

LEFT_ON, DAY = date(2008, 7, 1), date(2008, 9, 1)
KINDS = rulebook_from_files(DAY).certificates
OTHERS = {"in_school": "suspended", "suspended": "in_school"}
UNKNOWN = "没有这名学生的学籍档案"
#: Conditions of kinds that no registered pupil is given: his page does not know them, the other doors say so.
APART = {
    OUTSIDE_GUEST: "只出具给学籍在外地、经批准来校借读的学生",
    "attested_order": "按验印申请出具，不为一名学生出具",
}
#: What the command says instead, which finds a roll by a pupil of it.
NO_ROLL = "没有已验印的证书，不能出具"
#: Of a kind with this condition the paper speaks of the registration that an approved transfer ended.
TRANSFERRED = "approved_transfer"


@dataclass(frozen=True, slots=True)
class Piece:
    """What is missing, of whom (the number that he bears), and what each door must say."""

    what: str
    student: UUID
    said: str
    number: str = ""


def _pieces(lives: Lives, kind: CertificateKind) -> list[Piece]:
    """A pupil for each piece that the kind asks for, all written at once; of a kind for leavers they are leavers."""
    asked, entries, made = set(kind.conditions), [], []

    def pupil(what: str, said: str, *, leaves: bool = bool(kind.ended_by), spells: Any = (), **changed: Any) -> Child:
        intake = {"intake_year": 2002, "enrolment_month": "2002-09"} if kind.ended_by else {}
        child, opened = lives.opening(**{**intake, **changed})
        entries.append(opened)
        changes = [SetSpell(child.registration, dimension, value) for dimension, value in spells]
        if changes:
            entries.append(NewEntry(child.school, "spell", date(2008, 3, 3), tuple(changes), child.student))
        if leaves:
            how = kind.ended_by[0] if kind.ended_by else "graduation"
            closed = (CloseRegistration(child.registration, how),)
            entries.append(NewEntry(child.school, how, LEFT_ON, closed, child.student))
        number = next(one.number for one in opened.operations if hasattr(one, "number"))
        made.append(Piece(what, child.student, said, number))
        return child

    for condition in APART.keys() & asked:
        pupil(f"not of {condition}", APART[condition])
        lives.write(entries)
        return made
    if TRANSFERRED in asked:
        pupil("no transfer", "没有从本校转出、已经批准的转学")
    if "established" in asked:
        pupil("record not established", "尚未建全", guardian_1_name=None)
    if "registration_number" in asked:
        pupil("number", "没有19位学籍号", number="")
    if kind.ended_by:
        pupil("not left", f"没有该生符合“{kind.title}”的离校记录", leaves=False)
    elif TRANSFERRED not in asked:
        pupil("left already", "现在不在本校学籍库中", leaves=True)
    if kind.status:
        status = next(OTHERS[one] for one in kind.status)
        pupil("wrong status", f"{kind.title}只能出具给", spells=[("status", status)] if status != "in_school" else [])
    if ATTENDING in asked:
        pupil("sits elsewhere", "由借读的学校出具", spells=[("attends", str(lives.city.id(BAIXIA_PRIMARY)))])
    if "resumed" in asked:
        pupil("never suspended", "没有休学记录")
    if "photo" in asked:
        pupil("photo", "还没有照片")
    if "diploma_issued" in asked:
        pupil("no diploma", "没有发给该生毕业证书的记录")
    checked = "register_check" in asked and TRANSFERRED not in asked
    tampered = pupil("failed check", "与学籍库比对不一致：姓名") if checked else None
    lives.write(entries)
    if tampered is not None:
        with acting_system():
            Student.objects.filter(pk=tampered.student).update(name="张改名")
    return made


def _words(answer: Any) -> str:
    return re.sub(r"<[^>]+>", "", answer.content.decode())


def _by_page(page: Client, kind: CertificateKind, one: Piece) -> None:
    address = f"/certificates/{kind.kind}/for/{one.student}/"
    if kind.attested or APART.keys() & set(kind.conditions):
        assert page.post(address, {"purpose": "办理医疗保险"}).status_code == 404, (kind.kind, one.what)
        if not kind.attested:
            return
        address = f"/certificates/attestations/new/{kind.kind}/"
        answers = [page.post(address, {"what": "leavers", "student": str(one.student)})]
        if one.what == "record not established":
            answers += [page.post(address, {"what": "number", "number": one.number})]
    else:
        answers = [page.post(address, {"purpose": "办理医疗保险"})]
    for answer in answers:
        assert answer.status_code == 409, (kind.kind, one.what)
        assert answer.headers["Content-Type"].startswith("text/html")
        assert one.said in _words(answer), (kind.kind, one.what, "page")
        assert "依据：通知" in _words(answer), (kind.kind, one.what, "page: its basis")


def _by_api(api: Client, kind: CertificateKind, one: Piece) -> None:
    answer = _post(api, "/api/certificates", {"kind": kind.kind, "registration_number": one.number})
    told = answer.json()
    assert answer.status_code == 409, (kind.kind, one.what)
    said = "须经主管教育局验印" if one.what == "no diploma" else one.said  # asked of a request alone
    assert (said if one.number else UNKNOWN) in told["message"], (kind.kind, one.what, "API")
    assert told["message"].endswith("。")
    assert "通知" in told["basis"], (kind.kind, one.what, "API: its basis")


def _by_command(run: Callable[..., tuple[int, str, str]], kind: CertificateKind, one: Piece, *more: str) -> None:
    code, out, told = run(*more, "certificate", "issue", "--kind", kind.kind, "--number", one.number)
    assert (code, out) == (2, ""), (kind.kind, one.what)
    said = NO_ROLL if one.what == "not of attested_order" else one.said
    assert (said if one.number else "没有学籍号") in told, (kind.kind, one.what, "command")
    assert "（依据：通知" in told, (kind.kind, one.what, "command: its basis")


def _nothing_came_out(folder: Path) -> None:
    with acting_system():
        assert not Certificate.objects.exists()
        assert not Order.objects.exists()
        assert not Disclosure.objects.filter(kind="print").exclude(subjects=[]).exists()
    assert list(folder.rglob("*-拼版.pdf")) == []


@pytest.fixture
def run(
    home: Home, settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """A command in a demo home: its end, what it printed and what it said."""
    settings.XUEJI_DEMO = True

    def call(*arguments: str) -> tuple[int, str, str]:
        code = _xueji(home, *arguments)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


@pytest.mark.django_db
@pytest.mark.parametrize("code", KINDS)
def test_no_piece_that_a_kind_asks_for_can_be_missing_at_any_door(
    code: str, small_city: SmallCity, run: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    kind, lives, registrar = KINDS[code], Lives(small_city), small_city.registrar()
    pieces = _pieces(lives, kind)
    assert pieces
    page, api = signed_in(registrar), _client(registrar)
    for one in pieces:
        _by_page(page, kind, one)
        _by_api(api, kind, one)
        _by_command(run, kind, one)
    if kind.is_card:
        done, out, _ = run("certificate", "batch", "--kind", code, "--school", PRIMARY, "-o", str(tmp_path), "--json")
        assert (done, '"cards":0' in out.replace(" ", "")) == (0, True)
    _nothing_came_out(tmp_path)


@pytest.mark.django_db
@pytest.mark.parametrize("code", KINDS)
def test_no_kind_is_given_to_a_foreign_school_nor_by_an_untrained_hand_at_any_door(
    code: str, small_city: SmallCity, run: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    kind, lives = KINDS[code], Lives(small_city)
    intake: dict[str, Any] = {"intake_year": 2002, "enrolment_month": "2002-09"} if kind.ended_by else {}
    child = lives.open(name="欧阳𠮷", **intake)
    if kind.ended_by:
        lives.close(child, kind.ended_by[0], LEFT_ON)
    with acting_system():
        number = Registration.objects.get(pk=child.registration).number
    stranger, registrar = small_city.registrar(JUNIOR), small_city.registrar()
    with acting_system():
        login = Account.objects.get(pk=stranger.person).login
    foreign = Piece("foreign school", child.student, UNKNOWN, number)
    for answer in _asked_by_page(stranger, kind, foreign):
        assert answer.status_code in (404, 409)
        assert "欧阳𠮷" not in answer.content.decode()
    if not (kind.attested or APART.keys() & set(kind.conditions)):
        _by_api(_client(stranger), kind, foreign)
    else:
        assert _post(_client(stranger), "/api/certificates", _wanted(kind, number)).status_code == 409
    _by_command(run, kind, Piece("foreign school", child.student, "不能办理", number), "--as", login)
    with acting_system():
        PostHolding.objects.filter(account=registrar.person, post=registrar.post).update(trained_on=None)
    untrained = Piece("untrained hand", child.student, "须先参加培训再上岗", number)
    for answer in _asked_by_page(registrar, kind, untrained):
        if answer.status_code != 404:
            assert untrained.said in _words(answer)
            assert "通知一.5" in _words(answer)
    _by_api(_client(registrar), kind, untrained)
    _by_command(run, kind, untrained)
    _nothing_came_out(tmp_path)


def _wanted(kind: CertificateKind, number: str) -> dict[str, str]:
    return {"kind": kind.kind, "registration_number": number}


def _asked_by_page(actor: Actor, kind: CertificateKind, one: Piece) -> list[Any]:
    page = signed_in(actor)
    made = [page.post(f"/certificates/{kind.kind}/for/{one.student}/", {"purpose": "办理医疗保险"})]
    if kind.attested:
        made.append(
            page.post(f"/certificates/attestations/new/{kind.kind}/", {"what": "leavers", "student": str(one.student)})
        )
    return made


#: What typesets a paper, signs it or writes it down: the services of the room alone, each after it asked the register.
_MAKE = {
    "print_paper", "typeset_sheets", "typeset_cards", "print_cards", "issue_cards", "signed_papers", "roll_pdf",
    "Press", "encode", "signed", "keep", "take_number", "take_numbers",
}  # fmt: skip


def test_nothing_outside_the_rooms_services_makes_signs_or_writes_down_a_paper() -> None:
    """The source is read: no page, API call, command or other room holds what could print around the checks."""
    root = Path(xueji.__file__).parent
    room, found, written = root / "duties" / "certificates", [], set()
    for file in sorted(root.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        if "tests" in file.parts or "migrations" in file.parts or "certificates" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and room not in file.parents:
                names = {one.name for one in node.names} & _MAKE
                if names and (node.module or "").startswith("xueji.duties.certificates"):
                    found.append((str(file.relative_to(root)), sorted(names)))
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Certificate", "Certificate.objects.create"):
                written.add(file.relative_to(root))
    assert found == []
    assert len(written) >= 3
    assert {one.parent for one in written} == {(room / "services").relative_to(root)}
