"""The digest of a frame of canonical rows, computed from the frame alone: what a reader of the files can check.

The same text and the same digest as ``register.canonical`` computes in SQL: columns joined by ``|``, an empty
text for a missing value, SHA-256 of each line, SHA-256 over these in the bytes order of the students' UUIDs.
"""

from __future__ import annotations

import hashlib

import polars as pl

#: Types of the columns that are not text.
TYPES: dict[str, pl.DataType | type[pl.DataType]] = {
    "intake_year": pl.Int32,
    "grade": pl.Int32,
    "established": pl.Boolean,
    "started_on": pl.Date,
}


def lines_of(frame: pl.DataFrame) -> pl.Series:
    """The line of each row, in the bytes order of the students' UUIDs."""
    texts = [pl.col(name).cast(pl.String).fill_null("") for name in frame.columns]
    return frame.sort("student").select(line=pl.concat_str(texts, separator="|"))["line"]


def digest_of(frame: pl.DataFrame) -> str:
    """SHA-256 (hex) over the SHA-256 of the lines."""
    whole = hashlib.sha256()
    for line in lines_of(frame):
        whole.update(hashlib.sha256(line.encode()).digest())
    return whole.hexdigest()
