"""查验: anyone's later proof that a paper is true (clauses B2, C2; issue 5 "Verification").

The signature is checked offline; whether this home issued the paper and has since voided it is asked by its exact
number and answered with nothing else.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db import connection

from xueji.duties.certificates.statement import PREFIX, InvalidStatement, Statement, decode, text_mark
from xueji.ground.documents.inspection import read_codes, read_text
from xueji.ground.documents.recognise import PDF, media_type
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Refused


class Result(StrEnum):
    """How a paper stands."""

    VALID = "valid"
    INVALID = "invalid"
    VOIDED = "voided"


@dataclass(frozen=True, slots=True)
class Verified:
    """``reason`` is a Chinese sentence, '' where valid. ``statement``: to be compared with the paper in hand; None
    where the text is no statement of ours."""

    result: Result
    reason: str = ""
    statement: Statement | None = None


def verify(text: str, *, public_key: bytes | None = None, printed: str | None = None) -> Verified:
    """Whether the text of a QR code is a paper of ours that counts today.

    ``printed``: the text of the PDF that bears the code: every word of it must be as it was issued.

    With ``public_key`` (32 raw bytes of the issuer) the check is offline: signature and term only.
    """
    try:
        statement = decode(text, public_key)
    except InvalidStatement as error:
        return Verified(Result.INVALID, f"{error}。")
    if printed is not None and text_mark(printed) != statement.text:
        reason = "文件上的文字与二维码所载不符，文件可能被改动过。"
        return Verified(Result.INVALID, reason, statement)
    if public_key is None:
        standing = _standing(statement.number)
        if standing is None:
            return Verified(Result.INVALID, "没有出具过这个编号的证明。", statement)
        digest, voided_on = standing
        if digest != hashlib.sha256(text.strip().encode()).hexdigest():
            return Verified(Result.INVALID, "与出具时的内容不符。", statement)
        if voided_on is not None:
            return Verified(Result.VOIDED, f"该证明已于 {voided_on} 作废。", statement)
    if statement.valid_until is not None and statement.valid_until < today():
        return Verified(Result.INVALID, f"已过有效期（到 {statement.valid_until} 为止）。", statement)
    return Verified(Result.VALID, "", statement)


def read_paper(content: bytes, name: str) -> tuple[str, str | None]:
    """The code's text of a file, and of a PDF the text around it (None of a picture).

    Raises ``Refused`` for a file that is none, that bears no code of a paper or the codes of several.
    """
    kind = media_type(content, name)
    codes = list(dict.fromkeys(text for text, _ in read_codes(content, kind, name) if text.startswith(PREFIX)))
    if not codes:
        message = f"在“{name}”上没有找到证书、证明的二维码。请重新扫描，或把二维码读出的文字贴进来。"
        raise Refused("certificate.no_code", message, "通知三.2")
    if len(codes) > 1:
        raise Refused("certificate.several", f"“{name}”里有 {len(codes)} 份证书，请逐份查验。", "通知三.2")
    return codes[0], read_text(content, name) if kind == PDF else None


def _standing(number: str) -> tuple[str, date | None] | None:
    """(digest of the statement, day of voiding) of a paper by its exact number, whoever asks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_digest, voided_on FROM certificates_standing(%s)", [number])
        row: tuple[str, date | None] | None = cursor.fetchone()
    return row
