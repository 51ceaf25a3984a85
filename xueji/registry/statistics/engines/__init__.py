"""Counting a snapshot from its files alone, by an engine that is chosen by name: the embedded one, or Spark.

An engine reads the Parquet files of a snapshot and nothing else (no database, no home): what it counts can be counted
again by whoever was handed the folder. Every engine gives the same lines, as text, so that two are compared byte for
byte by the digest of theirs. Spark is for snapshots that one machine no longer counts (docs/scale.md).
"""

from xueji.registry.statistics.engines.counting import ENGINES, Counted, count, missing

__all__ = ["ENGINES", "Counted", "count", "missing"]
