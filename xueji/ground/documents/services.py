"""The verbs of the room ``documents``: ``store``, ``store_many``, ``keep_sealed``, ``open_document``, ``open_many``,
``discard``, ``sweep``."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePath
from uuid import UUID

from django.conf import settings
from django.db import transaction

from xueji.ground.documents import selectors, vault
from xueji.ground.documents.inspection import DEFAULT, Limits, inspect
from xueji.ground.documents.models import Document
from xueji.ground.documents.recognise import media_type
from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import BrokenSeal, open_, seal, seal_json
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Actor, Refused

_MEGABYTE = 1024 * 1024
_NAME_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Stored:
    """A document that is stored. ``fresh`` is False when the subject had the same content already."""

    id: UUID
    name: str
    media_type: str
    size: int
    uploaded_at: datetime
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class Opened:
    """A document in clear, in memory only."""

    name: str
    media_type: str
    content: bytes


def store(
    *,
    actor: Actor,
    subject: UUID,
    name: str,
    content: bytes,
    limit_bytes: int | None = None,
    limits: Limits | None = None,
    ahead: bool = False,
) -> Stored:
    """Seal and keep an evidence file of an application or student; ``ahead`` of any (see ``models.Document``).

    ``limits`` are the rulebook's for one file (``limit_bytes`` alone: its size; default: that of an upload). The same
    content for the same subject gives the document that is there. If the transaction is rolled back the sealed file is
    left over and ``sweep`` removes it. Raises ``Refused`` (see ``recognise.media_type``, ``inspection.inspect``;
    ``documents.large``).
    """
    bounds = limits or replace(DEFAULT, file_bytes=limit_bytes or settings.XUEJI_UPLOAD_LIMIT)
    limit = bounds.file_bytes
    shown = PurePath(name.replace("\\", "/")).name[-_NAME_LENGTH:] or "未命名"
    if len(content) > limit:
        size, most = len(content) / _MEGABYTE, limit / _MEGABYTE
        raise Refused(
            "documents.large",
            f"文件“{shown}”有 {size:.1f} MB，超过每个文件 {most:.0f} MB 的上限，请压缩或降低扫描分辨率后再上传。",
        )
    kind = media_type(content, shown)
    pages = inspect(content, kind, shown, bounds)
    with transaction.atomic():
        key = data_keys.ensure([subject])[subject]
        digest = hashlib.sha256(content).hexdigest()
        for known in selectors.documents_of(subject):
            if known.content == digest:
                return Stored(known.id, known.name, known.media_type, known.size, known.uploaded_at, fresh=False)
        document = environment().new_id()
        row = Document.objects.create(
            id=document,
            subject=subject,
            organisation=actor.organisation,
            digest=vault.put(seal(key, content, document.bytes)),
            media_type=kind,
            size=len(content),
            details=seal_json(key, {"name": shown, "content": digest, "pages": pages}, document.bytes),
            uploaded_by=actor.person,
            uploaded_at=environment().now(),
            ahead=ahead,
        )
    return Stored(row.id, shown, kind, row.size, row.uploaded_at)


def store_many(
    *, actor: Actor, files: Sequence[tuple[UUID, str, bytes]], limits: Limits = DEFAULT
) -> list[tuple[UUID, str]]:
    """Seal and keep one file each of many subjects: (subject, name, content); (id, digest of the sealed file) in order.

    A few queries, however many. Raises ``Refused`` as ``store`` does; then nothing is kept.
    """
    kinds = [media_type(content, name) for _, name, content in files]
    pages = [inspect(content, kind, name, limits) for (_, name, content), kind in zip(files, kinds, strict=True)]
    with transaction.atomic():
        keys = data_keys.ensure(subject for subject, _, _ in files)
        rows = []
        for (subject, name, content), kind, count in zip(files, kinds, pages, strict=True):
            key, identity = keys[subject], environment().new_id()
            told = {"name": name[-_NAME_LENGTH:], "content": hashlib.sha256(content).hexdigest(), "pages": count}
            rows.append(
                Document(
                    id=identity, subject=subject, organisation=actor.organisation,
                    digest=vault.put(seal(key, content, identity.bytes)), media_type=kind, size=len(content),
                    details=seal_json(key, told, identity.bytes), uploaded_by=actor.person,
                    uploaded_at=environment().now(),
                )
            )  # fmt: skip
        Document.objects.bulk_create(rows, batch_size=500)
    return [(row.id, row.digest) for row in rows]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed file as another node has it: its very bytes, and what the list of documents says beside it."""

    id: UUID
    subject: UUID
    organisation: UUID
    name: str
    content: bytes
    uploaded_by: UUID
    uploaded_at: datetime


