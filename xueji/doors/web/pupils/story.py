"""A pupil's timeline: what happened, by whom, on what basis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.urls import reverse

from xueji.doors.web.names import ClassNames, acted_by
from xueji.doors.web.pupils.words import ChangedField, changed_fields
from xueji.doors.web.record_items.shown import change_words
from xueji.doors.web.templatetags.ui import group_digits
from xueji.ground.accounts import selectors as accounts
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.operations import CloseRegistration, OpenRegistration, SetFields, SetSpell, VoidRegistration
from xueji.registry.applications import selectors as applications
from xueji.registry.applications.papers.selectors import counts_of
from xueji.registry.cases import selectors as cases
from xueji.registry.register.selectors import TimelineItem
from xueji.registry.register.words import HOW_ENDED, HOW_STARTED, KIND_WORDS, STATUS_WORDS


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One line of the timeline, shaped as the component shows it."""

    state: str
    when: str
    what: str
    who: str
    text: str
    basis: str
    changes: tuple[ChangedField, ...] = ()
    file: str = ""  # the application's 卷号, or that there is one, as far as the viewer may open it
    url: str = ""
    papers: int = 0


def organisations_in(items: Sequence[TimelineItem]) -> list[UUID]:
    """The organisations that a timeline names."""
    places = [UUID(item.actor["organisation"]) for item in items if item.actor.get("organisation")]
    return [*places, *_schools(items)]


def story(
    items: Sequence[TimelineItem], schools: Mapping[UUID, str], classes: ClassNames, *, revealed: bool = False
) -> list[StoryLine]:
    """The lines, newest first; what was corrected stays, marked.

    ``schools``: names of :func:`organisations_in`; ``classes``: of :func:`classes_in`, each as the class was called
    on the day of the entry. ``revealed``: the values that were changed in clear, else masked as in the record.
    """
    book = parameters.rulebook(today())
    titles = {kind: change.title for kind, change in book.changes.items()}
    persons = accounts.names_of(UUID(item.actor["person"]) for item in items if item.actor.get("person"))
    files = _files(items)
    lines = []
    for item in items:
        file = files.get(str(item.basis.get("application", "")), {})
        basis = {key: one for key, one in item.basis.items() if not (file and key == "file_number")}
        person = item.actor.get("person")
        place = item.actor.get("organisation")
        where = schools.get(UUID(place), "") if place else ""
        who = acted_by(persons, person, where)
        who = f"{who} · {where}" if where and where not in who else who or where
        lines.append(
            StoryLine(
                state="open" if item.corrected_by else "done",
                when=item.effective_on.isoformat(),
                what=titles.get(item.kind, KIND_WORDS.get(item.kind, "学籍变动"))
                + ("（已更正）" if item.corrected_by else ""),
                who=who,
                text="；".join(
                    part
                    for part in (
                        *_said(item, schools, classes),
                        *(change_words(book, one, revealed=revealed) for one in item.changes),
                        _until(item),
                    )
                    if part
                ),
                basis=basis_words(basis),
                changes=changed_fields(book, item.changes, revealed=revealed),
                **file,
            )
        )
    return lines[::-1]


def _said(item: TimelineItem, schools: Mapping[UUID, str], classes: ClassNames) -> list[str]:
    """Each operation in words; study at a special school is no 借读."""
    words = [_words(one, item.effective_on, schools, classes) for one in item.operations]
    if item.kind not in ("special_school", "special_school_return"):
        return words
    return [word.replace("结束借读", "回本校就读").replace("借读", "就读") for word in words]


def _until(item: TimelineItem) -> str:
    """The last day that an entry for a time names."""
    return f"至 {item.basis['until']} 止" if item.basis.get("until") else ""


def _files(items: Sequence[TimelineItem]) -> dict[str, dict[str, Any]]:
    """The applications that entries rest on, as far as the viewer may open them: 卷号, page, number of papers."""
    wanted = {UUID(str(item.basis["application"])) for item in items if item.basis.get("application")}
    if not wanted:
        return {}
    found, numbers, papers = applications.about(wanted), cases.file_numbers(wanted), counts_of(wanted)
    return {
        str(one): {
            "file": f"卷号 {numbers[one]}" if one in numbers else "查看申请",
            "url": reverse("web:application", args=[one]),
            "papers": papers.get(one, 0),
        }
        for one in found
    }


def basis_words(basis: Mapping[str, Any]) -> str:
    """卷号 and regulation of an entry, as far as it names them."""
    parts = []
    if basis.get("file_number"):
        parts.append(f"卷号 {basis['file_number']}")
    if basis.get("paper_date"):
        parts.append(f"按 {basis['paper_date']} 的纸质材料补录")
    parts += [str(basis[key]) for key in ("regulation", "basis", "clause") if basis.get(key)]
    return "，".join(parts)


def _words(operation: Any, on: date, schools: Mapping[UUID, str], classes: ClassNames) -> str:
    if isinstance(operation, OpenRegistration):
        how = HOW_STARTED.get(operation.how, "建立学籍")
        # No-break spaces: in the narrow column a number would be torn in two.
        number = group_digits(operation.number).replace(" ", "\u00a0")
        return f"{how}，学籍号 {number}" if number else how
    if isinstance(operation, CloseRegistration):
        return f"{HOW_ENDED.get(operation.how, '离校')}，学籍结束"
    if isinstance(operation, VoidRegistration):
        return "学籍登记作废"
    if isinstance(operation, SetFields):
        return ""
    if isinstance(operation, SetSpell):
        return _spell_words(operation, on, schools, classes)
    return ""


def _spell_words(spell: SetSpell, on: date, schools: Mapping[UUID, str], classes: ClassNames) -> str:
    value = spell.value
    if spell.dimension == "class_group" and value:
        name = classes(UUID(str(value)), on)
        return f"编入{name}" if name else ""
    if spell.dimension == "arrival":
        return {"awaited": "等待到校", "confirmed": "已到校", "departing": "转出待回执"}.get(str(value), "")
    if spell.dimension == "attends":
        return f"在{schools.get(UUID(str(value)), '外校')}借读" if value else "结束借读"
    if spell.dimension == "status" and value != "in_school":
        return STATUS_WORDS.get(str(value), "")
    return ""


def classes_in(items: Sequence[TimelineItem]) -> list[UUID]:
    """The class groups that a timeline names."""
    return [
        UUID(str(one.value))
        for item in items
        for one in item.operations
        if isinstance(one, SetSpell) and one.dimension == "class_group" and one.value
    ]


def _schools(items: Sequence[TimelineItem]) -> list[UUID]:
    return [
        UUID(str(one.value))
        for item in items
        for one in item.operations
        if isinstance(one, SetSpell) and one.dimension == "attends" and one.value
    ]
