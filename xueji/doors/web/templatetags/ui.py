"""Small parts that rows repeat hundreds of times: written in Python, since an include a cell is slow."""

from __future__ import annotations

from datetime import date, datetime
from html import escape
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

# 11 digits of the school, year, class, serial: 32010200123 2008 02 03.
_GROUPS = {19: (11, 4, 2, 2), 8: (4, 2, 2), 18: (6, 8, 4), 11: (11,)}
STATES = frozenset({"open", "progress", "soon", "wrong", "done"})


def group_digits(value: object) -> str:
    """A number in its groups by length; what has another length stays as it is."""
    text = "" if value is None else str(value)
    parts, start = [], 0
    for width in _GROUPS.get(len(text), (len(text),)):
        parts.append(text[start : start + width])
        start += width
    return " ".join(parts)


@register.filter
def number(value: object) -> SafeString:
    """A registration number, student number or school code, grouped for the eye; copying gives it without gaps."""
    if not value:
        return format_html('<span class="quiet">{}</span>', "—")
    return SafeString(f'<span class="code" data-copy="{escape(str(value))}">{escape(group_digits(value))}</span>')


def short_check(digest: str) -> str:
    """The beginning of a digest in groups of four, to be compared by eye: 1a2b 3c4d 5e6f."""
    return " ".join(digest[at : at + 4] for at in range(0, 12, 4)).strip()


@register.filter
def check(digest: str) -> SafeString:
    """A digest as a short check; copying gives the whole one, paper bears it."""
    if not digest:
        return format_html('<span class="quiet">{}</span>', "—")
    return format_html(
        '<span class="code check" data-copy="{}"><span class="no-print">{}</span><span class="whole">{}</span></span>',
        digest, short_check(digest), digest,
    )  # fmt: skip


@register.filter
def thousands(value: object) -> str:
    """A count with its thousands apart: 20 000 is easier to read than 20000."""
    return f"{value:,}" if isinstance(value, int) else ("—" if value is None else str(value))


@register.filter
def mask_id(value: object) -> str:
    """An ID number with only its first four and last two characters: 3201************12."""
    text = str(value or "")
    if len(text) < 8:
        return "*" * len(text)
    return f"{text[:4]}{'*' * (len(text) - 6)}{text[-2:]}"


@register.filter
def mask_phone(value: object) -> str:
    """A phone number with its middle hidden: 138****5678."""
    text = str(value or "")
    return f"{text[:3]}****{text[-4:]}" if len(text) >= 8 else "*" * len(text)


@register.filter
def mask_text(value: object) -> str:
    """An address or another free text: only that something is there."""
    return "已填写（已隐去）" if value else ""


@register.filter
def day(value: date | datetime | str | None) -> str:
    """A date as 2008-09-15."""
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d")
    return value.isoformat() if isinstance(value, date) else (value or "")


@register.filter
def moment(value: datetime | None) -> str:
    """A moment as 2008-09-15 14:05."""
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M") if value else ""


@register.filter
def item(mapping: Any, key: Any) -> Any:
    """The value of a mapping under a key, or nothing."""
    return mapping.get(key) if hasattr(mapping, "get") else None


@register.simple_tag
def state(kind: str, text: str) -> SafeString:
    """A state in its colour: open, progress, soon, wrong, done."""
    return SafeString(f'<span class="state is-{kind if kind in STATES else "open"}">{escape(str(text))}</span>')


_ROW_BEGINS = (
    '<tr data-row><td data-label="姓名"><a href="{}">{}</a></td>'
    '<td class="minor" data-col="gender" data-label="性别">{}</td>'
    '<td class="date nowrap minor" data-col="birth" data-label="出生日期">{}</td>'
)
_ROW_SCHOOL = '<td data-col="school" data-label="学校">{}</td>'
_ROW_CLASS = (
    '<td class="nowrap" data-col="class" data-label="班级">{}</td><td data-col="short" data-label="学号">{}</td>'
)
_ROW_NUMBER = '<td class="minor" data-col="number" data-label="学籍号">{}</td>'
_ROW_ENDS = '<td data-label="学籍状态">{}</td></tr>'


@register.simple_tag
def pupil_row(row: dict[str, Any], with_school: bool) -> SafeString:
    """A pupil's row of the list: url, name, gender, birth_date, school, class_name, both numbers, state."""
    begins = (row["url"], row["name"], row["gender"], row["birth_date"])
    parts = [_ROW_BEGINS.format(*map(escape, begins))]
    if with_school:
        parts.append(_ROW_SCHOOL.format(escape(row["school"])))
    parts.append(_ROW_CLASS.format(escape(row["class_name"]), number(row["student_number"])))
    if not with_school:
        parts.append(_ROW_NUMBER.format(number(row["number"])))
    parts.append(_ROW_ENDS.format(state(row["state"], row["state_text"])))
    return SafeString("".join(parts))


_ITEM_PICK = '<td data-label="选"><input type="checkbox" name="pick" value="{}" aria-label="选 {}"></td>'
_ITEM = '<td data-label="事项"><a href="{}">{}</a>{}</td><td data-label="申请学校">{}</td>'
_ITEM_HELD = '<td data-label="由谁办理">{}{}</td>'
_ITEM_SINCE = '<td class="date nowrap" data-label="到手日期">{}</td>'


@register.simple_tag
def inbox_row(row: dict[str, Any], may_pick: bool, with_holder: bool) -> SafeString:
    """A line of the inbox: id, url, title, sub, school, holder, since, state, due."""
    sub = f'<div class="quiet">{escape(row["sub"])}</div>' if row["sub"] else ""
    since = day(row.get("since"))
    parts = ["<tr data-row>"]
    if may_pick:
        own = row.get("own_page", False)  # what has a page and a list of its own is decided there
        parts.append("<td></td>" if own else _ITEM_PICK.format(row["id"], escape(row["title"])))
    parts.append(_ITEM.format(escape(row["url"]), escape(row["title"]), sub, escape(row["school"])))
    if with_holder:
        begun = f'<div class="quiet num">{since} 起</div>' if since else ""
        parts.append(_ITEM_HELD.format(escape(row["holder"]), begun))
    else:
        parts.append(_ITEM_SINCE.format(since))
    parts.append(f'<td data-label="期限">{state(row["state"], row["due"])}</td></tr>')
    return SafeString("".join(parts))


@register.simple_tag
def icon(name: str) -> SafeString:
    """One of the drawings in icons.svg; a word stands beside it always."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("web/icons.svg"), name)


@register.simple_tag
def pair(label: str, value: object) -> SafeString:
    """A label and its value inside a ``<dl class="pairs">``; an empty value is a quiet dash."""
    if value in (None, ""):
        return format_html('<div><dt>{}</dt><dd class="quiet">—</dd></div>', label)
    return format_html("<div><dt>{}</dt><dd>{}</dd></div>", label, value)
