"""Checks of a whole part, after the layers above have been merged in.

A check gets the whole and what the layer itself says: places are those of the layer's own file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xueji.pure.procedures.frame import procedures

from .layering import Report, overlaps
from .schema.changes import ChangesFile, PhasePart
from .schema.numbers import NumbersFile


def schemes_fit_frames(whole: Any, own: Any, report: Report) -> None:
    """Every scheme has its frame's width and first segments (clauses B1, B2)."""
    numbers: NumbersFile = whole
    said: NumbersFile = own
    frames = {frame.subject: frame for frame in numbers.frames or ()}
    for index, scheme in enumerate(said.schemes or ()):
        frame = frames.get(scheme.subject)
        if frame is None or scheme.segments is None:
            continue
        at = ("schemes", index)
        width = sum(segment.width for segment in scheme.segments)
        if width != frame.width:
            report((*at, "segments"), f"“{scheme.code}”共 {width} 位，上一层规定 {frame.width} 位")
        leads = [(segment.source, segment.width) for segment in scheme.segments[: len(frame.begins_with)]]
        if leads != [(lead.source, lead.width) for lead in frame.begins_with]:
            report((*at, "segments"), f"“{scheme.code}”的前几段与上一层的规定不同")
        if scheme.short_width != frame.short_width:
            report(at, f"“{scheme.code}”的简写位数应为 {frame.short_width}")


def one_scheme_a_day(part: Any, report: Report) -> None:
    """A layer has one scheme of a subject in force on a day."""
    numbers: NumbersFile = part
    schemes = [scheme for scheme in numbers.schemes or () if scheme.subject is not None]
    for index, scheme in enumerate(schemes):
        for other in schemes[:index]:
            if other.subject == scheme.subject and other.code != scheme.code and overlaps(other, scheme):
                report(("schemes", index), f"与“{other.code}”同时有效，请给前一个方案写上止期（until）")


def changes_complete(whole: Any, own: Any, report: Report) -> None:
    """The last step of every way decides, and posts are of the level of their organisation."""
    changes: ChangesFile = whole
    said: ChangesFile = own
    places = {item.who(): index for index, item in enumerate(said.changes or ())}
    for change in changes.changes or ():
        if change.who() not in places:
            continue
        ways = [change.phases] if change.phases else [way.phases for way in change.variants]
        for phases in ways:
            _check_way(phases, ("changes", places[change.who()]), report)


def final_grade_stops_answered(whole: Any, own: Any, report: Report) -> None:
    """A stop names kinds that ask for their limits of one pupil, or of each row: another would pass over it."""
    changes: ChangesFile = whole
    said: ChangesFile = own
    of_a_pupil = {kind for kind, one in procedures().items() if not one.own_service}
    known = {change.kind for change in changes.changes or () if change.kind in of_a_pupil | _ROSTERS}
    for index, stop in enumerate(said.final_grade_stops or ()):
        unknown = [kind for kind in stop.kinds or () if kind not in known]
        if unknown:
            report(("final_grade_stops", index, "kinds"), f"不能对 {'、'.join(unknown)} 规定毕业年级停办期")


#: Kinds whose pupils come in rows, of grades that may be the last.
_ROSTERS = {"transfer_into_city", "late_registration"}


def _check_way(phases: tuple[PhasePart, ...], at: tuple[Any, ...], report: Report) -> None:
    last = phases[-1].steps[-1]
    if last.act not in ("approve", "decide", "confirm"):
        report(at, f"最后一步“{last.title}”不是决定（approve、decide 或 confirm）")
    for phase in phases:
        bureau = phase.at.startswith("bureau")
        for step in phase.steps:
            if bureau != (step.role in ("clerk", "head")):
                report(at, f"“{step.title}”的岗位与所在单位不符")


#: Checks of what a layer itself says.
OWN_CHECKS: dict[str, tuple[Callable[[Any, Report], None], ...]] = {"numbers": (one_scheme_a_day,)}
#: Checks of the whole, the layers above included.
CHECKS: dict[str, tuple[Callable[[Any, Any, Report], None], ...]] = {
    "numbers": (schemes_fit_frames,),
    "changes": (changes_complete, final_grade_stops_answered),
}
