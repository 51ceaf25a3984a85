"""The signed dossier of a pupil: what its files are, how they are digested, and where one was changed. Pure.

``dossier.json`` holds everything, ``dossier.txt`` says the same for people; the signature vouches for both, for each
part of the content and for the text of each page of the PDF, so that a change is named with its place.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

FORMAT = "xueji-dossier-1"
JSON, TEXT, SIGNATURE, PDF, README = "dossier.json", "dossier.txt", "signature.json", "dossier.pdf", "说明.txt"
_SIGNED = b"xueji-dossier-signature-1"
#: The lists of a content whose items are parts of their own, with the words by which a person finds one.
_LISTS = {
    "sections": "档案内容",
    "registrations": "历次学籍",
    "entries": "变动记录",
    "evidence": "变动材料",
    "papers": "证书与证明",
}
#: Lists whose items have a title.
_TITLED = ("sections",)


def as_json(content: Mapping[str, Any]) -> bytes:
    """The bytes of ``dossier.json``: to be read in a text editor."""
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(data: bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def page_mark(text: str) -> str:
    """The digest of a page's text, spaces and breaks aside: a reader sets them as it likes."""
    return digest("".join(text.split()).encode())


def parts_of(content: Mapping[str, Any]) -> dict[str, str]:
    """By the words that name it, the digest of each part of a content."""
    found = {"基本说明": digest(_canonical({key: value for key, value in content.items() if key not in _LISTS}))}
    for key, words in _LISTS.items():
        for number, one in enumerate(content.get(key, ()), 1):
            name = f"{words}“{one.get('title', number)}”" if key in _TITLED else f"{words}第 {number} 条"
            found[name] = digest(_canonical(one))
    return found


def signed_message(manifest: Mapping[str, Any]) -> bytes:
    """What the signature is over: the manifest without it."""
    return _SIGNED + _canonical({key: value for key, value in manifest.items() if key != "signature"})


def manifest_of(
    content: Mapping[str, Any],
    pages: Sequence[str],
    *,
    issuer: Mapping[str, str],
    algorithm: str,
    key: str,
    public: str,
) -> dict[str, Any]:
    """What is signed: the digests of both files, of each part and of each page's text; whose key signs.

    ``algorithm``: its name; ``key``: the key's id, ``public``: the raw public key, both hexadecimal.
    """
    return {
        "format": FORMAT,
        "issuer": dict(issuer),
        "algorithm": algorithm,
        "key": key,
        "public": public,
        "files": {JSON: digest(as_json(content)), TEXT: digest(as_text(content).encode())},
        "parts": parts_of(content),
        "pages": [page_mark(one) for one in pages],
    }


def changed_places(
    manifest: Mapping[str, Any], *, content: bytes, text: bytes, pages: Sequence[str] | None
) -> list[str]:
    """Where the files differ from what was signed, in words; empty where all is as it was. ``pages`` None: no PDF."""
    places = []
    value: Any = None
    try:
        value = json.loads(content)
    except ValueError:
        places.append(f"{JSON}：读不出来")
    if value is not None and digest(content) != manifest["files"][JSON]:
        places += _changed_parts(manifest["parts"], value)
    if digest(text) != manifest["files"][TEXT]:
        places.append(f"{TEXT}：{_changed_line(value, text)}")
    if pages is not None:
        places += [
            f"{PDF}：第 {number} 页的文字"
            for number, (mark, page) in enumerate(zip_longest(manifest["pages"], pages), 1)
            if page is None or mark != page_mark(page)
        ]
    return places


def _changed_parts(signed: Mapping[str, str], value: Any) -> Iterator[str]:
    now = parts_of(value) if isinstance(value, dict) and _shaped(value) else {}
    names = [name for name in {**signed, **now} if signed.get(name) != now.get(name)]
    yield from (f"{JSON}：{name}" for name in names) if names else (f"{JSON}：排列或空白",)


def _shaped(value: Mapping[str, Any]) -> bool:
    """Whether the lists hold what can be told apart."""
    return all(isinstance(one, dict) for key in _LISTS for one in value.get(key, ()))


