"""The recovery sheet: two pages for two people who keep them apart."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from xueji.config.keyfile import Halves
from xueji.pure.kernel.environment import day_of

_EXPLAINED = (
    "本页是学籍系统密钥恢复单的一半。只有两半合在一起，并配上同一次备份的密钥文件，才能在口令遗失时恢复密钥。",
    "请交由一人妥善保管，不要与另一半、密钥文件或数据备份放在一处，不要拍照或录入电脑。",
    "恢复时运行：xueji restore 备份文件 --keys 密钥文件 --recovery，按提示输入两半字码。",
)


def _pages(halves: Halves, keyfile: str, mark: str, made_at: datetime) -> list[list[str]]:
    common = [f"密钥文件：{keyfile}", f"编号：{mark[:16]}", f"日期：{day_of(made_at):%Y-%m-%d}"]
    return [
        [f"学籍系统密钥恢复单（第 {number} 半，共 2 半）", *common, half, *_EXPLAINED, "保管人签名：", "日期："]
        for number, half in enumerate((halves.first, halves.second), start=1)
    ]


def _private(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)


def _typst(pages: list[list[str]]) -> bytes:
    import typst

    def quoted(line: str) -> str:
        return '"' + line.replace("\\", "\\\\").replace('"', '\\"') + '"'

    parts = ['#set page(paper: "a4", margin: 28mm)\n#set text(font: "Noto Sans CJK SC", size: 12pt)\n']
    for index, (title, *lines) in enumerate(pages):
        parts.append("#pagebreak()\n" if index else "")
        parts.append(f'#text(size: 18pt, weight: "bold")[#{quoted(title)}]\n\n')
        for line in lines:
            is_half = line.count("-") > 8
            parts.append(f"#text(size: {15 if is_half else 12}pt)[#{quoted(line)}]\n\n")
    made = typst.compile("".join(parts).encode(), format="pdf", pdf_standards="a-2b")
    assert isinstance(made, bytes)
    return made


def write_sheet(target: Path, halves: Halves, mark: str, made_at: datetime) -> Path:
    """Write the sheet beside the key file ``target``: PDF, or plain text where the machine lacks the font.

    The file is to be printed and then deleted.
    """
    pages = _pages(halves, target.name, mark, made_at)
    try:
        content, suffix = _typst(pages), ".recovery.pdf"
    except Exception:  # a backup must not fail for want of a font
        content, suffix = "\n\f\n".join("\n\n".join(page) for page in pages).encode(), ".recovery.txt"
    sheet = target.with_name(target.name + suffix)
    _private(sheet, content)
    return sheet
