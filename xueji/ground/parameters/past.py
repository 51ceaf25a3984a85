"""Past values are never edited: what a new version of a part may not have changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

#: Keys by which items of a list are told apart, and those that an item in force may still change.
_IDENTITY = ("kind", "code", "subject", "table", "year", "key", "variant")
_NAMELESS = "一项"
_MAY_CHANGE = frozenset(
    {"until", "valid_to", "aliases", "help", "hint", "example", "certainty", "basis", "note", "retired"}
)


def changed_past(old: Any, new: Any, today: date) -> str | None:
    """The name of the first value in force that was edited or dropped; None where there is none.

    An item in force may get an end that lies not before ``today``, more aliases, another help text; a list may
    grow. An item that begins after ``today`` may still be changed.
    """
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return _mapping(old, new, today)
    if isinstance(old, list) and isinstance(new, list) and old and isinstance(old[0], Mapping):
        return _items(old, new, today)
    return None if old == new else str(old)


def _name(item: Mapping[str, Any]) -> str:
    return "/".join(str(item[key]) for key in (*_IDENTITY, "from") if key in item) or _NAMELESS


def _mapping(old: Mapping[str, Any], new: Mapping[str, Any], today: date) -> str | None:
    until = str(new.get("until") or new.get("valid_to") or "")
    if "until" not in old and until and until < today.isoformat():
        return f"{_name(old)} until"
    for key, value in old.items():
        if key in _MAY_CHANGE:
            continue
        if key not in new:
            return f"{_name(old)} {key}"
        found = changed_past(value, new[key], today)
        if found is not None:
            return _named_by(old, key, found) if isinstance(value, (list, dict)) else f"{_name(old)} {key}"
    added = [key for key in new if key not in old and key not in _MAY_CHANGE and not isinstance(new[key], (list, dict))]
    return f"{_name(old)} {added[0]}" if added and ("from" in old or "code" in old) else None


def _named_by(old: Mapping[str, Any], key: str, found: str) -> str:
    """What was found inside a key of an item; a thing without a name is told by the item that it stands in."""
    name, within = _name(old), found.removeprefix(_NAMELESS)
    return found if name == _NAMELESS or within == found else f"{name} {key}{within}"


def _items(old: list[Any], new: list[Any], today: date) -> str | None:
    by_name: dict[str, list[Any]] = {}
    for item in new:
        by_name.setdefault(_name(item), []).append(item)
    for item in old:
        name = _name(item)
        alike = by_name.get(name, [])
        other = alike.pop(0) if alike else None  # items without a name are told apart by their order
        begins = str(item.get("from") or item.get("valid_from") or "")
        if begins > today.isoformat():
            continue
        if other is None:
            return name
        found = _mapping(item, other, today)
        if found is not None:
            return found
    return None


def lacking(old: Mapping[str, Any], new: Mapping[str, Any]) -> str | None:
    """The first thing that the parts of ``new`` name and those of ``old`` do not know at all; None where there is none.

    A part, a key at its top, or an item of one of its lists (a setting, a kind of change, a code table).
    """
    for part, value in new.items():
        if part not in old:
            return part
        if not isinstance(value, Mapping):
            continue
        for key, wanted in value.items():
            if key not in old[part] and isinstance(wanted, (list, dict)):
                return f"{part} {key}"
            if isinstance(wanted, list):
                known = {_named(item) for item in old[part][key]}
                missing = next((name for item in wanted if (name := _named(item)) and name not in known), None)
                if missing:
                    return f"{part} {missing}"
    return None


def _named(item: Any) -> str:
    """By what an item is asked for, whenever it is in force; '' where it has no name."""
    return "/".join(str(item[key]) for key in _IDENTITY if key in item) if isinstance(item, Mapping) else ""
