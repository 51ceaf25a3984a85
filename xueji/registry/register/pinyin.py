"""How a name is found by letters and ordered: pinyin initials and the full key.

The general reading of a character comes from pypinyin; a surname often has its own
(单 is shan, 曾 is zeng), which stands in ``readings.csv`` beside this file.
PostgreSQL's own Chinese order, where it exists at all, has neither.
"""

from __future__ import annotations

import csv
from functools import cache, lru_cache
from pathlib import Path

from pypinyin import lazy_pinyin

LONGEST_SURNAME = 2


@cache
def _readings() -> tuple[dict[str, list[str]], dict[str, str]]:
    surnames: dict[str, list[str]] = {}
    anywhere: dict[str, str] = {}
    with (Path(__file__).parent / "readings.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["where"] == "surname":
                surnames[row["name"]] = row["reading"].split()
            else:
                anywhere[row["name"]] = row["reading"]
    return surnames, anywhere


@lru_cache(maxsize=65536)
def _word(text: str) -> tuple[str, ...]:
    """The syllables of one character, or of a word in letters."""
    if text.isascii():
        return tuple(text.lower().split())
    reading = _readings()[1].get(text)
    return (reading,) if reading else tuple(lazy_pinyin(text))


def _given(text: str) -> tuple[str, ...]:
    """Character by character: the characters of a given name are no phrase."""
    if text.isascii():
        return _word(text)
    return tuple([syllable for letter in text for syllable in _word(letter)])


def syllables_of(name: str) -> tuple[str, ...]:
    """The syllables of a name, surname first: ``单小明`` gives ``shan, xiao, ming``."""
    surnames = _readings()[0]
    for length in range(min(LONGEST_SURNAME, len(name)), 0, -1):
        reading = surnames.get(name[:length])
        if reading is not None:
            return (*reading, *_given(name[length:]))
    return _given(name)


def keys_of(name: str) -> tuple[str, str]:
    """(initials, sort key) of a name: ``("sxm", "shan xiao ming")``.

    Dots and spaces between the parts of a name have no initial; a character
    that nobody has a reading for stands for itself, after all letters.
    """
    syllables = [part for part in syllables_of(name) if any(letter.isalnum() for letter in part)]
    return "".join(part[0] for part in syllables), " ".join(syllables)
