"""Asking the child process for a workbook's table, and what to tell the clerk when there is none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from xueji.ground.sandbox.asking import Child, ChildEnded
from xueji.pure.kernel.types import Refused

BASIS = "建档模板填表说明"

ANSWERS = {
    "not_a_workbook": "这不是 Excel 工作簿（.xlsx）。请下载本校的模板填写，或用 Excel、WPS 另存为 .xlsx 再上传。",
    "old_format": "这是旧格式或二进制格式的工作簿。请在 Excel、WPS 中打开，另存为“Excel 工作簿（.xlsx）”后再上传。",
    "encrypted": "这份工作簿设了打开密码，无法读取。请去掉密码后另存，再上传。",
    "too_large": "这份工作簿太大，无法读取。请只留学生名册，删除图片、多余的行列和工作表，或把内容复制到新模板中。",
    "too_many_rows": "表里到第 {detail} 行还有内容，超过一次能读的 {rows} 行。请删除下方多余的行，或分成几份上传。",
    "too_many_columns": "表里有 {detail} 列，超过能读的 {columns} 列。请删除右侧多余的列，或改用本校的模板。",
    "no_header": "没有找到表头。请用本校下载的模板，第 1 行是列名，从第 2 行起每行一名学生。",
    "several_sheets": "有几张工作表都像是名册（{detail}）。请只留一张名册，其余的删去后再上传。",
    "damaged": "这份工作簿已损坏，无法读取。请在 Excel、WPS 中打开后另存为新的 .xlsx，再上传。",
    "took_too_long": "这份工作簿读了太久没有读完。请把内容复制到新下载的模板中再上传。",
    "empty_file": "文件是空的，请重新选择文件。",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a workbook may be (rulebook settings ``intake_*``); bytes, seconds."""

    file_bytes: int
    unpacked_bytes: int
    rows: int
    columns: int
    memory_bytes: int
    seconds: int


@dataclass(frozen=True)
class Sheet:
    """A table as read: ``columns[i]`` below ``headers[i]``, one text for each of ``rows`` (Excel rows).

    ``kinds[i]``: number, date, boolean, formula, error → positions in ``rows``.
    """

    name: str
    header_row: int
    headers: tuple[str, ...]
    rows: tuple[int, ...]
    columns: tuple[list[str], ...]
    kinds: tuple[dict[str, list[int]], ...]
    blank_rows: tuple[int, ...] = ()
    blank_count: int = 0
    empty_tail: int = 0
    other_sheets: tuple[str, ...] = ()
    school_code: str | None = None
    kind: str | None = None


def answer_of(code: str, limits: Limits, detail: str = "…") -> str:
    """The sentence of an answer (its code without ``workbook.``)."""
    return ANSWERS[code].format(detail=detail, rows=limits.rows, columns=limits.columns)


class UnreadableWorkbook(Refused):
    """A file that is not read as a roster; ``answer`` and ``detail`` make the sentence again (:func:`answer_of`)."""

    def __init__(self, answer: str, limits: Limits, detail: str = "") -> None:
        super().__init__(f"workbook.{answer}", answer_of(answer, limits, detail), BASIS)
        self.answer, self.detail = answer, detail


_refused = UnreadableWorkbook


def check_size(data: bytes, limits: Limits) -> None:
    """Refused for a file that is empty or too large to be looked at."""
    if not data:
        raise _refused("empty_file", limits)
    if len(data) > limits.file_bytes:
        raise _refused("too_large", limits)


_child = Child("xueji.ground.workbooks.child")


def read_sheet(data: bytes, known_headers: Iterable[str], limits: Limits, *, least: int | None = None) -> Sheet:
    """The roster's table in a workbook; Refused (``workbook.*``) with one clear answer where it can't be read.

    ``known_headers``: keys (:func:`.keys.header_key`) by which the right sheet and the header row are found;
    ``least``: how many of them must be there, where a list has fewer columns than a roster.
    """
    check_size(data, limits)
    request = {
        "known": sorted(known_headers),
        "unpacked_bytes": limits.unpacked_bytes,
        "rows": limits.rows,
        "columns": limits.columns,
        **({"least": least} if least is not None else {}),
    }
    try:
        answer, _ = _child.ask(request, data, memory=limits.memory_bytes, seconds=limits.seconds)
    except ChildEnded as ended:
        raise _refused("took_too_long" if ended.late else "too_large", limits) from None
    if "refused" in answer:
        raise _refused(answer["refused"], limits, answer["detail"])
    properties = answer["properties"]
    return Sheet(
        name=answer["sheet"],
        header_row=answer["header_row"],
        headers=tuple(answer["headers"]),
        rows=tuple(answer["rows"]),
        columns=tuple(answer["columns"]),
        kinds=tuple(answer["kinds"]),
        blank_rows=tuple(answer["blank"]),
        blank_count=answer["blanks"],
        empty_tail=answer["empty_tail"],
        other_sheets=tuple(answer["other_sheets"]),
        school_code=properties.get("xueji_school"),
        kind=properties.get("xueji_kind"),
    )
