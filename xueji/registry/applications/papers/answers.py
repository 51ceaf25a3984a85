"""A claim in words: each question of the form with its answer, choices with all their options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import ClassGroup
from xueji.ground.typesetting import chinese_date
from xueji.pure.kernel.rulebook import Ask, ChangeKind, Rulebook
from xueji.pure.procedures.frame import EXPLANATION
from xueji.registry.applications.papers.facts import is_list
from xueji.registry.register import selectors as register

#: A choice with more options than this is a line to write on, not a row of boxes.
_MOST_BOXES = 8


@dataclass(frozen=True, slots=True)
class Answer:
    """A line of the form. ``options``: (words, ticked) where it is ticked; ``tall``: room for sentences."""

    label: str
    value: str
    options: tuple[tuple[str, bool], ...] = ()
    tall: bool = False


def answers(
    change: ChangeKind, claim: Mapping[str, str], book: Rulebook, *, lodged: bool = False
) -> tuple[Answer, ...]:
    """The questions of a kind in their order; empty values for what was not answered (a blank form: for all).

    ``lodged``: of an application, where a school's list leaves out what is asked of each pupil: the list has it.
    """
    names = _names(change, claim, book)
    asks = change.asks
    if not asks and change.evidence and not is_list(change):
        asks = (Ask("reason", f"{change.title}理由", "long_text"),)
    if lodged and is_list(change):
        asks = tuple(ask for ask in asks if claim.get(ask.key))
    lines = [_line(ask, claim.get(ask.key, ""), book, names) for ask in asks]
    if claim.get(EXPLANATION):
        lines.append(Answer("特别说明的理由", claim[EXPLANATION], tall=True))
    return tuple(lines)


def _names(change: ChangeKind, claim: Mapping[str, str], book: Rulebook) -> dict[str, str]:
    """The names of the classes, schools and pupils that a claim names by id."""
    given = [(ask.type, claim[ask.key]) for ask in change.asks if claim.get(ask.key)]
    groups = ClassGroup.objects.select_related("site").in_bulk(
        [UUID(value) for of, value in given if of == "class_group"]
    )
    schools = organisations.by_ids(UUID(value) for of, value in given if of == "school")
    found = {
        str(key): organisations.class_display_name(one, book.day, stages=book.stages) for key, one in groups.items()
    }
    pupils = register.student_names(UUID(value) for of, value in given if of == "pupil")
    return {
        **found,
        **{str(key): one.name for key, one in schools.items()},
        **{str(key): one for key, one in pupils.items()},
    }


def _line(ask: Ask, value: str, book: Rulebook, names: Mapping[str, str]) -> Answer:
    if ask.type == "choice":
        options = [(row.code, row.name) for row in book.codes[ask.codes].rows] if ask.codes else list(ask.choices)
        if len(options) <= _MOST_BOXES:
            return Answer(ask.label, "", tuple((name, code == value) for code, name in options))
        return Answer(ask.label, dict(options).get(value, value))
    if ask.type == "date":
        return Answer(ask.label, chinese_date(date.fromisoformat(value)) if value else "")
    if ask.type == "school":  # at the page its code is asked for, on paper its name is written
        return Answer(ask.label.removesuffix("代码"), names.get(value, value))
    if ask.type in ("class_group", "pupil"):
        return Answer(ask.label, names.get(value, value))
    if ask.type == "field":
        return Answer(ask.label, _field_words(ask.key, value, book))
    return Answer(ask.label, value, tall=ask.type == "long_text")


def _field_words(code: str, value: str, book: Rulebook) -> str:
    column = book.fields.by_code.get(code)
    table = book.codes.get(column.field.code_table) if column and column.field.code_table else None
    return (table.name_of(value) if table else None) or value
