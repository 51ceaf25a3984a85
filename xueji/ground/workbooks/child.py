"""The child process that parses workbooks. Nothing here imports Django, polars or the rules."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from xueji.ground.sandbox.serving import serve
from xueji.ground.workbooks.keys import header_key

HEADER_ROWS_LOOKED_AT = 10
LEAST_KNOWN_HEADERS = 3
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FORMULA = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*>\s*<f[ >/]')
_ERROR = re.compile(rb'<c\b(?=[^>]*\bt="e")[^>]*?\br="([A-Z]{1,3})(\d{1,7})"')
_SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^>]*>")
_ATTRIBUTE = re.compile(rb'([\w:]+)="([^"]*)"')
_PROPERTY = re.compile(rb'name="(xueji_\w+)"[^>]*>\s*<vt:lpwstr>([^<]*)<')


class Unreadable(Exception):
    """A file that is not read; ``code`` names the answer, ``detail`` what it mentions."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def open_package(data: bytes, unpacked_limit: int) -> zipfile.ZipFile:
    """The workbook as an archive; Unreadable for what is no .xlsx, is encrypted, or unpacks to too much."""
    if data.startswith(_OLE):
        encrypted = "EncryptedPackage".encode("utf-16-le") in data
        raise Unreadable("encrypted" if encrypted else "old_format")
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise Unreadable("not_a_workbook") from None
    parts = package.infolist()
    if any(part.flag_bits & 0x1 for part in parts):
        raise Unreadable("encrypted")
    names = {part.filename for part in parts}
    if "xl/workbook.bin" in names:
        raise Unreadable("old_format")
    if "xl/workbook.xml" not in names:
        raise Unreadable("not_a_workbook")
    if sum(part.file_size for part in parts) > unpacked_limit:
        raise Unreadable("too_large")
    return package


def _attributes(tag: bytes) -> dict[str, str]:
    return {key.decode(): value.decode("utf-8", "replace") for key, value in _ATTRIBUTE.findall(tag)}


def visible_sheets(package: zipfile.ZipFile) -> list[tuple[str, str]]:
    """Name and part of each sheet that is not hidden, in order."""
    from xml.sax.saxutils import unescape

    relations = {}
    for tag in re.findall(rb"<(?:\w+:)?Relationship\b[^>]*>", package.read("xl/_rels/workbook.xml.rels")):
        found = _attributes(tag)
        relations[found.get("Id", "")] = found.get("Target", "")
    sheets = []
    for tag in _SHEET.findall(package.read("xl/workbook.xml")):
        found = _attributes(tag)
        identifier = next((value for key, value in found.items() if key.endswith(":id")), "")
        target = relations.get(identifier, "")
        if found.get("state", "visible") == "visible" and target:
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            sheets.append((unescape(found.get("name", ""), {"&quot;": '"', "&apos;": "'"}), part))
    return sheets


def last_filled_row(sheet: bytes) -> int:
    """The row of the last cell with a value, 0 where there is none."""
    end = max(sheet.rfind(b"<v>"), sheet.rfind(b"<v "), sheet.rfind(b"<is>"), sheet.rfind(b"<f>"))
    if end < 0:
        return 0
    start = sheet.rfind(b"<row", 0, end)
    found = re.match(rb'<row[^>]*?\br="(\d+)"', sheet[start : start + 300])
    return int(found.group(1)) if found else sheet.count(b"<row", 0, end)


def column_index(letters: bytes) -> int:
    """A → 0, Z → 25, AA → 26."""
    index = 0
    for letter in letters:
        index = index * 26 + letter - 64
    return index - 1


def as_text(value: Any) -> tuple[str, str | None]:
    """A cell's text, and what it was where it was no text."""
    if isinstance(value, str):
        return value, None
    if isinstance(value, bool):
        return ("TRUE" if value else "FALSE"), "boolean"
    if isinstance(value, int):
        return str(value), "number"
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < 1e21
        return (str(int(value)) if whole else repr(value)), "number"
    if isinstance(value, datetime):
        return (value.date().isoformat() if value.time() == time() else value.isoformat(" ")), "date"
    if isinstance(value, date):
        return value.isoformat(), "date"
    if isinstance(value, (time, timedelta)):
        return str(value), "date"
    return str(value), None


def column_texts(values: Sequence[Any]) -> tuple[list[str], dict[str, list[int]]]:
    """A column's texts, and for each kind the positions of cells that were no text."""
    if all(type(value) is str for value in values):
        return list(values), {}
    texts: list[str] = []
    kinds: dict[str, list[int]] = {}
    for position, value in enumerate(values):
        text, kind = as_text(value)
        texts.append(text)
        if kind is not None:
            kinds.setdefault(kind, []).append(position)
    return texts, kinds


