"""Writes ``province/jiangsu-2008/holidays.yaml`` from the package chinesecalendar.

    python rulebooks/make_holidays.py 2007-2010 2024-2026

The package copies the yearly notices of the State Council's office. Run it again
when a new notice is out; a year already in the file is never changed.
"""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import yaml
from chinese_calendar.constants import holidays, workdays

NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利七十周年",
}
HEAD = """\
# 放假和调休：国务院办公厅每年的通知。holidays 只列周一至周五的放假日，worked 列调休上班的周末。
# 由 rulebooks/make_holidays.py 从 chinesecalendar 生成；没有列出的年份按周一至周五计算，期限标为“暂定”。
"""


def days_of(year: int) -> list[date]:
    """All days of a year."""
    first = date(year, 1, 1)
    return [first + timedelta(days=index) for index in range((date(year + 1, 1, 1) - first).days)]


def table_of(year: int) -> dict[str, object]:
    """The table of a year, as it stands in the file."""
    runs: list[dict[str, object]] = []
    for day in days_of(year):
        if day not in holidays or day.weekday() > 4:
            continue
        name = NAMES.get(holidays[day], holidays[day])
        if runs and runs[-1]["name"] == name:
            runs[-1]["days"].append(day)  # type: ignore[attr-defined]
        else:
            runs.append({"name": name, "days": [day]})
    return {
        "year": year,
        "holidays": runs,
        "worked": [day for day in days_of(year) if day in workdays and day.weekday() > 4],
        "basis": f"国务院办公厅关于{year}年部分节假日安排的通知",
        "certainty": f"public-copy (chinesecalendar {chinese_calendar.__version__})",
    }


def main(spans: list[str]) -> None:
    """Add the years of the spans that the file does not have."""
    path = Path(__file__).parent / "province" / "jiangsu-2008" / "holidays.yaml"
    years = {}
    if path.exists():
        years = {item["year"]: item for item in yaml.safe_load(path.read_text(encoding="utf-8"))["years"]}
    for span in spans:
        first, _, last = span.partition("-")
        for year in range(int(first), int(last or first) + 1):
            years.setdefault(year, table_of(year))
    body = yaml.safe_dump(
        {"years": [years[year] for year in sorted(years)]},
        allow_unicode=True,
        sort_keys=False,
        width=120,
        default_flow_style=None,
    )
    path.write_text(HEAD + body, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
