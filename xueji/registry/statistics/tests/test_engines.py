"""Counting a snapshot from its files: every engine gives the same lines; one that cannot run says what is missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from xueji.pure.kernel.types import Refused
from xueji.registry.snapshots.layout import MANIFEST, bureau_folder, school_file
from xueji.registry.statistics import engines
from xueji.registry.statistics.totals import totals


def _rows(school: str, bureau: str) -> pl.DataFrame:
    """Some pupils of a school, by twos of every presence."""
    presences = ("attending", "suspended", "guest_elsewhere", "dropped_out", "not_arrived", "attending")
    rows: list[dict[str, Any]] = [
        {
            "student": f"{school}-{number}", "school": school, "bureau": bureau, "stage": "primary",
            "intake_year": 2007 if number else None, "grade": 2 if number else None, "gender": str(1 + number % 2),
            "birth_month": "2001-03", "presence": presence, "host": "b" if presence == "guest_elsewhere" else None,
            "class_group": "one" if number % 2 else None, "hukou_type": None if number == 2 else "2",
        }
        for number, presence in enumerate((*presences, *presences))
    ]  # fmt: skip
    return pl.DataFrame(rows, schema_overrides={"intake_year": pl.Int32, "grade": pl.Int32})


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    """A snapshot of three schools under two bureaus."""
    for school, bureau in (("a", "x"), ("b", "x"), ("c", "y")):
        rows = _rows(school, bureau)
        (tmp_path / bureau_folder(bureau)).mkdir(exist_ok=True)
        rows.write_parquet(tmp_path / bureau_folder(bureau) / school_file(school))
    (tmp_path / MANIFEST).write_text(json.dumps({"columns": _rows("a", "x").columns}), encoding="utf-8")
    return tmp_path


def test_the_embedded_engine_counts_from_the_files_what_the_pages_count(snapshot: Path) -> None:
    made = engines.count(snapshot, "embedded")
    frame = pl.concat([_rows("a", "x"), _rows("b", "x"), _rows("c", "y")])
    assert made.pupils == 36
    assert len(made.tables["totals"]) == totals(frame).height
    assert sum(int(line[5]) for line in made.tables["totals"]) == 36
    assert made.tables["by_bureau"] == (
        ("x", "1", "12", "4"), ("x", "2", "12", "4"), ("y", "1", "6", "2"), ("y", "2", "6", "2"),
    )  # fmt: skip
    assert [line for line in made.tables["by_hukou_type"] if not line[0]] == [("", "1", "3", "0")]
    assert "by_attendance_mode" not in made.tables  # the snapshot has no such column
    assert made.tables["classes"] == (("primary", "6", "1"),)
    assert made.digest == engines.count(snapshot, "embedded").digest


def test_a_folder_without_a_snapshot_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="没有快照"):
        engines.count(tmp_path, "embedded")


def test_where_java_is_missing_spark_says_so_and_names_the_remedy(tmp_path: Path) -> None:
    assert engines.missing("embedded", {}) is None
    for environment in ({"PATH": str(tmp_path)}, {"JAVA_HOME": str(tmp_path), "PATH": "/usr/bin"}):
        sentence = engines.missing("spark", environment)
        assert sentence is not None
        assert "没有找到 Java" in sentence
        assert "--engine embedded" in sentence


def test_an_old_java_is_named_with_the_version_that_spark_needs(tmp_path: Path) -> None:
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_402\"' >&2\n", encoding="utf-8")
    java.chmod(0o755)
    sentence = engines.missing("spark", {"PATH": str(tmp_path)})
    assert sentence is not None
    assert "Java 是 8" in sentence


@pytest.mark.slow
def test_every_engine_of_this_machine_gives_the_same_table(snapshot: Path) -> None:
    counted = []
    for engine in engines.ENGINES:
        lacking = engines.missing(engine)
        if lacking is not None:
            print(lacking)  # noqa: T201 - the line that says why one engine less was compared
            continue
        counted.append(engines.count(snapshot, engine))
    assert counted
    assert {one.digest: one.tables for one in counted} == {counted[0].digest: counted[0].tables}
