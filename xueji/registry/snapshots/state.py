"""State as of a date and a cut, as a frame: the rows that a snapshot carries and that figures are counted on."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import polars as pl
from django.db import connection

from xueji.ground.accounts.context import counting, current_settings
from xueji.ground.accounts.policies import VIEWER
from xueji.pure.kernel.types import Level, Refused
from xueji.registry.register.canonical import LIVE, Counted, Tables, column_expressions, columns, present
from xueji.registry.register.cuts import present_cut
from xueji.registry.register.history import LeftOut, folded_to_cut
from xueji.registry.snapshots.canonical import TYPES, digest_of
from xueji.registry.snapshots.outside import with_outside


@dataclass(frozen=True, slots=True)
class State:
    """The pupils registered on a day (of ``schools``, None: all), and the guests who study there, one row each.

    A guest whose home is outside the register has a row too, at no ``school``: nobody's 在籍, his host's 在校.
    ``frame`` has the columns of :func:`register.canonical.columns`; ``left_out`` lists the entries of these
    schools' pupils that did not count (one child, one return); ``digest`` is of the registered pupils' rows
    (``ValueError`` where they were read without).
    """

    on: date
    schools: tuple[UUID, ...] | None
    frame: pl.DataFrame
    left_out: tuple[LeftOut, ...]
    digested: bool = True

    @property
    def registered(self) -> pl.DataFrame:
        """The rows of the pupils on the roll of these schools."""
        if self.schools is None:
            return self.frame.filter(pl.col("school").is_not_null())
        return self.frame.filter(pl.col("school").is_in([str(school) for school in self.schools]))

    @property
    def digest(self) -> str:
        if not self.digested:
            raise ValueError("this state was read without the digests of its rows")
        return digest_of(self.registered)


def state_at(
    on: date,
    cut: Mapping[UUID, int] | None = None,
    schools: Sequence[UUID] | None = None,
    *,
    whole: bool = False,
    held: Collection[UUID] = (),
    digests: bool = True,
) -> State:
    """The state as of a day as known at a cut (None: now), counted over every pupil of the schools.

    ``schools`` None: all of the actor's jurisdiction; others raise ``Refused``. What a later entry did not touch is
    read from the state tables, the rest is folded; ``whole`` folds everything from the journals.
    ``held``: transactions within the cut that do not count, since a closed return left them out. Who only counts does
    without ``digests``, which cover every entry of every pupil and take as long as all else.
    """
    chosen = own_schools(schools)
    with counting():
        if not whole and not held and (cut is None or cut == present_cut()):
            frame = _frame(on, chosen, LIVE, Counted(), digests=digests)
            return State(on, chosen, with_outside(frame, on, chosen), (), digests)
        known = present_cut() if cut is None else cut
        with folded_to_cut(known, whole=whole, held=held, schools=chosen) as folded:
            frame = _frame(on, chosen, folded.tables, Counted(known, folded.left_out), digests=digests)
            frame = with_outside(frame, on, chosen, cut=known, held=held)
            listed = folded.listed if chosen is None else _of(folded.listed, chosen)
            return State(on, chosen, frame, listed, digests)


def own_schools(schools: Sequence[UUID] | None) -> tuple[UUID, ...] | None:
    """The schools to count, within the actor's jurisdiction; None: every school there is (the city, the system).

    Counting passes row-level security by, so this is asked first. Raises ``Refused`` ``snapshots.not_yours``.
    """
    acting = current_settings()
    if acting.role == "system":
        return None if schools is None else tuple(sorted(schools))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT a.organisation FROM accounts_access a WHERE a.viewer = {VIEWER}")
        mine = {row[0] for row in cursor.fetchall()}
    if schools is None:
        return None if acting.level == Level.CITY and mine else tuple(sorted(mine))
    if not mine.issuperset(schools):
        raise Refused("snapshots.not_yours", "只能统计本单位管辖的学校，请核对所选的学校。", "通知三")
    return tuple(sorted(schools))


def _of(listed: Sequence[LeftOut], schools: Sequence[UUID]) -> tuple[LeftOut, ...]:
    own = {item.student for item in listed if item.organisation in schools}
    return tuple(item for item in listed if item.student in own)


def _frame(
    on: date, schools: Sequence[UUID] | None, tables: Tables, counted: Counted, *, digests: bool
) -> pl.DataFrame:
    expressions = column_expressions(on)
    picked = ", ".join(f"({sql})::text AS {name}" for name, sql in expressions.items())
    select = f"SELECT {picked} FROM rows ORDER BY student"
    sql, params = present(on, select, tables=tables, counted=counted, schools=schools, digests=digests)
    names = columns(on)
    buffer = io.BytesIO()
    with connection.cursor() as cursor, cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)", params) as copy:
        for block in copy:
            buffer.write(block)
    if not buffer.tell():
        return pl.DataFrame(schema={name: TYPES.get(name, pl.String) for name in names})
    buffer.seek(0)
    frame = pl.read_csv(buffer, has_header=False, new_columns=list(names), infer_schema=False)
    return frame.with_columns([_typed(name, dtype) for name, dtype in TYPES.items() if name in names])


def _typed(name: str, dtype: pl.DataType | type[pl.DataType]) -> pl.Expr:
    if dtype == pl.Boolean:
        return pl.col(name) == "true"
    return pl.col(name).str.to_date() if dtype == pl.Date else pl.col(name).cast(dtype)
