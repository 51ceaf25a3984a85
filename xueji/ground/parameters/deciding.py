"""A page part of the rulebook (``schema.PAGE_PARTS``) decided by a bureau's head: an entry of its journal, dated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from xueji.ground.journals import services as journals
from xueji.ground.journals.types import NewEntry
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.operations import SetRulebookValue
from xueji.pure.kernel.types import Actor, Refused

from . import selectors
from .loader import HEAD, digest_of, layers_from_values
from .models import RulebookPart
from .schema import PAGE_PARTS
from .services import BASIS, store
from .source import RulebookError


@dataclass(frozen=True, slots=True)
class Keeper:
    """The bureau in whose journal a layer's parts stand; ``district``: its own layer, else the city's."""

    organisation: UUID
    division: str
    name: str
    district: bool

    def layer(self, stored: Mapping[str, Mapping[str, Any]]) -> str | None:
        """The code of its layer among parts in force; None where a district has none yet."""
        level = "district" if self.district else "city"
        return next(
            (
                code
                for code, parts in stored.items()
                if (parts[HEAD]["layer"], parts[HEAD]["division"]) == (level, self.division)
            ),
            None,
        )


def page_part(keeper: Keeper, part: str) -> Any:
    """What the bureau decided of a page part so far, as written; None where nothing."""
    found = RulebookPart.objects.filter(organisation=keeper.organisation, part=part).order_by("-number")
    return found.values_list("value", flat=True).first()


@transaction.atomic
def decide_part(*, actor: Actor, keeper: Keeper, part: str, value: Any, starts_on: date, basis: str) -> str:
    """Bring a page part into force as a whole; the rulebook's new version. Whether it may be decided is the caller's.

    Raises ``Refused`` ``parameters.faulty`` with what the schema says against it.
    """
    assert part in PAGE_PARTS
    journals.lock([keeper.organisation])
    stored = {code: dict(parts) for code, parts in selectors.parts_in_force().items()}
    code, new = keeper.layer(stored), [part]
    if code is None:
        code, new = keeper.division, [HEAD, part]
        stored[code] = {HEAD: _head(keeper, stored, starts_on, basis)}
    stored[code][part] = value
    try:
        layers = layers_from_values(
            (layer, name, one) for layer, parts in stored.items() for name, one in parts.items()
        )
    except RulebookError as error:
        message = "；".join(fault.message for fault in error.faults[:3])
        raise Refused("parameters.faulty", f"{message}。", BASIS) from error
    entries = [
        NewEntry(
            organisation=keeper.organisation,
            kind="rulebook",
            effective_on=starts_on,
            operations=(SetRulebookValue(code, name, digest_of(stored[code][name]), stored[code][name]),),
            basis={"regulation": basis},
        )
        for name in new
    ]
    written = journals.append(
        actor=actor,
        transaction_id=environment().new_id(),
        entries=entries,
        rulebook_version=layers.version,
    )
    store(written, layers.version)
    return layers.version


def _head(keeper: Keeper, stored: Mapping[str, Mapping[str, Any]], starts_on: date, basis: str) -> dict[str, Any]:
    """The head of a district's layer that no file made."""
    return {
        "code": keeper.division,
        "layer": "district",
        "name": keeper.name,
        "division": keeper.division,
        "above": selectors.city_layer(stored),
        "in_force_from": starts_on.isoformat(),
        "basis": basis,
    }
