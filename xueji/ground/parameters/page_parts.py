"""Parts of the rulebook that no file holds (``schema.PAGE_PARTS``): what a bureau decided on a page stays when files
are loaded, also where a district has no file of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .loader import HEAD, Layers, layers_from_values
from .schema import PAGE_PARTS


def with_page_parts(given: Layers, stored: Mapping[str, Mapping[str, Any]]) -> Layers:
    """Layers of files together with the page parts that stand; the same layers where there are none."""
    known = {layer.head.code for layer in given.layers}
    more = [
        (code, part, value)
        for code, parts in stored.items()
        for part, value in parts.items()
        if part in PAGE_PARTS or (part == HEAD and code not in known and only_page_parts(parts))
    ]
    if not more:
        return given
    rows = [(layer.head.code, part, value) for layer in given.layers for part, value in layer.raw.items()]
    return layers_from_values([*rows, *more])


def only_page_parts(parts: Mapping[str, Any]) -> bool:
    """Whether a layer was made by a page alone: no file ever spoke for it."""
    return all(part in PAGE_PARTS for part in parts if part != HEAD)