def keep_sealed(files: Sequence[Sealed], *, limits: Limits = DEFAULT) -> None:
    """Keep files that came sealed, as they are: so each keeps the digest by which a journal names it. In the system's
    own name; one that is here already is written anew. Each is opened and looked at as an upload is.

    Raises ``Refused``: ``documents.sealed`` where the subject's data key does not open it, and as ``store`` does.
    """
    keys = data_keys.get({one.subject for one in files}, missing_ok=True)
    rows = []
    for one in files:
        key = keys.get(one.subject)
        try:
            if key is None:
                raise BrokenSeal("no key")
            content = open_(key, one.content, one.id.bytes)
        except BrokenSeal:
            message = f"文件“{one.name}”不是用该生的数据密钥封装的，没有接收。请发送方核对后重新导出。"
            raise Refused("documents.sealed", message) from None
        kind = media_type(content, one.name)
        pages = inspect(content, kind, one.name, limits)
        told = {"name": one.name, "content": hashlib.sha256(content).hexdigest(), "pages": pages}
        rows.append(
            Document(
                id=one.id, subject=one.subject, organisation=one.organisation, digest=vault.put(one.content),
                media_type=kind, size=len(content), details=seal_json(key, told, one.id.bytes),
                uploaded_by=one.uploaded_by, uploaded_at=one.uploaded_at,
            )
        )  # fmt: skip
    Document.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def sealed_file(digest: str, folder: Path | None = None) -> bytes | None:
    """The sealed bytes of a file of this home (of another: its ``folder``), None where missing or changed."""
    return vault.take(digest, folder)


def open_many(files: Iterable[tuple[UUID, UUID, str]]) -> dict[UUID, bytes]:
    """What sealed files hold that a room above has found by right: (document, subject, digest); by document.

    One that is missing from this home or was changed is left out.
    """
    wanted = list(files)
    keys = data_keys.get({subject for _, subject, _ in wanted}, missing_ok=True)
    found = {}
    for document, subject, digest in wanted:
        blob, key = vault.take(digest), keys.get(subject)
        if blob is None or key is None:
            continue
        try:
            found[document] = open_(key, blob, document.bytes)
        except BrokenSeal:
            continue
    return found


def open_document(document: UUID) -> Opened:
    """A document in clear, as far as the viewer may see it.

    Who opens it is logged by the door through ``disclosure``. Raises ``Refused`` ``documents.unknown``,
    ``documents.damaged`` (the sealed file is missing or was changed).
    """
    found = selectors.document(document)
    if found is None:
        raise Refused("documents.unknown", "没有这份证明材料，或者您无权查看。")
    blob = vault.take(found.digest)
    try:
        if blob is None:
            raise BrokenSeal("missing")
        key = data_keys.get([found.subject])[found.subject]
        return Opened(found.name, found.media_type, open_(key, blob, found.id.bytes))
    except BrokenSeal:
        raise Refused(
            "documents.damaged", f"证明材料“{found.name}”的文件缺失或被改动过，请联系系统管理员从备份恢复。"
        ) from None


def discard(documents: Collection[UUID], *, using: str = "owner") -> int:
    """Take documents away, row and sealed file, of which the room above knows that nothing rests on them; how many.

    As the owner, by the worker: in a person's name no document is ever taken away.
    """
    with transaction.atomic(using=using):
        rows = Document.objects.using(using).filter(id__in=documents)
        digests = list(rows.values_list("digest", flat=True))
        rows.delete()
    for digest in digests:
        vault.place(digest).unlink(missing_ok=True)
    return len(digests)


def sweep(*, older_than: float = 3600, using: str = "owner") -> int:
    """Remove files of which no row speaks (an upload that was rolled back or killed); how many.

    ``older_than`` seconds, so that an upload under way keeps its file. Reads as the owner: a row that is hidden from
    the viewer must not make its file look left over.
    """
    candidates = vault.older_than(older_than)
    known = set(Document.objects.using(using).filter(digest__in=candidates).values_list("digest", flat=True))
    left_over = [path for name, path in candidates.items() if name not in known]
    for path in left_over:
        path.unlink(missing_ok=True)
    return len(left_over)
