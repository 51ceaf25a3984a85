"""Rules on a pupil's registrations together: overlapping, an exit contradicted later, gone without having left."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from xueji.pure.kernel.types import Severity
from xueji.pure.rules.model import Scope

from .model import YEARLY, Failing, RoundFacts, RoundRule, pupils

_FAR = pl.date(9999, 12, 31)
_BASIS = "通知四（学籍号19位，一人一号）、三.5"


def _pairs(facts: RoundFacts) -> pl.DataFrame:
    """Each two registrations of one pupil, the earlier one first."""
    both = facts.lives.join(facts.lives, on="student", suffix="_next")
    earlier = (pl.col("started_on") < pl.col("started_on_next")) | (
        (pl.col("started_on") == pl.col("started_on_next")) & (pl.col("registration") < pl.col("registration_next"))
    )
    return both.filter(pl.col("registration") != pl.col("registration_next"), earlier)


def _both_sides(facts: RoundFacts, pairs: pl.DataFrame, *more: str) -> Iterable[Failing]:
    """Told to each of the schools looked at that has one of the two."""
    for side in ("", "_next"):
        columns = [pl.col(f"{name}{side}").alias(name) for name in ("school", "number")]
        yield from pupils(
            pairs.select(*columns, "student", *more).filter(pl.col("school").is_in(list(facts.schools))), *more
        )


def _overlap(facts: RoundFacts) -> Iterable[Failing]:
    pairs = _pairs(facts).with_columns(since=pl.col("started_on_next"))
    found = pairs.filter(pl.col("ended_on").fill_null(_FAR) > pl.col("started_on_next"))
    return _both_sides(facts, found.filter(pl.col("since") <= facts.on), "since")


def _contradicted(facts: RoundFacts) -> Iterable[Failing]:
    """An exit, and afterwards a registration that cannot follow it, begun within the window."""
    after = pl.col("started_on_next") >= pl.col("ended_on")
    recent = pl.col("started_on_next") <= facts.on
    if facts.after is not None:
        recent = recent & (pl.col("started_on_next") > facts.after)
    pairs = _pairs(facts).filter(after, recent)
    wrong = pl.lit(False)
    for exit_, rule in facts.exits.items():
        cannot = ~pl.col("how_started_next").is_in(list(rule.allows))
        if rule.same_stage:
            cannot = cannot & (pl.col("stage") == pl.col("stage_next"))
        wrong = wrong | ((pl.col("how_ended") == exit_) & cannot)
    titles = {exit_: rule.title for exit_, rule in facts.exits.items()}
    found = pairs.filter(wrong).with_columns(
        left=pl.col("how_ended").replace_strict(titles, default="", return_dtype=pl.String),
        on=pl.col("ended_on"),
        since=pl.col("started_on_next"),
    )
    return _both_sides(facts, found, "left", "on", "since")


def _vanished(facts: RoundFacts) -> Iterable[Failing]:
    """Stood in the round before; is not here now, and no exit says where to. ``lives`` has the registrations of all
    who are missing; one that was voided is in none of them."""
    missing = facts.opening.join(facts.state, on="registration", how="anti")
    still = facts.lives.filter(pl.col("ended_on").is_null() | (pl.col("ended_on") > facts.on))
    known = missing.join(still.select("registration"), on="registration", how="semi")
    elsewhere = still.filter(pl.col("started_on") <= facts.on).join(missing, on="registration", how="anti")
    return pupils(known.join(elsewhere.select("student"), on="student", how="anti"))


RULES = (
    RoundRule(
        "return.overlapping", "学籍重叠", Severity.ERROR,
        "{pupil}自 {since} 起同时有两条学籍，请与主管教育局核对", _BASIS,
        "核对学生实际在哪所学校：另一条学籍办理转学、更正或合并重复学籍。", "pupil", _overlap, Scope.REGISTER,
    ),
    RoundRule(
        "return.exit_contradicted", "离校与以后的入学矛盾", Severity.ERROR,
        "{pupil}于 {on} {left}，却自 {since} 起又有学籍，请核对哪一项有误", _BASIS,
        "核对离校原因：登记有误的由主管教育局更正；不是同一人的办理身份信息更正。", "pupil", _contradicted,
        Scope.REGISTER,
    ),
    RoundRule(
        "return.vanished", "上年在籍、今年去向不明", Severity.ERROR,
        "{pupil}计入了上一次上报，现在不在籍，也没有离校记录，请查明去向", "通知三.5、四.2（每一名学生都有去向）",
        "补办离校、转学或更正；记录有误的联系主管教育局。", "pupil", _vanished, Scope.ROUND, YEARLY,
    ),
)  # fmt: skip
