"""The look of the pages: contrast, nothing from outside, no addresses in the lock, guides and help in plain Chinese."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from xueji.doors.web import help as page_help
from xueji.doors.web.guide.text import guide, to_html
from xueji.doors.web.guide.views import TITLES

WEB = Path(__file__).resolve().parents[1]
ROOT = WEB.parents[2]
TOKENS = dict(
    re.findall(r"--([\w-]+):\s*(#[0-9a-fA-F]{6})", (WEB / "static/web/tokens.css").read_text(encoding="utf-8"))
)
PAIRS = [
    ("ink", "paper"), ("ink", "ground"), ("ink-quiet", "paper"), ("ink-quiet", "ground"), ("brand", "paper"),
    ("brand", "brand-soft"),
    ("brand-ink", "brand"), ("ink-quiet", "open-ground"),
    *((f"{name}-ink", f"{name}-ground") for name in ("open", "progress", "soon", "wrong", "done")),
    *((f"{name}-ink", "paper") for name in ("open", "progress", "soon", "wrong", "done")),
]  # fmt: skip
#: Words of the workshop that no user shall read.
WORKSHOP = re.compile(r"数据库|服务器|接口|缓存|异常|堆栈|线程|JSON|API|UUID|SQL|Token|ID\b", re.IGNORECASE)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_every_ink_is_readable_on_its_ground(ink: str, ground: str) -> None:
    light, dark = sorted((_luminance(TOKENS[ink]), _luminance(TOKENS[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_no_page_loads_anything_from_outside() -> None:
    for file in [*(WEB / "templates").rglob("*.html"), *(WEB / "static/web").iterdir()]:
        text = re.sub(r'xmlns="[^"]*"', "", file.read_text(encoding="utf-8"))
        assert "://" not in text, file.name


def test_no_page_has_inline_script_or_style() -> None:
    for file in (WEB / "templates").rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\son\w+=|<script>|<style", text), file.name


def test_a_table_that_does_not_become_lines_on_a_phone_scrolls_inside_its_own_box() -> None:
    """``stack`` turns a row into lines; ``compare`` has three columns of fixed width."""
    loose = []
    for file in (WEB / "templates").rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        for table in re.finditer(r'<table class="([^"]*)"', text):
            boxed = "</table>" not in text[: table.start()].rpartition('class="table-scroll')[2]
            boxed = boxed and 'class="table-scroll' in text[: table.start()]
            if not boxed and not {"stack", "compare"} & set(table[1].split()):
                loose.append(f"{file.name}: {table[1]}")
    assert loose == []


def test_the_lock_of_the_pages_holds_no_addresses() -> None:
    lock = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in lock
    packages = json.loads(lock)["packages"]
    assert all("integrity" in value for name, value in packages.items() if name)


def test_each_post_has_a_guide_and_it_is_two_pages_at_most() -> None:
    for name in TITLES:
        text = guide(name)
        assert text is not None
        assert "<h1>" in text
        assert len(re.sub(r"<[^>]*>", "", text)) < 1800, name


def test_guides_and_help_use_no_word_of_the_workshop() -> None:
    for name in TITLES:
        if name != "administrators":
            assert not WORKSHOP.search(re.sub(r"<[^>]*>", "", guide(name) or "")), name
    for page, lines in page_help.LINES.items():
        assert not WORKSHOP.search("".join(lines)), page


def test_a_guide_knows_lists_and_escapes_what_it_does_not_know() -> None:
    html = to_html("# 题\n\n一段**重**<i>\n\n1. 甲\n   * 乙\n2. 丙\n")
    assert html.startswith("<h1>题</h1>")
    assert "<b>重</b>&lt;i&gt;" in html
    assert html.count("<ol>") == html.count("</ol>") == 1
    assert html.count("<ul>") == html.count("</ul>") == 1
