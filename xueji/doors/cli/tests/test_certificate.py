"""``xueji certificate``: issue and verify as scripts call them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import typst
from pypdf import PdfWriter

from tests.small_city import PRIMARY, SmallCity
from xueji.config.home import Home
from xueji.doors.cli.tests.test_journal import _xueji
from xueji.ground.accounts.context import acting
from xueji.ground.disclosure.models import Disclosure
from xueji.ground.keys.services import public_key
from xueji.registry.register.tests.lives import Lives

NUMBER = f"{PRIMARY}20070101"


@pytest.fixture
def pupil(fresh_database: str, environment: object, small_city: SmallCity, home: Home, settings: Any) -> Lives:
    """A clean pupil with the number ``NUMBER``; it is a demo home."""
    settings.XUEJI_DEMO = True
    lives = Lives(small_city)
    lives.open(name="欧阳𠮷")
    return lives


def _issue(home: Home, file: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    done = _xueji(
        home, "certificate", "issue", "--kind", "proof_of_registration", "--number", NUMBER, "-o", str(file), "--json"
    )
    assert done == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    value: dict[str, Any] = json.loads(out)
    return value


def _verify(home: Home, what: str, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict[str, Any]]:
    code = _xueji(home, "certificate", "verify", what, "--json", *more)
    return code, json.loads(capsys.readouterr().out)


def test_a_paper_is_issued_into_a_file_and_verified_from_text_text_file_and_pdf(
    pupil: Lives, home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "proof.pdf"
    made = _issue(home, file, capsys)
    assert (made["number"], made["registration_number"]) == (f"{PRIMARY}-证-2008-00001", NUMBER)
    (tmp_path / "code.txt").write_text(made["statement"] + "\n")
    for what in (made["statement"], str(tmp_path / "code.txt"), str(file)):
        code, answer = _verify(home, what, capsys)
        assert (code, answer["result"], answer["reason"]) == (0, "valid", "")
        assert (answer["name"], answer["school"], answer["registration_number"]) == ("欧＊＊", "秦淮云锦小学", NUMBER)
    key = tmp_path / "key"
    key.write_text(public_key().hex())
    assert _verify(home, made["statement"], capsys, "--public-key", str(key))[0] == 0


def test_a_changed_code_ends_with_1_and_a_voided_paper_with_2(
    pupil: Lives, home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from uuid import UUID

    from xueji.duties.certificates import services

    made = _issue(home, tmp_path / "proof.pdf", capsys)
    code, answer = _verify(home, made["statement"][:-8] + made["statement"][-8:][::-1], capsys)
    assert (code, answer["result"]) == (1, "invalid")
    assert answer["reason"]
    code, answer = _verify(home, str(tmp_path), capsys)
    assert (code, answer["number"]) == (1, None)
    with acting(pupil.city.deputy_head()) as actor:
        services.void(actor=actor, certificate=UUID(made["certificate"]), reason="印错")
    code, answer = _verify(home, made["statement"], capsys)
    assert (code, answer["result"]) == (2, "voided")


def test_what_is_refused_ends_with_2_and_writes_no_file(
    pupil: Lives, home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "proof.pdf"
    for kind, number, words in (
        ("diploma", NUMBER, "没有“diploma”这种证明"),
        ("proof_of_registration", "1" * 19, "没有学籍号"),
    ):
        assert _xueji(home, "certificate", "issue", "--kind", kind, "--number", number, "-o", str(file)) == 2
        assert words in capsys.readouterr().err
    pupil.open(guardian_1_name=None)
    again = ["certificate", "issue", "--kind", "proof_of_registration", "--number", f"{PRIMARY}20070102"]
    assert _xueji(home, *again, "-o", str(file), "--json") == 2
    printed = capsys.readouterr()
    assert "尚未建全" in printed.err
    assert printed.out == ""
    assert not file.exists()


def test_without_a_file_the_paper_is_issued_and_the_answer_says_where_it_is_printed(
    pupil: Lives, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = ["certificate", "issue", "--kind", "proof_of_registration", "--number", NUMBER, "--json"]
    assert _xueji(home, *wanted) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["file"], made["print"]["page"]) == (None, "/certificates/")
    assert _verify(home, made["statement"], capsys)[0] == 0
    with acting(pupil.city.registrar()):
        grounds = list(Disclosure.objects.values_list("ground", flat=True))
    assert any(made["number"] in one for one in grounds), "issued is logged as printed"


def test_a_picture_is_read_a_file_of_several_papers_page_by_page_and_a_damaged_one_is_invalid(
    pupil: Lives, home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "1.pdf", tmp_path / "2.pdf"
    _issue(home, first, capsys)
    made = _issue(home, second, capsys)
    photo = tmp_path / "photo.png"
    pypdfium2.PdfDocument(first)[0].render(scale=2).to_pil().save(photo)
    code, answer = _verify(home, str(photo), capsys)
    assert (code, answer["result"], answer["compared"]) == (0, "valid", False)
    both, broken, mixed = tmp_path / "both.pdf", tmp_path / "broken.pdf", tmp_path / "mixed.pdf"
    writer = PdfWriter()
    for one in (first, second):
        writer.append(str(one))
    writer.write(both)
    code, answer = _verify(home, str(both), capsys)
    assert (code, [one["page"] for one in answer["papers"]]) == (0, [1, 2])
    assert all(one["compared"] for one in answer["papers"])
    broken.write_bytes(first.read_bytes()[:3000])
    code, answer = _verify(home, str(broken), capsys)
    assert (code, answer["result"], "已损坏" in answer["reason"]) == (1, "invalid", True)
    # A page of other words between two papers belongs to the one before it, which is then not as it was issued.
    writer = PdfWriter()
    writer.append(str(first))
    writer.append(_words(tmp_path))
    writer.append(str(second))
    writer.write(mixed)
    code, answer = _verify(home, str(mixed), capsys)
    assert [one["result"] for one in answer["papers"]] == ["invalid", "valid"]
    assert (code, answer["page"]) == (1, 1)
    assert _xueji(home, "certificate", "void", made["number"], "--reason", "印错") == 0
    capsys.readouterr()
    assert _verify(home, str(both), capsys)[0] == 2


def _words(folder: Path) -> str:
    """A page with words and without a code."""
    source = folder / "words.typ"
    source.write_text("兹证明以上内容有效。", encoding="utf-8")
    (folder / "words.pdf").write_bytes(typst.compile(str(source), root=str(folder)))
    return str(folder / "words.pdf")


def test_with_a_public_key_no_socket_is_opened_and_no_home_is_made(
    pupil: Lives, home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, key, nowhere = tmp_path / "proof.pdf", tmp_path / "key", tmp_path / "nowhere"
    made = _issue(home, file, capsys)
    key.write_text(public_key().hex())
    script = (
        "import sys\n"
        "def hook(event, _):\n"
        "    if event.startswith('socket.'): raise RuntimeError(event)\n"
        "sys.addaudithook(hook)\n"
        "from xueji.config.main import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "certificate", "verify", str(file), "--public-key", str(key), "--json"],
        check=False, capture_output=True, text=True, timeout=60, env={**os.environ, "XUEJI_HOME": str(nowhere)},
    )  # fmt: skip
    # The paper is of 2008 and has run out by the real clock: it is known as ours all the same.
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["number"]) == (1, made["number"]), done.stderr
    assert "已过有效期" in answer["reason"]
    assert not nowhere.exists()
