"""What a measurement says: figures with their goals, the machine it ran on, a table and a file of JSON."""

from __future__ import annotations

import json
import os
import platform
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


def tell(text: str) -> None:
    """Progress, on standard error."""
    print(f"  {text}", file=sys.stderr, flush=True)


@dataclass
class Figure:
    """One figure. ``goal`` with ``better`` (``high`` or ``low``) says when it is reached; None: told only."""

    part: str
    name: str
    value: float
    unit: str
    goal: float | None = None
    better: str = "low"
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.better == "high" else self.value <= self.goal


@dataclass
class Report:
    """All figures of a run and where it ran."""

    small: bool
    machine: dict[str, Any] = field(default_factory=dict)
    figures: list[Figure] = field(default_factory=list)
    profiles: dict[str, list[tuple[str, float]]] = field(default_factory=dict)

    def add(self, *figures: Figure) -> None:
        """Take in figures and tell them."""
        for figure in figures:
            self.figures.append(figure)
            tell(_line(figure))

    def write(self, path: Path) -> None:
        """Everything as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        body = {
            "small": self.small,
            "machine": self.machine,
            "figures": [{**asdict(one), "reached": one.reached} for one in self.figures],
            "profiles": self.profiles,
        }
        path.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    def table(self) -> str:
        """The figures as a Markdown table."""
        lines = ["| part | figure | value | goal | |", "|---|---|--:|--:|---|"]
        for one in self.figures:
            sign = {"high": "≥", "low": "≤"}[one.better]
            goal = f"{sign} {_number(one.goal)} {one.unit}" if one.goal is not None else ""
            mark = {True: "reached", False: "missed", None: ""}[one.reached]
            note = f"{mark}; {one.note}" if mark and one.note else mark or one.note
            lines.append(f"| {one.part} | {one.name} | {_number(one.value)} {one.unit} | {goal} | {note} |")
        return "\n".join(lines)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.2f}"


def _line(figure: Figure) -> str:
    mark = {True: "reached", False: "MISSED", None: ""}[figure.reached]
    return f"{figure.part}: {figure.name} {_number(figure.value)} {figure.unit} {mark} {figure.note}".rstrip()


def machine() -> dict[str, Any]:
    """Processors, memory, system, and how busy the machine is with other things."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processors": os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }
