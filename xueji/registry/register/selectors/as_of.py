"""The register as of a date: counts and digest, as known now or at an earlier cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection

from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.outside import GUEST
from xueji.pure.kernel.types import Refused
from xueji.registry.register.canonical import LIVE, Counted, Tables, digest_expression, everything, present
from xueji.registry.register.cuts import cut_digest, present_cut
from xueji.registry.register.history import folded_to_cut
from xueji.registry.register.selectors.outside import outside_children


@dataclass(frozen=True, slots=True)
class AsOf:
    """``pupils`` registered 在籍, ``attending`` 在校; ``cut`` the digest of the cut the answer rests on (``journals``:
    the cut itself); ``digest`` of the canonical rows, hex."""

    date: date
    pupils: int
    attending: int
    cut: str
    digest: str
    journals: Mapping[UUID, int]


def require_since(on: date) -> None:
    """Raises ``Refused`` ``register.before_base`` for a day before the register exists."""
    since = parameters.rulebook(on).register_since
    if on < since:
        raise Refused(
            "register.before_base",
            f"学籍库自 {since.isoformat()} 起建立，没有 {on.isoformat()} 的数据。请改查 {since.isoformat()} 或以后。",
            "通知三",
        )


def as_of(
    on: date,
    known_at: Mapping[UUID, int] | None = None,
    school: UUID | None = None,
    *,
    schools: Sequence[UUID] | None = None,
) -> AsOf:
    """Pupils registered and attending on a day, of one school, of some, or of all that the viewer may see.

    ``known_at`` is a cut: the answer as it was known then, folded from the journals up to it, for who sees every
    journal concerned (``snapshots.selectors.as_of`` for anybody). Raises ``Refused`` before the base date.
    """
    require_since(on)
    chosen = [school] if school is not None else schools
    if known_at is None:
        return _counted(on, present_cut(), LIVE, None, chosen)
    with folded_to_cut(known_at) as folded:
        return _counted(on, known_at, folded.tables, Counted(known_at, folded.left_out), chosen)


# A guest is counted where the lessons are: away at one school, here at the other.
_COUNTS = """
SELECT count(*) FILTER (WHERE {own}),
  count(*) FILTER (WHERE presence = 'attending' AND {own})
    + count(*) FILTER (WHERE presence = 'guest_elsewhere' AND {here}), {digest}
FROM rows
"""


def _counted(
    on: date,
    journals: Mapping[UUID, int],
    tables: Tables,
    counted: Counted | None,
    schools: Sequence[UUID] | None,
) -> AsOf:
    own, here = "true", "true"
    if schools is not None:
        own, here = "school = ANY (%(schools)s)", "host = ANY (%(schools)s::text[])"
    sql, params = present(
        on,
        _COUNTS.format(own=own, here=here, digest=digest_expression(on, own)),
        tables=tables,
        counted=counted,
        schools=schools,
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        pupils, attending, found = cursor.fetchone()
    # Guests whose home is outside the register are in no row: they attend, and are on nobody's roll.
    known = None if tables is LIVE else journals
    attending += sum(1 for one in outside_children(schools, cut=known) if one.standing == GUEST and one.holds(on))
    return AsOf(on, pupils, attending, cut_digest(journals), found, journals)


def state_digest(on: date | None = None) -> str:
    """SHA-256 (hex) of the canonical rows as of a day; without a day of all state rows of all times.

    The same on every machine: no ciphertext, no surrogate key, no order but that of bytes.
    """
    if on is not None:
        return as_of(on).digest
    with connection.cursor() as cursor:
        cursor.execute(*everything())
        return str(cursor.fetchone()[0])
