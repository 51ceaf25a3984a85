"""The rulebook in force, out of what entries brought into force."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import connections

from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Refused

from .build import RulebookSource
from .loader import HEAD, Layers, layers_from_values

_KEPT = 4
_sources: OrderedDict[str, RulebookSource] = OrderedDict()
_lock = threading.Lock()
_KNOWN = "xueji_rulebook_version"

_NEWEST = """
SELECT DISTINCT ON (layer, part) layer, part, value FROM parameters_part ORDER BY layer, part, number DESC
"""


def current_version(using: str = "default") -> str | None:
    """The digest over all that is in force, None before the first load. One index look-up a transaction.

    A transaction works under one rulebook from its first question to its end; one that loads asks each time.
    """
    blocks = connections[using].atomic_blocks
    if not blocks:
        return _ask_version(using)
    outermost = blocks[0].__dict__  # lives as long as the transaction
    if not outermost.get(_KNOWN):
        version = _ask_version(using)
        if outermost.get(_KNOWN) is None:
            outermost[_KNOWN] = version
        return version
    return str(outermost[_KNOWN])


def forget_version(using: str = "default") -> None:
    """Called by a transaction that brings another version into force: from now on it asks each time."""
    for block in connections[using].atomic_blocks[:1]:
        block.__dict__[_KNOWN] = ""


def _ask_version(using: str) -> str | None:
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT rulebook_version FROM parameters_part ORDER BY number DESC LIMIT 1")
        row = cursor.fetchone()
    return row[0] if row else None


def parts_in_force(using: str = "default") -> dict[str, dict[str, Any]]:
    """Layer → part → its newest value as written: also where this version of the program could not read it."""
    found: dict[str, dict[str, Any]] = {}
    with connections[using].cursor() as cursor:
        cursor.execute(_NEWEST)
        for layer, part, value in cursor.fetchall():
            # Django's cursor gives jsonb as text.
            found.setdefault(layer, {})[part] = json.loads(value) if isinstance(value, str) else value
    return found


def layers_in_force(using: str = "default") -> Layers:
    """The layers as loaded, the newest version of each part; ``RulebookError`` where they cannot be read."""
    parts = parts_in_force(using)
    return layers_from_values((layer, part, value) for layer, named in parts.items() for part, value in named.items())


def city_layer(parts: Mapping[str, Mapping[str, Any]]) -> str | None:
    """The code of the city's layer among parts in force; None before the first load."""
    return next((code for code, named in parts.items() if named[HEAD]["layer"] == "city"), None)


def source(using: str = "default") -> RulebookSource:
    """What builds rulebooks of any day and district; kept for each version."""
    version = current_version(using)
    if version is None:
        raise Refused("parameters.not_loaded", "还没有载入规则册，请先运行“xueji rulebook load”", "通知一.2")
    with _lock:
        found = _sources.get(version)
        if found is not None:
            _sources.move_to_end(version)
            return found
    made = RulebookSource(layers_in_force(using))
    with _lock:
        _sources[version] = made
        while len(_sources) > _KEPT:
            _sources.popitem(last=False)
    return made


def rulebook(on: date, district: str | None = None, *, using: str = "default") -> Rulebook:
    """The rulebook in force on a day in a district (division code; None: the city as such).

    Raises ``Refused`` ``parameters.not_loaded`` before the first load, ``NotInRulebook`` where a part is missing.
    """
    return source(using).rulebook(on, district)
