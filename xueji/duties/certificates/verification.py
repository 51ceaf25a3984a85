"""查验: anyone's later proof that a paper is true (clauses B2, C2; issue 5 "Verification").

The signature is checked offline; whether this home issued the paper and has since voided it is asked by its exact
number and answered with nothing else. With a public key neither a home nor a database is needed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from xueji.duties.certificates.statement import PREFIX, InvalidStatement, Statement, decode, text_mark
from xueji.ground.documents.inspection import DEFAULT, read_codes, read_pages
from xueji.ground.documents.recognise import PDF, media_type
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Refused

#: Pages of one file on which codes are looked for: each is drawn. One paper may be longer: all its words are compared.
MOST_PAGES: Final = 20


class Result(StrEnum):
    """How a paper stands."""

    VALID = "valid"
    INVALID = "invalid"
    VOIDED = "voided"


@dataclass(frozen=True, slots=True)
class Verified:
    """``reason`` is a Chinese sentence, '' where valid. ``statement``: to be compared with the paper in hand; None
    where the text is no statement of ours. ``page``: of the file, from 1 (0: of no file). ``compared``: the words
    around the code were compared with it."""

    result: Result
    reason: str = ""
    statement: Statement | None = None
    page: int = 0
    compared: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """The code of a paper in a file, and the words around it (None: a picture has none to compare)."""

    text: str
    printed: str | None
    page: int


def verify(
    text: str, *, public_key: bytes | None = None, printed: str | None = None, on: date | None = None
) -> Verified:
    """Whether the text of a QR code is a paper of ours that counts today.

    ``printed``: the text of the PDF that bears the code: every word of it must be as it was issued.

    With ``public_key`` (32 raw bytes of the issuer) the check is offline: signature and term only. ``on``: the day of
    which it is asked whether the paper counts.
    """
    compared = printed is not None
    try:
        statement = decode(text, public_key)
    except InvalidStatement as error:
        return Verified(Result.INVALID, f"{error}。")
    if printed is not None and text_mark(printed) != statement.text:
        reason = "文件上的文字与二维码所载不符，文件可能被改动过。"
        return Verified(Result.INVALID, reason, statement, compared=compared)
    if public_key is None:
        standing = _standing(statement.number)
        if standing is None:
            return Verified(Result.INVALID, "没有出具过这个编号的证明。", statement)
        digest, voided_on = standing
        if digest != hashlib.sha256(text.strip().encode()).hexdigest():
            return Verified(Result.INVALID, "与出具时的内容不符。", statement)
        if voided_on is not None:
            return Verified(Result.VOIDED, f"该证明已于 {voided_on} 作废。", statement)
    if statement.valid_until is not None and statement.valid_until < (on or today()):
        return Verified(Result.INVALID, f"已过有效期（到 {statement.valid_until} 为止）。", statement)
    return Verified(Result.VALID, "", statement, compared=compared)


def verify_file(
    content: bytes, name: str, *, public_key: bytes | None = None, on: date | None = None
) -> list[Verified]:
    """How each paper of a file stands, in the order of its pages; a file that cannot be read is not valid."""
    try:
        found = read_papers(content, name)
    except Refused as refused:
        return [Verified(Result.INVALID, refused.message)]
    return [
        replace(verify(one.text, public_key=public_key, printed=one.printed, on=on), page=one.page) for one in found
    ]


def worst(found: Sequence[Verified]) -> Verified:
    """What is said of a file as a whole: one paper that is not valid makes it so, then one that is voided."""
    order = (Result.INVALID, Result.VOIDED, Result.VALID)
    return min(found, key=lambda one: order.index(one.result))


def read_papers(content: bytes, name: str) -> list[Read]:
    """The papers of a file, page by page: a paper begins on the page of its code, and the words up to the next one are
    its own; of a file with more than ``MOST_PAGES`` all words belong to the paper of its first page. A PDF without
    words (a scan) is a picture.

    Raises ``Refused`` for a file that is none, is damaged, has too many pages, bears no code of a paper, or several on
    one page (their words cannot be told apart).
    """
    kind = media_type(content, name)
    texts = read_pages(content, name) if kind == PDF else []
    codes: dict[int, list[str]] = {}
    for text, page in read_codes(content, kind, name, DEFAULT, pages=MOST_PAGES):
        if text.startswith(PREFIX) and text not in codes.setdefault(page, []):
            codes[page].append(text)
    codes = {page: found for page, found in codes.items() if found}
    if len(texts) > MOST_PAGES and set(codes) != {1}:  # one long paper (a roll) begins on the first page
        message = f"“{name}”有 {len(texts)} 页，一次最多查验 {MOST_PAGES} 页。请分成几份查验。"
        raise Refused("certificate.many_pages", message, "通知三.2")
    if not codes:
        message = f"在“{name}”上没有找到证书、证明的二维码。请重新扫描，或把二维码读出的文字贴进来。"
        raise Refused("certificate.no_code", message, "通知三.2")
    crowded = next((page for page, found in codes.items() if len(found) > 1), None)
    if crowded is not None:
        message = f"“{name}”第 {crowded} 页上有 {len(codes[crowded])} 份证书，文字分不开，请逐份查验。"
        raise Refused("certificate.several", message, "通知三.2")
    begins = sorted(codes)
    made = []
    for place, page in enumerate(begins):
        # What stands before the first code belongs to it too: nothing in the file goes unlooked at.
        first = 0 if place == 0 else page - 1
        last = begins[place + 1] - 1 if place + 1 < len(begins) else len(texts)
        words = "\n".join(texts[first:last])
        made.append(Read(codes[page][0], words if words.strip() else None, page))
    return made


def _standing(number: str) -> tuple[str, date | None] | None:
    """(digest of the statement, day of voiding) of a paper by its exact number, whoever asks."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_digest, voided_on FROM certificates_standing(%s)", [number])
        row: tuple[str, date | None] | None = cursor.fetchone()
    return row