def _changed_line(value: Any, text: bytes) -> str:
    """The first line that says other than the data do."""
    try:
        meant, found = as_text(value).splitlines(), text.decode().splitlines()
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError):
        return "内容"
    for number, (before, now) in enumerate(zip_longest(meant, found), 1):
        if before != now:
            return f"第 {number} 行"
    return "换行或空白"


def as_text(content: Mapping[str, Any]) -> str:
    """The same in plain words, a line each."""
    return "\n".join(_lines(content)) + "\n"


def _lines(content: Mapping[str, Any]) -> Iterator[str]:
    pupil, made = content["pupil"], content["made"]
    yield "学生学籍电子档案"
    yield ""
    yield f"姓名：{pupil['name']}"
    yield f"学籍号：{pupil['number']}"
    yield f"学校：{pupil['school']}（{pupil['school_code']}）"
    yield f"学籍状态：{pupil['standing']}"
    yield f"档案截至：{content['as_of']}"
    yield f"导出：{made['organisation']}，{made['at']}，事由：{made['ground']}"
    yield f"签发：{content['issuer']['name']}（{content['issuer']['code']}）"
    for section in content["sections"]:
        yield ""
        yield f"【{section['title']}】"
        yield from (f"{item['label']}：{item['text']}" for item in section["items"])
    yield ""
    yield "【历次学籍】"
    for number, one in enumerate(content["registrations"], 1):
        ended = f"，{one['ended_on']} {one['how_ended_text']}" if one["ended_on"] else ""
        void = "，登记已作废" if one["voided"] else ""
        yield (
            f"{number}. {one['school']}（{one['school_code']}），{one['stage_text']}，学籍号 {one['number']}，"
            f"{one['started_on']} {one['how_started_text']}{ended}{void}"
        )
        yield from (f"   {spell['started_on']} 起：{spell['text']}" for spell in one["spells"])
    yield ""
    yield "【变动记录】"
    for number, one in enumerate(content["entries"], 1):
        where = f"（{one['organisation']}，登记于 {one['recorded_at'][:10]}）"
        yield f"{number}. {one['effective_on']} {one['title']}{where}"
        yield from (f"   {line}" for line in one["lines"])
    if content.get("evidence"):
        yield ""
        yield "【变动材料】"
        yield from (f"{number}. {_paper_line(one)}" for number, one in enumerate(content["evidence"], 1))
    if content["papers"]:
        yield ""
        yield "【证书与证明】"
        yield from (
            f"{one['number']} {one['title']}，{one['issued_on']} 出具" + ("，已作废" if one["voided"] else "")
            for one in content["papers"]
        )


def _paper_line(one: Mapping[str, Any]) -> str:
    """A paper that a change rests on; its digest is what a file at hand is held against."""
    file = f"卷号 {one['file_number']}，" if one["file_number"] else ""
    head = f"{file}{one['effective_on']} {one['change']}：{one['title']}"
    if not one["sha256"]:
        return head
    old = "，已由后来的材料代替" if one["superseded"] else ""
    return f"{head}，{one['name']}（{one['media_type']}，{one['size']} 字节），SHA-256 {one['sha256']}{old}"


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose dossier a content is and where it comes from, as far as a receiving school asks."""

    name: str
    number: str
    school: str
    school_code: str
    issuer: str
    issuer_code: str


def origin_of(content: Mapping[str, Any]) -> Origin:
    """Raises ``KeyError`` or ``TypeError`` for what is no content."""
    pupil, issuer = content["pupil"], content["issuer"]
    return Origin(
        str(pupil["name"]), str(pupil["number"]), str(pupil["school"]), str(pupil["school_code"]),
        str(issuer["name"]), str(issuer["code"]),
    )  # fmt: skip


def form_values(content: Mapping[str, Any], columns: Sequence[str]) -> dict[str, str]:
    """What a receiving school's form is filled with: the record's fields that the form has, in words.

    A division goes as its code: its words carry the code in brackets.
    """
    wanted = set(columns)
    return {
        item["code"]: str(item["value"] if item["kind"] == "division" else item["text"])
        for section in content["sections"]
        for item in section["items"]
        if item["code"] in wanted
    }
