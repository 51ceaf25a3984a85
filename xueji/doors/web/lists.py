"""What every list has: filters that can be taken off, 50 a page, counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, QueryDict

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice above a list; ``options`` are (value, words); ``value`` is '' where nothing was chosen."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    value: str = ""

    @property
    def words(self) -> str:
        """The chosen value in words."""
        return dict(self.options).get(self.value, "")


@dataclass(frozen=True, slots=True)
class Chip:
    """A condition in force; ``url`` is the list without it."""

    text: str
    url: str


def asked(request: HttpRequest) -> QueryDict:
    """Where the list's conditions stand: a search is POST, so that no address holds a number."""
    return request.POST if request.method == "POST" else request.GET


def chosen(request: HttpRequest, name: str, label: str, options: Sequence[tuple[str, str]]) -> Filter:
    """The filter with the value that was asked for; a value that is not among the options counts as none."""
    value = asked(request).get(name, "")
    known = tuple(options)
    return Filter(name, label, known, value if any(value == one for one, _ in known) else "")


def chips(filters: Sequence[Filter], path: str) -> list[Chip]:
    """One chip for each filter in force."""
    in_force = {one.name: one.value for one in filters if one.value}
    return [
        Chip(
            f"{one.label}：{one.words}",
            f"{path}?{urlencode({name: value for name, value in in_force.items() if name != one.name})}",
        )
        for one in filters
        if one.value
    ]


def page_number(request: HttpRequest) -> int:
    """The page asked for, 1 where nonsense was."""
    text = asked(request).get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def paged(request: HttpRequest, rows: Any) -> Page[Any]:
    """The page asked for of a sequence or query set; past the end the last one."""
    return Paginator(rows, PAGE_SIZE).get_page(page_number(request))


class CountedPage(Page[Any]):
    """A page whose rows a selector has cut already: rows and the whole count are known."""

    def __init__(self, rows: Sequence[Any], number: int, total: int) -> None:
        super().__init__(list(rows), number, Paginator(range(total), PAGE_SIZE))
