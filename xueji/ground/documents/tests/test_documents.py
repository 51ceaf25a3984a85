"""Evidence: only whole PDF, JPEG and PNG files come in; none lies on the disk in clear (invariant 13)."""

from __future__ import annotations

import io
import stat
import zlib
from collections.abc import Iterator
from uuid import UUID, uuid4

import cv2
import numpy as np
import pytest
from django.db import connection, connections
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, NameObject

from xueji.config.home import Home
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.documents import selectors, vault
from xueji.ground.documents.recognise import JPEG, PDF, PNG, media_type
from xueji.ground.documents.services import open_document, store, sweep
from xueji.pure.kernel.types import Actor, Level, Refused, Role

WORDS = b"BT (320102200109030011 secret words) Tj ET"


def pdf(*, password: str = "", compressed: bool = False) -> bytes:
    writer = PdfWriter()
    page = writer.add_blank_page(200, 200)
    text = DecodedStreamObject()
    text.set_data(WORDS)
    page[NameObject("/Contents")] = writer._add_object(text)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def picture(suffix: str) -> bytes:
    pixels = np.random.default_rng(7).integers(0, 255, (40, 30, 3), dtype=np.uint8)
    done, coded = cv2.imencode(suffix, pixels)
    assert done
    return coded.tobytes()


PICTURES = {JPEG: picture(".jpg"), PNG: picture(".png"), PDF: pdf()}
SUFFIX = {JPEG: ".JPG", PNG: ".png", PDF: ".pdf"}


@pytest.fixture
def stored(fresh_database: str, environment: object, home: Home) -> Iterator[Home]:
    before = set(home.files.glob("??/*"))
    yield home
    for path in set(home.files.glob("??/*")) - before:
        path.unlink()


def teacher(organisation: UUID | None = None) -> Actor:
    return Actor(uuid4(), uuid4(), organisation or uuid4(), Role.REGISTRAR, Level.SCHOOL, "经办", trained=True)


@pytest.mark.parametrize("kind", list(PICTURES))
def test_a_file_is_known_by_what_it_holds(kind: str) -> None:
    assert media_type(PICTURES[kind], "材料" + SUFFIX[kind]) == kind
    assert media_type(PICTURES[kind], "没有扩展名") == kind


def test_a_pdf_with_a_preface_of_a_mail_program_or_bytes_after_its_end_is_accepted() -> None:
    assert media_type(b"\r\n\r\n" + PICTURES[PDF], "a.pdf") == PDF
    assert media_type(PICTURES[PDF] + b"\r\n\x00\x00", "a.pdf") == PDF


@pytest.mark.parametrize("kind", list(PICTURES))
@given(data=st.data())
def test_a_cut_file_is_refused(kind: str, data: st.DataObject) -> None:
    whole = PICTURES[kind].rstrip()
    cut = data.draw(st.integers(0, len(whole) - 3))
    with pytest.raises(Refused):
        media_type(whole[:cut], "材料" + SUFFIX[kind])


@given(content=st.binary(max_size=300))
def test_anything_else_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        media_type(content, "户口簿.pdf")
    assert "户口簿.pdf" in refusal.value.message


