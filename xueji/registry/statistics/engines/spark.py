"""Spark (the optional extra ``scale``): the same counts over the same files, on a cluster.

Which cluster is the environment's: ``XUEJI_SPARK_MASTER``, a local one of two executors in processes of their own
where nothing is said. A local cluster listens on 127.0.0.1 alone. Only column expressions are used: the cluster needs
Java, no Python.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xueji.registry.statistics.formulas import ABSENCES, GUESTS_HERE
from xueji.registry.statistics.totals import CELL

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCAL_CLUSTER = "local-cluster[2,1,1024]"
JAVA = 17  # Spark 4 asks for it
_HERE = "127.0.0.1"
_INSTEAD = "或改用内置引擎（--engine embedded），结果相同。"


def missing(environment: Mapping[str, str]) -> str | None:
    """What is missing to run Spark, as a sentence with its remedy; None where nothing is."""
    found = _java_version(environment)
    if found is None:
        return (
            f"没有找到 Java，不能用 Spark 统计。请安装 Java {JAVA} 或更新版本"
            f"（例如 Debian 的 openjdk-{JAVA}-jre-headless），{_INSTEAD}"
        )
    if found < JAVA:
        return f"本机的 Java 是 {found}，Spark 需要 {JAVA} 或更新版本。请更新 Java，{_INSTEAD}"
    if find_spec("pyspark") is None:
        return f"没有安装可选组件 scale（pyspark）。请按 docs/scale.md 安装，{_INSTEAD}"
    return None


def _java_version(environment: Mapping[str, str]) -> int | None:
    """The main version of the Java that Spark would start; None where there is none."""
    home = environment.get("JAVA_HOME", "")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java", path=environment.get("PATH", ""))
    if not java or not Path(java).is_file():
        return None
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = re.search(r'version "(?:1\.)?(\d+)', said.stderr + said.stdout)
    return int(version.group(1)) if version else None


def lines_of(folder: Path, stock_by: Sequence[str]) -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """The tables of ``counting.Counted``; starts a session and ends it."""
    from pyspark.sql import functions as f

    with _session() as session:
        frame = session.read.option("recursiveFileLookup", "true").option("pathGlobFilter", "*.parquet")
        rows = frame.parquet(str(folder)).cache()
        one, none = f.lit(1), f.lit(0)
        here = f.sum(f.when(f.col("presence") == "attending", one).otherwise(none))
        flags = {
            name: f.when(f.col("presence") == name, one).otherwise(none).alias(name)
            for name in ("attending", *ABSENCES)
        }
        own = rows.where(f.col("school").isNotNull()).select(
            *CELL, one.alias("registered"), *flags.values(), none.alias(GUESTS_HERE)
        )
        # A guest is counted where the lessons are.
        cells = [f.col("host").alias("school") if name == "school" else f.col(name) for name in CELL]
        guests = rows.where(f.col("presence") == "guest_elsewhere").select(
            *cells, none.alias("registered"), *(none.alias(name) for name in flags), one.alias(GUESTS_HERE)
        )
        sums = [f.sum(name).alias(name) for name in ("registered", "attending", *ABSENCES, GUESTS_HERE)]
        totals = own.union(guests).groupBy(*CELL).agg(*sums)
        totals = totals.withColumn("attending", f.col("attending") + f.col(GUESTS_HERE))
        tables = {"totals": _text(totals.select(*CELL, "registered", "attending", *ABSENCES, GUESTS_HERE))}
        for column in stock_by:
            lines = rows.groupBy(column, "gender").agg(f.count(one).alias("registered"), here.alias("attending"))
            tables[f"by_{column}"] = _text(lines)
        seated = rows.where(f.col("class_group").isNotNull() & (f.col("presence") == "attending"))
        sizes = seated.groupBy("class_group", "stage").agg(f.count(one).alias("size"))
        tables["classes"] = _text(sizes.groupBy("stage", "size").agg(f.count(one).alias("classes")))
        return tables


@contextmanager
def _session() -> Iterator[Any]:
    """A session on the cluster, quiet, stopped at the end."""
    from pyspark.sql import SparkSession

    master = os.environ.get("XUEJI_SPARK_MASTER", LOCAL_CLUSTER)
    builder = SparkSession.builder.appName("xueji").master(master).config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.shuffle.partitions", "8").config("spark.log.level", "ERROR")
    if master.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", _HERE)
        builder = builder.config("spark.driver.host", _HERE).config("spark.driver.bindAddress", _HERE)
    session = builder.getOrCreate()
    try:
        yield session
    finally:
        session.stop()


def _text(lines: Any) -> tuple[tuple[str, ...], ...]:
    return tuple(sorted(tuple("" if cell is None else str(cell) for cell in row) for row in lines.collect()))
