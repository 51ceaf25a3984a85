"""Which field a column of a workbook holds: by label, alias, qualified repeat, or the official order.

Guardians' columns come qualified (监护人1·现住址, 监护人1现住址, 家庭成员一现住址) or bare, as in the
official form, where 姓名 stands once for the pupil and once for each guardian (issue 2 "Intake").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from xueji.ground.workbooks.keys import header_key
from xueji.pure.kernel.catalogue import Column, FieldCatalogue

_NUMERALS = "一二三四五六七八九"


@dataclass(frozen=True)
class HeaderBook:
    """Keys of headers → the columns that they can mean, in the official order."""

    exact: dict[str, str]  # one meaning: labels, and qualified repeats
    bare: dict[str, tuple[str, ...]]  # labels and aliases without qualification
    labels: frozenset[str]  # keys that are the very label: no note is due
    repeated: frozenset[str]  # labels of repeated fields as the official form writes them

    @property
    def known(self) -> frozenset[str]:
        """Every key that is understood."""
        return frozenset(self.exact) | frozenset(self.bare)


@dataclass
class Mapping:
    """What became of a file's headers. Positions count from 0."""

    columns: dict[str, int] = field(default_factory=dict)  # field code → position
    aliases: list[str] = field(default_factory=list)  # field codes read by another header than the label
    unknown: list[int] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)
    nameless: list[int] = field(default_factory=list)


def columns_of(catalogue: FieldCatalogue, kind: str, *, with_sites: bool = True) -> tuple[Column, ...]:
    """The columns of a workbook of a kind; the site column only where the school has teaching points."""
    return tuple(
        column
        for column in catalogue.columns
        if (not column.field.kinds or kind in column.field.kinds) and (with_sites or column.code != "site")
    )


def _group_words(column: Column) -> Iterable[str]:
    entry, index = column.field, column.index or 1
    for word in (entry.group_label or "", *entry.group_aliases):
        if word:
            yield f"{word}{index}"
            yield f"{word}{_NUMERALS[index - 1]}"
            yield f"{index}{word}"
            yield f"第{_NUMERALS[index - 1]}{word}"


def header_book(columns: Sequence[Column]) -> HeaderBook:
    """The meanings of headers for some columns of the catalogue."""
    exact: dict[str, str] = {}
    bare: dict[str, list[str]] = {}
    labels = set()
    for column in columns:
        labels.add(header_key(column.label))
        if column.field.group is not None:
            names = (column.field.label, *column.field.aliases)
            for word in _group_words(column):
                for name in names:
                    exact.setdefault(header_key(word + name), column.code)
    for column in columns:
        if column.index is None:
            bare.setdefault(header_key(column.label), []).insert(0, column.code)
    for column in columns:
        names = column.field.aliases if column.index is None else (column.field.label, *column.field.aliases)
        for name in names:
            found = bare.setdefault(header_key(name), [])
            if column.code not in found:
                found.append(column.code)
    repeated = frozenset(header_key(column.field.label) for column in columns if column.index is not None)
    return HeaderBook(exact, {key: tuple(codes) for key, codes in bare.items()}, frozenset(labels), repeated)


def map_headers(headers: Sequence[str], book: HeaderBook, *, ignored: Sequence[str] = ()) -> Mapping:
    """The fields of a file's headers. A header that says exactly one field goes first, bare ones fill what is left.

    ``ignored``: headers of columns that the system itself added to a download.
    """
    found = Mapping()
    left_out = {header_key(text) for text in ignored}
    keys = [header_key(text) for text in headers]
    waiting = []
    for position, key in enumerate(keys):
        if key in left_out:
            continue
        if not key:
            found.nameless.append(position)
        elif key in book.exact:
            _take(found, position, (book.exact[key],))
        else:
            waiting.append(position)
    own_label = [position for position in waiting if keys[position] in book.labels]
    taken = set()
    for position in own_label:
        first = book.bare[keys[position]][0]
        if first not in found.columns:
            found.columns[first] = position
            taken.add(position)
    for position in waiting:
        if position in taken:
            continue
        meanings = book.bare.get(keys[position])
        if meanings is None:
            found.unknown.append(position)
        else:
            _take(found, position, meanings)
    found.columns = dict(sorted(found.columns.items(), key=lambda item: item[1]))
    for code, position in found.columns.items():
        if keys[position] not in book.labels and keys[position] not in book.repeated:
            found.aliases.append(code)
    return found


def _take(found: Mapping, position: int, meanings: Sequence[str]) -> None:
    free = next((code for code in meanings if code not in found.columns), None)
    if free is None:
        found.repeated.append(position)
    else:
        found.columns[free] = position
