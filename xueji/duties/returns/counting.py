"""What a return counts: the state of some schools as of a date and a cut, totals, flow, transfers in hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import polars as pl
from django.db import connection
from django.db.models import Q

from xueji.duties.returns.models import ReturnCut
from xueji.ground.accounts.context import counting
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import LOCAL_ZONE, environment
from xueji.registry.applications.models import Application
from xueji.registry.register.canonical import LIVE, Counted, digest_expression, present
from xueji.registry.register.cuts import cut_digest, present_cut
from xueji.registry.register.history import folded_to_cut
from xueji.registry.register.models import Registration

__all__ = [
    "State",
    "cut_of",
    "flow",
    "present_cut",
    "state_at",
    "store_cut",
    "totals",
    "transfers_in_hand",
    "unpromoted",
]

_COLUMNS = {
    "student": pl.String, "registration": pl.String, "school": pl.String, "stage": pl.String, "intake_year": pl.Int32,
    "grade": pl.Int32, "gender": pl.String, "status": pl.String, "arrival": pl.String, "host": pl.String,
    "presence": pl.String, "established": pl.Boolean, "number": pl.String,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class State:
    """The pupils registered at some schools on a day (and guests there), one row each; ``digest`` of their rows."""

    on: date
    schools: tuple[UUID, ...]
    frame: pl.DataFrame
    digest: str


def store_cut(cut: Mapping[UUID, int]) -> str:
    """Keep a cut under its digest, so that the return can be made again for ever."""
    digest = cut_digest(cut)
    heads = {str(organisation): sequence for organisation, sequence in sorted(cut.items())}
    ReturnCut.objects.get_or_create(digest=digest, defaults={"heads": heads, "taken_at": environment().now()})
    return digest


def cut_of(digest: str) -> dict[UUID, int]:
    """The cut that was stored under a digest."""
    return {UUID(key): value for key, value in ReturnCut.objects.get(digest=digest).heads.items()}


def state_at(on: date, cut: Mapping[UUID, int], schools: Sequence[UUID]) -> State:
    """The state of schools as of a day as known at a cut, with "one child, one return" (design §3)."""
    if cut == present_cut():
        with counting():
            return _read(on, schools, LIVE, Counted())
    with counting(), folded_to_cut(cut) as folded:
        return _read(on, schools, folded.tables, Counted(cut, folded.left_out))


def _read(on: date, schools: Sequence[UUID], tables: Any, counted: Counted) -> State:
    wanted = ", ".join(
        f"{name}::text" if dtype == pl.String else name for name, dtype in _COLUMNS.items() if name != "number"
    )
    numbers = f"(SELECT r.number FROM {tables.registration} r WHERE r.id = rows.registration) AS number"
    condition = "school = ANY (%(schools)s)"
    sql, params = present(
        on, f"SELECT {wanted}, {numbers} FROM rows ORDER BY student", tables=tables, counted=counted, schools=schools
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        frame = pl.DataFrame(cursor.fetchall(), schema=_COLUMNS, orient="row")
        sql, params = present(
            on, f"SELECT {digest_expression(on, condition)} FROM rows", tables=tables, counted=counted, schools=schools
        )
        cursor.execute(sql, params)
        digest = str(cursor.fetchone()[0])
    return State(on, tuple(schools), frame, digest)


def own(state: State) -> pl.DataFrame:
    """The pupils registered at the schools themselves, without guests."""
    return state.frame.filter(pl.col("school").is_in([str(school) for school in state.schools]))


def totals(state: State) -> list[dict[str, Any]]:
    """``{school, stage, grade, gender, registered, attending}``: 在籍 and 在校 by school, grade and sex.

    A guest attends where the lessons are: counted at the host, in his grade.
    """
    keys = ["school", "stage", "grade", "gender"]
    registered = own(state).group_by(keys).agg(registered=pl.len(), attending=(pl.col("presence") == "attending").sum())
    here = [str(school) for school in state.schools]
    guests = (
        state.frame.filter((pl.col("presence") == "guest_elsewhere") & pl.col("host").is_in(here))
        .with_columns(school=pl.col("host"))
        .group_by(keys)
        .agg(registered=pl.lit(0, pl.UInt32), attending=pl.len())
    )
    both = pl.concat([registered.cast({"attending": pl.UInt32}), guests.cast({"attending": pl.UInt32})])
    return both.group_by(keys).agg(pl.col("registered", "attending").sum()).sort(keys).to_dicts()


def unpromoted(state: State, promoted: set[tuple[str, int]], school_year: int) -> list[tuple[str, int]]:
    """Cohorts (stage, intake year) with pupils that were here before the school year and are not confirmed as moved up."""
    cohorts = own(state).filter(pl.col("intake_year") < school_year).select("stage", "intake_year").unique().rows()
    return sorted(cohort for cohort in cohorts if cohort not in promoted)


#: Way in or out → column of the flow table (invariant 7).
_INWARD = {"enrolment": "enrolled", "transfer_in": "transferred_in", "resumption": "restored"}
_OUTWARD = {
    "graduation": "graduated", "leaving": "graduated", "completion": "completed", "transfer_out": "transferred_out",
    "death": "died",
}  # fmt: skip
INFLOWS = ("enrolled", "transferred_in", "restored", "moved_in", "other_in")
OUTFLOWS = ("graduated", "completed", "transferred_out", "died", "voided", "moved_out", "other_out")


def flow(opening: State, closing: State, school: UUID, window: tuple[date, date]) -> list[dict[str, Any]]:
    """One line a cohort and sex of a school: opening + inflows = closing + outflows, for 在籍 (invariant 7).

    A cohort is followed, so grade g of the closing stands against g − 1 of the opening. Registrations that
    began and ended inside the window count in both directions. ``balanced`` says whether the identity holds.
    """
    before, after = (
        {row["registration"]: row for row in own(state).iter_rows(named=True)} for state in (opening, closing)
    )
    ways = _ways(school, window)
    lines: dict[tuple[str, int, str], dict[str, Any]] = {}
    stages = parameters.rulebook(closing.on).stages
    year = stages.school_year_of(closing.on)

    def line(row: Mapping[str, Any]) -> dict[str, Any]:
        key = (row["stage"], row["intake_year"] or 0, row["gender"])
        if key not in lines:
            grade = stages.first_grade(key[0]) + year - key[1]
            lines[key] = {
                "school": str(school), "stage": key[0], "intake_year": key[1], "gender": key[2], "grade": grade,
                "opening": 0, **dict.fromkeys((*INFLOWS, *OUTFLOWS), 0), "closing": 0,
            }  # fmt: skip
        return lines[key]

    for registration, row in before.items():
        line(row)["opening"] += 1
        later = after.get(registration)
        if later is None:
            line(row)[_OUTWARD.get(ways.get(registration, ("", ""))[1], "other_out")] += 1
        elif line(later) is not line(row):
            # Moved to another cohort, or the sex was corrected.
            line(row)["moved_out"] += 1
            line(later)["moved_in"] += 1
    for registration, row in after.items():
        line(row)["closing"] += 1
        if registration not in before:
            line(row)[_INWARD.get(ways.get(registration, ("", ""))[0], "other_in")] += 1
    for item in lines.values():
        arrived = item["opening"] + sum(item[name] for name in INFLOWS)
        left = item["closing"] + sum(item[name] for name in OUTFLOWS)
        item["balanced"] = arrived == left
    return [lines[key] for key in sorted(lines)]


def _ways(school: UUID, window: tuple[date, date]) -> dict[str, tuple[str, str]]:
    """How each registration of a school that touches the window began and ended."""
    touching = Registration.objects.filter(school=school).filter(
        Q(started_on__range=window) | Q(ended_on__range=(window[0], window[1] + timedelta(days=1)))
    )
    with counting():
        rows = list(touching.values_list("id", "how_started", "how_ended", "voided"))
    return {str(one): (started, "voided" if voided else ended or "") for one, started, ended, voided in rows}


def transfers_in_hand(schools: Sequence[UUID], on: date) -> list[dict[str, Any]]:
    """在办转学: lodged on or before a day and not ended by then, on either side; counted at the sender."""
    end = datetime.combine(on, time.max, LOCAL_ZONE)
    found = Application.objects.filter(
        Q(school__in=schools) | Q(other_school__in=schools), kind="transfer", lodged_at__lte=end
    ).order_by("lodged_at", "id")
    return [
        {
            "application": str(one.id),
            "receiver": str(one.school),
            "sender": str(one.other_school),
            "lodged_on": one.lodged_at.astimezone(LOCAL_ZONE).date().isoformat(),
        }
        for one in found
        if not _ended_by(one, end)
    ]


def _ended_by(one: Application, end: datetime) -> bool:
    return one.state in ("approved", "refused", "retracted") and one.changed_at <= end
