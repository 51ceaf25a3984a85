"""``xueji certificate``: issue a paper, have it attested, void it, check it (clauses B2, B3, C2)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xueji.doors.cli.attesting import attest, known_number, void
from xueji.doors.cli.card_batch import batch
from xueji.doors.cli.frame import emit, json_option, negative, ready
from xueji.doors.cli.key_files import read_key

if TYPE_CHECKING:
    from xueji.duties.certificates.verification import Verified

VOIDED = 2
PDF = b"%PDF-"


@click.group("certificate", help="证书与证明：出具、验印、作废、查验")
def command() -> None:
    """Commands about papers."""


command.add_command(attest)
command.add_command(void)
command.add_command(batch)


@command.command("issue", help="为一名学生出具证明，写出 PDF；须验印的证书则提出验印申请")
@click.option("--kind", required=True, help="种类，例如 proof_of_registration（学籍证明）")
@click.option("--number", "registration_number", required=True, metavar="N", help="19 位学籍号")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="写到这个文件（出具证明时必写）")
@click.option("--purpose", default="", help="用途，印在证明上")
@json_option
def issue(kind: str, registration_number: str, output: Path | None, purpose: str, as_json: bool) -> None:
    """Prints ``{"certificate","number","registration_number","file","statement"}``; of a kind that is attested, the
    request that was made: ``{"order","kind","registration_number","state","lines"}``. In a demo home the registrar of
    the pupil's school acts by default."""
    ready()
    from xueji.doors.cli.actors import actor_for
    from xueji.duties.certificates import services
    from xueji.ground.accounts.context import acting, acting_system
    from xueji.ground.organisations import selectors as organisations
    from xueji.pure.kernel.environment import today
    from xueji.pure.kernel.types import Refused, Role

    wanted = services.kind_of(kind, today())
    known = known_number(registration_number)
    if wanted.attested:
        with acting(actor_for(Role.REGISTRAR, known.school)) as actor:
            asked = services.request(actor=actor, kind=kind, students=[known.student])
        value = {
            "order": asked.order,
            "kind": kind,
            "registration_number": known.number,
            "state": "requested",
            "lines": asked.lines,
        }
        emit(value, as_json=as_json, text=f"已提出验印申请 {asked.order}：{wanted.title}。")
        return
    if output is None:
        raise Refused("certificate.no_file", "请用 -o 写明把证明写到哪个文件。")
    with acting_system():
        issuer = organisations.keeper_of(organisations.by_id(known.school)).id
    with acting(actor_for((Role.REGISTRAR, Role.DEPUTY_HEAD, Role.CLERK, Role.HEAD), issuer)) as actor:
        made = services.issue(actor=actor, kind=kind, student=known.student, purpose=purpose)
        output.write_bytes(made.pdf)
    value = {
        "certificate": made.id,
        "number": made.number,
        "registration_number": registration_number.strip(),
        "file": str(output),
        "statement": made.statement,
    }
    emit(value, as_json=as_json, text=f"已出具 {made.number}，文件：{output}")


@command.command("verify", help="查验二维码的文字，或含有二维码的文件（PDF、文本）")
@click.argument("text_or_file", metavar="TEXT|FILE")
@click.option(
    "--public-key", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="签发方公钥文件，离线查验"
)
@json_option
def verify(text_or_file: str, public_key: Path | None, as_json: bool) -> None:
    """Prints ``{"result","reason","number","kind","registration_number","name","school","issued_on","valid_until"}``.

    Exit 0 valid, 1 invalid (``reason`` says why), 2 voided; the name is masked, to be compared with the paper.
    """
    ready()
    from xueji.doors.cli.actors import any_actor
    from xueji.duties.certificates.verification import Result
    from xueji.duties.certificates.verification import verify as check
    from xueji.ground.accounts.context import acting

    text, printed = _text_of(text_or_file)
    if public_key is not None:
        answer = check(text, public_key=read_key(public_key), printed=printed)
    else:
        with acting(any_actor()):
            answer = check(text, printed=printed)
    emit(_value(answer), as_json=as_json, text=_sentence(answer))
    if answer.result is Result.VOIDED:
        sys.exit(VOIDED)
    if answer.result is Result.INVALID:
        negative()


def _text_of(text_or_file: str) -> tuple[str, str | None]:
    """The code's text (as given, out of a text file, or read from the QR code of a PDF: '' where there is none), and
    the text around it in a PDF."""
    try:
        path = Path(text_or_file)
        content = path.read_bytes() if path.is_file() else None
    except OSError:  # a long code is no file name
        content = None
    if content is None:
        return text_or_file, None
    if not content.startswith(PDF):
        return content.decode("utf-8", errors="replace"), None
    from xueji.ground.documents.inspection import read_codes, read_text

    found = read_codes(content, "application/pdf", path.name)
    return (found[0][0] if found else ""), read_text(content, path.name)


def _value(answer: Verified) -> dict[str, Any]:
    said = answer.statement
    return {
        "result": answer.result,
        "reason": answer.reason,
        "number": said.number if said else None,
        "kind": said.kind if said else None,
        "registration_number": said.registration if said else None,
        "name": said.name if said else None,
        "school": said.school if said else None,
        "issued_on": said.issued_on if said else None,
        "valid_until": said.valid_until if said else None,
    }


def _sentence(answer: Verified) -> str:
    words = {"valid": "有效", "invalid": "无效", "voided": "已作废"}[answer.result]
    lines = [f"{words}。{answer.reason}"]
    if answer.statement is not None:
        said = answer.statement
        lines.append(
            f"编号 {said.number}，{said.school}，{said.name}，学籍号 {said.registration}，{said.issued_on} 出具"
        )
        lines.append("请与纸质证明逐项核对。")
    return "\n".join(lines)
