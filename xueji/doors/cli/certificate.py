"""``xueji certificate``: issue a paper, have it attested, void it, check it (clauses B2, B3, C2)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xueji.doors.cli.attesting import attest, known_number, void
from xueji.doors.cli.card_batch import batch
from xueji.doors.cli.frame import emit, frame, json_option, negative, ready
from xueji.doors.cli.key_files import read_key

if TYPE_CHECKING:
    from datetime import date

    from xueji.duties.certificates.verification import Verified

VOIDED = 2
_FILES = (b"%PDF-", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_LIST = "/certificates/"


@click.group("certificate", help="证书与证明：出具、验印、作废、查验")
def command() -> None:
    """Commands about papers."""


command.add_command(attest)
command.add_command(void)
command.add_command(batch)


@command.command("issue", help="为一名学生出具证明，写出 PDF；须验印的证书则提出验印申请")
@click.option("--kind", required=True, help="种类，例如 proof_of_registration（学籍证明）")
@click.option("--number", "registration_number", required=True, metavar="N", help="19 位学籍号")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="把 PDF 写到这个文件；不写则只出具，以后在网页上打印",
)
@click.option("--purpose", default="", help="用途，印在证明上")
@json_option
def issue(kind: str, registration_number: str, output: Path | None, purpose: str, as_json: bool) -> None:
    """Prints ``{"certificate","number","registration_number","file","statement"}``; without ``-o`` ``file`` is null and
    ``print`` says on which page the paper is printed (each print is in the disclosure log). Of a kind that is attested,
    the request that was made: ``{"order","kind","registration_number","state","lines"}``; of a roll, the one of the
    request in which the pupil of the number was attested. In a demo home the registrar
    of the pupil's school acts by default, or of who keeps a closed one's records."""
    ready()
    from xueji.doors.cli.actors import actor_for
    from xueji.duties.certificates import services
    from xueji.ground.accounts.context import acting, acting_system
    from xueji.ground.organisations import selectors as organisations
    from xueji.ground.parameters import selectors as parameters
    from xueji.pure.kernel.environment import today
    from xueji.pure.kernel.types import Refused, Role

    kinds = parameters.rulebook(today()).certificates
    if kind not in kinds:
        offered = "、".join(f"{one.kind}（{one.title}）" for one in kinds.values())
        raise Refused("certificate.kind", f"没有“{kind}”这种证明。现在可以出具：{offered}。", "通知二.3")
    wanted = kinds[kind]
    known = known_number(registration_number)
    with acting_system():
        issuer = organisations.keeper_of(organisations.by_id(known.school)).id
    if wanted.attested:
        with acting(actor_for((Role.REGISTRAR, Role.CLERK), issuer)) as actor:
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
    with acting(actor_for((Role.REGISTRAR, Role.DEPUTY_HEAD, Role.CLERK, Role.HEAD), issuer)) as actor:
        if wanted.is_roll:
            made = services.roll_of_pupil(actor=actor, registration=known.registration, number=known.number)
        else:
            made = services.issue(actor=actor, kind=kind, student=known.student, purpose=purpose)
        if output is not None:
            output.write_bytes(made.pdf)
    value = {
        "certificate": made.id,
        "number": made.number,
        "registration_number": registration_number.strip(),
        "file": str(output) if output is not None else None,
        "statement": made.statement,
    }
    if output is None:
        value["print"] = {"page": _LIST, "how": f"在“证书与证明”中按编号 {made.number} 查找，点“再次打印”。"}
    where = f"文件：{output}" if output is not None else "请在网页“证书与证明”中按编号查找，点“再次打印”"
    emit(value, as_json=as_json, text=f"已出具 {made.number}，{where}")


@command.command("verify", help="查验二维码的文字，或含有二维码的文件（PDF、照片、文本）")
@click.argument("text_or_file", metavar="TEXT|FILE")
@click.option(
    "--public-key", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="签发方公钥文件，离线查验"
)
@json_option
def verify(text_or_file: str, public_key: Path | None, as_json: bool) -> None:
    """Prints ``{"result","reason","number","kind","registration_number","name","school","issued_on","valid_until",
    "seals","page","compared"}`` (``seals``: the uses of its electronic seals; none: it needs the real ones); of a file
    with several papers the one that decides, and all of them in ``papers``.

    Exit 0 valid, 1 invalid (``reason`` says why), 2 voided; the name is masked, to be compared with the paper. With
    ``--public-key`` no home is made and no database started: the key file and the text are all that it takes (a demo
    home that is there says its day).
    """
    key = read_key(public_key) if public_key is not None else None
    if key is None:
        ready()
        from xueji.doors.cli.actors import any_actor
        from xueji.ground.accounts.context import acting

        with acting(any_actor()):
            found = _judged(text_or_file)
    else:
        found = _judged(text_or_file, key, frame().fixed_day(frame().home))
    from xueji.duties.certificates.verification import Result, worst

    answer = worst(found)
    value = _value(answer)
    if len(found) > 1:
        value["papers"] = [_value(one) for one in found]
    emit(value, as_json=as_json, text="\n".join(_sentence(one) for one in found))
    if answer.result is Result.VOIDED:
        sys.exit(VOIDED)
    if answer.result is Result.INVALID:
        negative()


def _judged(text_or_file: str, key: bytes | None = None, day: date | None = None) -> list[Verified]:
    """How the papers stand: of a code as given or out of a text file, of the codes of a PDF or picture."""
    from xueji.duties.certificates.verification import Result, Verified, verify_file
    from xueji.duties.certificates.verification import verify as check

    try:
        path = Path(text_or_file)
        content = path.read_bytes() if path.is_file() else None
    except (OSError, ValueError):  # a long code is no file name
        content = None
    if content is None:
        return [check(text_or_file, public_key=key, on=day)]
    if content.startswith(_FILES) or b"%PDF-" in content[:1024]:
        return verify_file(content, path.name, public_key=key, on=day)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        reason = f"“{path.name}”不是文本，也不是 PDF、JPEG 或 PNG 文件，读不出二维码。请重新扫描或拍照。"
        return [Verified(Result.INVALID, reason)]
    return [check(text, public_key=key, on=day)]


def _value(answer: Verified) -> dict[str, Any]:
    from xueji.duties.certificates.statement import seal_uses

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
        "seals": list(seal_uses(said)) if said else None,
        "page": answer.page or None,
        "compared": answer.compared,
    }


def _sentence(answer: Verified) -> str:
    words = {"valid": "有效", "invalid": "无效", "voided": "已作废"}[answer.result]
    lines = [f"第 {answer.page} 页：{words}。{answer.reason}" if answer.page > 1 else f"{words}。{answer.reason}"]
    if answer.statement is not None:
        said = answer.statement
        lines.append(
            f"编号 {said.number}，{said.school}，{said.name}，学籍号 {said.registration}，{said.issued_on} 出具"
        )
        lines.append("有电子印章。" if said.seals else "须加盖实物印章。")
        lines.append("请与纸质证明逐项核对。")
    return "\n".join(lines)
