"""docs/architecture.md is true: every file and dotted name that it mentions is there."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from xueji.config.access import registry
from xueji.ground.accounts.context import Settings

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
SPANS = sorted(set(re.findall(r"`([^`\n]+)`", TEXT)))
CODE = {".py", ".yaml", ".csv", ".md"}
MODULES = [
    path.relative_to(ROOT).with_suffix("") for path in (ROOT / "xueji").rglob("*.py") if "migrations" not in path.parts
]


def named_files() -> list[str]:
    """Paths of code and data, as far as they are written out."""
    words = (word for span in SPANS for word in re.findall(r"[\w./<>*{}-]+", span))
    return sorted({word for word in words if Path(word).suffix in CODE and not set("<*{") & set(word)})


@pytest.mark.parametrize("name", named_files())
def test_every_file_that_is_named_exists(name: str) -> None:
    """From the top, or the end of a path (``context.py`` of a room)."""
    assert (ROOT / name).exists() or any(ROOT.glob(f"xueji/**/{name}")) or any(ROOT.glob(f"rulebooks/**/{name}"))


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`((?:xueji|docs|rulebooks|tests)/[\w/-]+/)`", TEXT))))
def test_every_folder_that_is_named_exists(name: str) -> None:
    assert (ROOT / name).is_dir()


def dotted_names() -> list[str]:
    settings = {f"xueji.{field.name}" for field in fields(Settings)}
    found = set()
    for span in SPANS:
        match = re.match(r"([a-zA-Z_]\w*(?:\.[a-zA-Z_]\w*)+)", span)
        if match and "/" not in span.split("(")[0] and Path(match[1]).suffix not in CODE | {".json", ".jsonl"}:
            found.add(match[1])
    return sorted(found - settings)


def _modules_called(name: str) -> Iterator[str]:
    """Modules and rooms of this last name."""
    for module in MODULES:
        parts = module.parts[:-1] if module.name == "__init__" else module.parts
        if parts[-1] == name:
            yield ".".join(parts)


def _has(module: str, names: list[str]) -> bool:
    try:
        found: object = importlib.import_module(module)
        for at, name in enumerate(names):
            deeper = ".".join([module, *names[: at + 1]])
            found = getattr(found, name) if hasattr(found, name) else importlib.import_module(deeper)
    except ImportError:
        return False
    return True


@pytest.mark.parametrize("name", dotted_names())
def test_every_dotted_name_exists(name: str) -> None:
    first, *rest = name.split(".")
    if first in {"django", "xueji"}:
        assert _has(first, rest)
    else:
        there = any(_has(module, rest) for module in _modules_called(first)) or _is_code_of_a_finding(name)
        assert there, f"{name} in docs/architecture.md"


def _is_code_of_a_finding(name: str) -> bool:
    return any(f'"{name}"' in (ROOT / module.with_suffix(".py")).read_text(encoding="utf-8") for module in MODULES)


def test_the_definer_functions_that_it_names_exist() -> None:
    known = {signature.split("(")[0] for signature in registry().definers}
    rooms = "applications|journals|register|accounts|returns|certificates"
    named = {
        span.split("(")[0]
        for span in SPANS
        if re.match(rf"({rooms})_(open|join|leave|borne|show|let|begin|heads)", span)
    }
    assert named <= known


def test_transfer_is_found_in_half_a_minute() -> None:
    opening = TEXT.split("\n## ")[0]
    assert "*transfer*" in opening
    for name in re.findall(r"`([\w/.-]+)`", opening):
        assert (ROOT / name).exists()
