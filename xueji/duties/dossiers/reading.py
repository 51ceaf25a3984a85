"""A dossier file opened: PDF with the files inside, or ZIP with the files beside it."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any, Final

from xueji.ground.documents.inspection import DEFAULT, read_carried, read_pages
from xueji.pure.kernel.dossier import FORMAT, JSON, PDF, SIGNATURE, TEXT
from xueji.pure.kernel.types import Refused

#: Bytes of all files of a dossier, unpacked.
LARGEST: Final = DEFAULT.file_bytes
_MANIFEST: Final = {
    "format": str, "issuer": dict, "key": str, "public": str, "files": dict, "parts": dict, "pages": list,
    "signature": str,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opened:
    """The files of a dossier; ``pages``: the text of each page of the PDF.

    ``differing``: which of the files beside the PDF are not those inside it; ``pdf``: the PDF itself.
    """

    content: bytes
    text: bytes
    manifest: dict[str, Any]
    pages: list[str]
    differing: tuple[str, ...]
    pdf: bytes


def open_dossier(data: bytes, name: str) -> Opened:
    """Raises ``Refused`` ``dossier.unreadable`` for what is no dossier, or lacks one of its files."""
    files = _unpacked(data, name) if data.startswith(b"PK") else {PDF: data}
    if PDF not in files:
        raise unreadable(name, f"缺少 {PDF}")
    inside = read_carried(files[PDF], name)
    differing = tuple(one for one, content in files.items() if one != PDF and inside.get(one) != content)
    files = {**inside, **files}
    missing = [one for one in (JSON, TEXT, SIGNATURE) if one not in files]
    if missing:
        raise unreadable(name, f"里面没有{'、'.join(missing)}")
    manifest, pages = _manifest(files[SIGNATURE], name), read_pages(files[PDF], name)
    return Opened(files[JSON], files[TEXT], manifest, pages, differing, files[PDF])


def unreadable(name: str, why: str) -> Refused:
    """The sentence for a file that is no dossier."""
    return Refused("dossier.unreadable", f"“{name}”不是完整的电子学籍档案：{why}。请向原学校重新索取。", "通知二.3")


def _manifest(data: bytes, name: str) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except ValueError:
        raise unreadable(name, f"{SIGNATURE} 读不出来") from None
    shaped = isinstance(value, dict) and all(isinstance(value.get(key), kind) for key, kind in _MANIFEST.items())
    if not shaped or value["format"] != FORMAT or not {JSON, TEXT} <= value["files"].keys():
        raise unreadable(name, f"{SIGNATURE} 的内容不全")
    return dict(value)


def _unpacked(data: bytes, name: str) -> dict[str, bytes]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        found = {}
        left = LARGEST
        for one in (PDF, JSON, TEXT, SIGNATURE):
            if one not in archive.namelist():
                continue
            with archive.open(one) as member:  # what the head says of the size is not believed
                found[one] = member.read(left + 1)
            left -= len(found[one])
            if left < 0:
                raise unreadable(name, "解压后过大")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError):
        raise unreadable(name, "压缩包已损坏") from None
    return found