def find_header(rows: Sequence[Sequence[Any]], known: frozenset[str]) -> tuple[int, int]:
    """(position, number of known headers) of the best row among the first ones."""
    best, most = 0, 0
    for position, row in enumerate(rows[:HEADER_ROWS_LOOKED_AT]):
        count = sum(1 for value in row if isinstance(value, str) and value and header_key(value) in known)
        if count > most:
            best, most = position, count
    return best, most


def choose_sheet(
    book: Any,
    sheets: Iterable[tuple[str, str]],
    package: zipfile.ZipFile,
    known: frozenset[str],
    least: int = LEAST_KNOWN_HEADERS,
) -> Any:
    """The one sheet that has the headers; Unreadable when none or several have."""
    fitting = []
    others = []
    for name, part in sheets:
        head = _head_of(package, part)
        sheet = book.get_sheet_by_name(name) if head else None
        rows = sheet.to_python(skip_empty_area=False, nrows=HEADER_ROWS_LOOKED_AT) if sheet else []
        position, count = find_header(rows, known)
        if count >= least:
            fitting.append((name, part, position))
        elif rows:
            others.append(name)
    if not fitting:
        raise Unreadable("no_header")
    if len(fitting) > 1:
        raise Unreadable("several_sheets", "、".join(name for name, _, _ in fitting))
    return fitting[0], others


def _head_of(package: zipfile.ZipFile, part: str) -> bool:
    try:
        return package.getinfo(part).file_size > 0
    except KeyError:
        return False


def read(data: bytes, request: dict[str, Any]) -> dict[str, Any]:
    """The answer for one file. Raises Unreadable."""
    from python_calamine import CalamineWorkbook

    package = open_package(data, int(request["unpacked_bytes"]))
    sheets = visible_sheets(package)
    parts = {part: package.read(part) for _, part in sheets if _head_of(package, part)}
    for _, part in sheets:
        last = last_filled_row(parts.get(part, b""))
        if last > int(request["rows"]) + HEADER_ROWS_LOOKED_AT:
            raise Unreadable("too_many_rows", str(last))
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    least = int(request.get("least", LEAST_KNOWN_HEADERS))
    (name, part, position), others = choose_sheet(book, sheets, package, frozenset(request["known"]), least)
    rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    answer = table(rows, position, int(request["columns"]))
    spoil(answer, parts[part])
    properties = {}
    if "docProps/custom.xml" in package.namelist():
        found = _PROPERTY.findall(package.read("docProps/custom.xml"))
        properties = {key.decode(): value.decode("utf-8", "replace") for key, value in found}
    empty_tail = parts[part].count(b"<row") - last_filled_row(parts[part])
    answer.update(sheet=name, other_sheets=others, properties=properties, empty_tail=max(empty_tail, 0))
    return answer


def table(rows: list[list[Any]], header: int, most_columns: int) -> dict[str, Any]:
    """Headers, Excel row numbers of filled rows, and the columns below the header."""
    heads = [as_text(value)[0].strip() for value in rows[header]]
    body = rows[header + 1 :]
    if len(heads) > most_columns:
        raise Unreadable("too_many_columns", str(len(heads)))
    filled = [i for i, row in enumerate(body) if any(v is not None and (type(v) is not str or v.strip()) for v in row)]
    numbers = [header + 2 + i for i in filled]
    last = filled[-1] if filled else -1
    blank = sorted(set(range(last + 1)) - set(filled))
    columns: list[list[str]] = []
    kinds: list[dict[str, list[int]]] = []
    chosen = [body[i] for i in filled]
    for values in zip(*chosen, strict=True) if chosen else [()] * len(heads):
        texts, kind = column_texts(values)
        columns.append(texts)
        kinds.append(kind)
    return {
        "header_row": header + 1,
        "headers": heads,
        "rows": numbers,
        "blank": [header + 2 + i for i in blank[:20]],
        "blanks": len(blank),
        "columns": columns,
        "kinds": kinds,
    }


def spoil(answer: dict[str, Any], sheet: bytes) -> None:
    """Marks cells that are formulas or error values."""
    at = {row: position for position, row in enumerate(answer["rows"])}
    finders: tuple[tuple[str, bytes, Callable[[bytes], list[Any]]], ...] = (
        ("formula", b"<f", _FORMULA.findall),
        ("error", b't="e"', _ERROR.findall),
    )
    for kind, mark, find in finders:
        if mark not in sheet:
            continue
        for letters, digits in find(sheet):
            column, position = column_index(letters), at.get(int(digits))
            if position is not None and column < len(answer["kinds"]):
                answer["kinds"][column].setdefault(kind, []).append(position)


def answer(data: bytes, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The table, or why there is none."""
    try:
        return read(data, request), b""
    except Unreadable as fault:
        return {"refused": fault.code, "detail": fault.detail}, b""
    except MemoryError:
        return {"refused": "too_large", "detail": ""}, b""
    except Exception:  # whatever a broken file does to a parser, the clerk gets one clear answer
        return {"refused": "damaged", "detail": ""}, b""


if __name__ == "__main__":
    serve(answer)