@given(head=st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-1.4\n"]), content=st.binary(max_size=400))
def test_a_right_beginning_alone_is_not_enough(head: bytes, content: bytes) -> None:
    with pytest.raises(Refused):
        media_type(head + content, "材料")


@pytest.mark.parametrize(
    ("content", "name", "code", "words"),
    [
        (b"", "a.pdf", "documents.empty", "是空的"),
        (b"\x00" * 900, "a.pdf", "documents.empty", "是空的"),
        (b"PK\x03\x04" + b"x" * 90, "证明.pdf", "documents.kind", "Office 文档或压缩包"),
        (b"MZ" + b"x" * 90, "照片.jpg", "documents.kind", "程序"),
        (b"<html><script>alert(1)</script></html>", "a.png", "documents.kind", "网页"),
        (b"GIF89a" + b"x" * 90, "a.gif", "documents.kind", "GIF"),
        (PICTURES[JPEG], "证明.pdf", "documents.disguised", "JPEG"),
        (PICTURES[PDF], "照片.jpg", "documents.disguised", "PDF"),
        (pdf(password="x"), "a.pdf", "documents.locked", "密码"),
        (PICTURES[PNG][:200] + b"\x00" + PICTURES[PNG][201:], "a.png", "documents.broken", "损坏"),
        (PICTURES[PDF].replace(b"startxref", b"startxxxx"), "a.pdf", "documents.broken", "目录表"),
    ],
)
def test_each_refusal_says_why(content: bytes, name: str, code: str, words: str) -> None:
    with pytest.raises(Refused) as refusal:
        media_type(content, name)
    assert refusal.value.code == code
    assert words in refusal.value.message
    assert name in refusal.value.message


def test_a_png_without_picture_is_refused() -> None:
    head, end = PICTURES[PNG][:33], b"\x00\x00\x00\x00IEND" + zlib.crc32(b"IEND").to_bytes(4, "big")
    with pytest.raises(Refused, match="没有图片内容"):
        media_type(head + end, "a.png")


def test_what_was_stored_is_what_is_opened_and_nothing_lies_there_in_clear(stored: Home) -> None:
    subject = uuid4()
    with acting_system():
        made = store(actor=teacher(), subject=subject, name="C:\\扫描\\张三户口簿.pdf", content=PICTURES[PDF])
    with acting_system():
        opened = open_document(made.id)
        listed = selectors.documents_of(subject)
    assert (opened.name, opened.media_type, opened.content) == ("张三户口簿.pdf", PDF, PICTURES[PDF])
    assert [(one.id, one.name, one.size) for one in listed] == [(made.id, "张三户口簿.pdf", len(PICTURES[PDF]))]
    path = vault.place(listed[0].digest)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for place in (path for path in stored.files.rglob("*") if path.is_file()):
        blob = place.read_bytes()
        assert WORDS not in blob
        assert b"%PDF" not in blob
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT t::text FROM documents_document AS t")
        text = cursor.fetchone()[0]
    assert "张三" not in text
    assert "张三".encode().hex() not in text


def test_the_same_content_for_the_same_subject_is_kept_once(stored: Home) -> None:
    subject = uuid4()
    with acting_system():
        first = store(actor=teacher(), subject=subject, name="a.jpg", content=PICTURES[JPEG])
        again = store(actor=teacher(), subject=subject, name="b.jpg", content=PICTURES[JPEG])
        other = store(actor=teacher(), subject=uuid4(), name="a.jpg", content=PICTURES[JPEG])
    assert (again.id, again.fresh, again.name) == (first.id, False, "a.jpg")
    assert other.fresh


def test_a_file_above_the_limit_is_refused_with_both_sizes(stored: Home) -> None:
    before = vault.older_than(-60)
    with pytest.raises(Refused, match=r"0\.0 MB，超过每个文件 0 MB") as refusal, acting_system():
        store(actor=teacher(), subject=uuid4(), name="a.png", content=PICTURES[PNG], limit_bytes=100)
    assert refusal.value.code == "documents.large"
    assert vault.older_than(-60) == before


@pytest.mark.parametrize("harm", ["change", "remove"])
def test_a_stored_file_that_was_changed_or_removed_is_not_opened(stored: Home, harm: str) -> None:
    with acting_system():
        made = store(actor=teacher(), subject=uuid4(), name="a.png", content=PICTURES[PNG])
        info = selectors.document(made.id)
    assert info is not None
    path = vault.place(info.digest)
    if harm == "change":
        blob = bytearray(path.read_bytes())
        blob[40] ^= 1
        path.write_bytes(bytes(blob))
    else:
        path.unlink()
    with pytest.raises(Refused, match="从备份恢复"), acting_system():
        open_document(made.id)


def test_a_document_is_seen_by_who_handed_it_in_and_by_no_other_school(stored: Home) -> None:
    own, foreign = teacher(), teacher()
    with acting(own):
        made = store(actor=own, subject=uuid4(), name="a.png", content=PICTURES[PNG])
        assert open_document(made.id).content == PICTURES[PNG]
    with acting(foreign):
        assert selectors.documents([made.id]) == {}
        with pytest.raises(Refused, match="无权"):
            open_document(made.id)
    with acting(own), connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('documents_document', 'UPDATE, DELETE, TRUNCATE')")
        assert cursor.fetchone() == (False,)


def test_left_over_files_are_swept_and_listed_ones_kept(stored: Home) -> None:
    class Undo(Exception):
        pass

    def undone() -> None:
        with acting_system():
            store(actor=teacher(), subject=uuid4(), name="a.png", content=PICTURES[PNG])
            raise Undo

    sweep(older_than=-60)  # what earlier tests left in the session's home
    with pytest.raises(Undo):
        undone()
    with acting_system():
        kept = store(actor=teacher(), subject=uuid4(), name="a.png", content=PICTURES[PNG])
    assert sweep() == 0  # too young: it may belong to an upload under way
    assert sweep(older_than=-60) == 1
    with acting_system():
        assert open_document(kept.id).content == PICTURES[PNG]
