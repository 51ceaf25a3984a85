"""Layers: a lower one adds to the one above and never loosens it.

Every part of a lower layer is first read with all keys optional, then merged
into what the layers above say; an item that they do not know must be complete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from typing import Any, cast, get_args, get_origin

from pydantic import Field, ValidationError, create_model
from pydantic.fields import FieldInfo

from .schema.base import Mode, Part, mode_of
from .source import At

#: Called with a place and a Chinese sentence for each thing wrong.
Report = Callable[[At, str], None]


@cache
def partial_of(model: type[Part]) -> type[Part]:
    """The same schema with every key optional but those that identify an item."""
    keys: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        if name in model.identity:
            keys[name] = (info.annotation, FieldInfo.merge_field_infos(info))
            continue
        grows = mode_of(model, name) in (Mode.ADD_ONLY, Mode.WITHIN)
        kind = (_partial_type(info.annotation) if grows else info.annotation) | None  # type: ignore[operator]
        keys[name] = (kind, Field(default=None, alias=info.alias))
    made = create_model(f"{model.__name__}InLowerLayer", __base__=(_Partial,), **keys)
    made.identity = model.identity
    return cast(type[Part], made)


class _Partial(Part):
    """Base of partial schemas: no checks over several keys."""


def _partial_type(kind: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, Part):
        return partial_of(kind)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is tuple and isinstance(arguments[0], type) and issubclass(arguments[0], Part):
        return tuple[partial_of(arguments[0]), ...]  # type: ignore[misc]
    return kind


def overlaps(first: Any, second: Any) -> bool:
    """Whether two dated items are in force on a common day."""
    low = max(first.valid_from or date.min, second.valid_from or date.min)
    high = min(first.valid_to or date.max, second.valid_to or date.max)
    return bool(low <= high)


def merge(upper: Part, lower: Part, at: At, report: Report) -> Part:
    """``upper`` as changed by ``lower``; what the modes forbid is reported and left as it was."""
    changed: dict[str, Any] = {}
    for name in lower.model_fields_set:
        if name in upper.identity:
            continue
        new = getattr(lower, name)
        if new is None:
            continue
        shown = type(upper).model_fields[name].alias or name
        value = _merged(type(upper), name, getattr(upper, name), new, (*at, shown), report)
        changed[name] = value
    return upper.model_copy(update=changed)


def _merged(model: type[Part], name: str, old: Any, new: Any, at: At, report: Report) -> Any:
    mode = mode_of(model, name)
    if mode is Mode.OWN:
        return new
    if mode in (Mode.ADD_ONLY, Mode.WITHIN):
        if isinstance(old, Part):
            return merge(old, new, at, report)
        return _merge_lists(old, new, at, report, item_type(model, name), may_add=mode is Mode.ADD_ONLY)
    if _allowed(mode, old, new):
        return new
    report(at, _REASONS[mode].format(key=at[-1], old=_shown(old), new=_shown(new)))
    return old


_REASONS = {
    Mode.FIXED: "“{key}”由上一层规定为 {old}，本层不能改为 {new}",
    Mode.AT_MOST: "“{key}”上一层规定为 {old}，本层只能相同或更小（更早），不能放宽为 {new}",
    Mode.AT_LEAST: "“{key}”上一层规定为 {old}，本层只能相同或更严，不能放宽为 {new}",
}


def _shown(value: Any) -> str:
    if value is None:
        return "空"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Part):
        return str(value.model_dump(by_alias=True, exclude_defaults=True, mode="json"))
    return str(value)


def _allowed(mode: Mode, old: Any, new: Any) -> bool:
    if isinstance(old, Part) and isinstance(new, Part):
        new = type(old).model_validate(new.model_dump(by_alias=True, exclude_unset=True))
    if old is None:
        return mode is not Mode.FIXED
    if mode is Mode.AT_MOST:
        return bool(new <= old)
    if mode is Mode.AT_LEAST:
        return not bool(new < old)
    return bool(new == old)


def item_type(model: type[Part], name: str) -> Any:
    """The type of the items of a list."""
    kind = model.model_fields[name].annotation
    arguments = get_args(kind)
    return arguments[0] if get_origin(kind) is tuple else None


def complete(kind: type[Part], item: Part, at: At, report: Report) -> Part | None:
    """An item that no layer above knows, checked as a whole."""
    from .messages import sentence

    try:
        return kind.model_validate(item.model_dump(by_alias=True, exclude_unset=True))
    except ValidationError as error:
        for found in error.errors():
            report((*at, *found["loc"]), sentence(found))
        return None


def _merge_lists(old: Any, new: Any, at: At, report: Report, kind: Any, *, may_add: bool) -> tuple[Any, ...]:
    if not (isinstance(kind, type) and issubclass(kind, Part)):
        return tuple(dict.fromkeys((*(old or ()), *new)))
    known: list[Any] = list(old or ())
    changed: list[list[Part]] = [[] for _ in known]  # of each known item: what it is where the lower layer speaks
    whole: set[int] = set()  # known items that the lower layer changes for all of their time
    added: list[tuple[At, Part]] = []
    for index, item in enumerate(new):
        place = (*at, index)
        same = [position for position, one in enumerate(known) if one.who() == item.who() and _meet(one, item)]
        for position in same:
            changed[position].append(_within(known[position], item, merge(known[position], item, place, report)))
            if _covers(item, known[position]):
                whole.add(position)
        if not same and not may_add:
            report(place, "上一层没有这一项，本层不能增加")
        elif not same:
            complete_item = complete(kind, item, place, report)
            if complete_item is not None:
                added.append((place, complete_item))
    merged: list[Any] = []
    for position, one in enumerate(known):
        merged += changed[position] if position in whole else [one, *changed[position]]
    for place, extra in added:
        _insert(merged, extra, place, report)
    return tuple(merged)


def _meet(known: Any, item: Any) -> bool:
    return not hasattr(known, "valid_from") or overlaps(known, item)


def _covers(item: Any, known: Any) -> bool:
    """Whether a lower layer's item holds for all of a known item's time."""
    if not hasattr(known, "valid_from"):
        return True
    begins = item.valid_from is None or (known.valid_from is not None and item.valid_from <= known.valid_from)
    ends = item.valid_to is None or (known.valid_to is not None and item.valid_to >= known.valid_to)
    return begins and ends


def _within(known: Any, item: Any, merged: Part) -> Part:
    """A merged item, in force where both are."""
    if not hasattr(known, "valid_from"):
        return merged
    begins = [day for day in (known.valid_from, item.valid_from) if day is not None]
    ends = [day for day in (known.valid_to, item.valid_to) if day is not None]
    return merged.model_copy(
        update={"valid_from": max(begins) if begins else None, "valid_to": min(ends) if ends else None}
    )


def _insert(merged: list[Any], added: Any, at: At, report: Report) -> None:
    """Put an added item after the one it names; a step or phase without a name goes before the last."""
    if not hasattr(added, "after"):
        merged.append(added)
        return
    if added.after is None:
        merged.insert(max(0, len(merged) - 1), added)
        return
    for position, item in enumerate(merged):
        if item.key == added.after:
            if position == len(merged) - 1:
                report((*at, "after"), "不能加在最后一步之后，否则改变了由谁作出决定")
            merged.insert(position + 1, added)
            return
    report((*at, "after"), f"没有“{added.after}”这一步")


def check_periods(items: Iterable[Part], at: At, report: Report) -> None:
    """Two values of one thing in force on one day are an error, as is an end before the begin."""
    seen: dict[tuple[Any, ...], list[tuple[int, Any]]] = {}
    for index, item in enumerate(items):
        dated: Any = item
        if not hasattr(dated, "valid_from"):
            if seen.setdefault(item.who(), []):
                report((*at, index), "同一项写了两次")
            seen[item.who()].append((index, item))
            continue
        if dated.valid_from and dated.valid_to and dated.valid_to < dated.valid_from:
            report((*at, index, "until"), "止期早于起期")
        for earlier, other in seen.setdefault(item.who(), []):
            if overlaps(other, dated):
                report((*at, index), f"与同一项的第 {earlier + 1} 条时间重叠，请给前一条写上止期（until）")
        seen[item.who()].append((index, item))
