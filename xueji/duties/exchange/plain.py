"""Rows as JSON objects of a package's lines, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Model

from xueji.duties.exchange.envelope import altered


def as_json(row: Model, names: Iterable[str]) -> dict[str, Any]:
    """The named values of a row, as they stand in a line."""
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def values(model: type[Model], line: Any, names: Sequence[str], also: Sequence[str] = ()) -> dict[str, Any]:
    """The named values of a line, each as its column has it. Raises ``Refused`` where the line is not just these and
    ``also`` (and the name of its ``part``)."""
    if not isinstance(line, Mapping) or set(line) - {"part"} != {*names, *also}:
        raise altered()
    try:
        return {name: model._meta.get_field(name).to_python(line[name]) for name in names}  # type: ignore[union-attr]
    except (TypeError, ValueError, ValidationError):
        raise altered() from None
