"""Whom ``xueji simulate`` draws for a change: a pupil in the status that the kind asks for, and with a class to go to.

A small school may have no other class of a cohort, no higher one, and none that a pupil could come back to once his own
has left; whom no class fits is not drawn, so that a refusal is one of the rules and not of the draw.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import islice
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper

from xueji.doors.demo.city import CITY_CODE
from xueji.doors.demo.rosters import Stage
from xueji.doors.demo.single import HALF_A_YEAR, Pupil
from xueji.ground.accounts.context import acting
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.school_year import StageSystem
from xueji.pure.kernel.types import Role
from xueji.pure.procedures.limits import over_months

IN_SCHOOL, DEPARTING, AWAITED = "in_school", "departing", "awaited"
#: Codes of the field ``special_ed_placement``.
INCLUSION, SPECIAL, AT_HOME, NONE = "2", "3", "4", ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a pupil stands of whom a kind can be. ``placement`` None: any; ``chained`` False: his registration goes on
    from no other; ``later``: not in the first grade of his stage; ``final`` False: not in its last one."""

    status: str = IN_SCHOOL
    attends: bool = False
    departing: bool = False
    placement: str | None = None
    chained: bool = True
    later: bool = False
    final: bool = True

    @property
    def is_plain(self) -> bool:
        """Of anybody who is simply in school: drawn from the pool."""
        return self.status == IN_SCHOOL and not self.attends and not self.departing and not self.placement


_ANYBODY = Wanted()
#: Of whom a kind can be, where that is not anybody.
WANTED = {
    "transfer": Wanted(final=False),
    "arrival_traced": Wanted(final=False),
    "suspension_extension": Wanted("suspended"),
    "resumption": Wanted("suspended"),
    "dropout_return": Wanted("dropped_out"),
    "abroad_return": Wanted("abroad"),
    "guest_extension": Wanted(attends=True),
    "guest_end": Wanted(attends=True),
    "inclusion": Wanted(placement=NONE),
    "inclusion_end": Wanted(placement=INCLUSION),
    "special_school": Wanted(placement=NONE),
    "special_school_return": Wanted(attends=True, placement=SPECIAL),
    "home_teaching": Wanted(placement=NONE),
    "home_teaching_end": Wanted(placement=AT_HOME),
    "transfer_out_receipt": Wanted(departing=True),
    "transfer_out_cancel": Wanted(departing=True),
    "record_voiding": Wanted(chained=False),
    "late_registration": Wanted(later=True),
    "merge": Wanted(later=True),
}
#: Kinds about somebody else than the pupil who is drawn, of whom something must have been before.
_OF_OTHERS = ("guest_outside_extension", "guest_outside_end", "merge_undo")
#: Kinds by which a pupil comes back into his class, or into one that is lower by so many cohorts as the limit says.
_COMING_BACK = ("resumption", "dropout_return", "abroad_return")
#: Kinds that lead to another class: how many cohorts higher.
_HIGHER = {"class_change": 0, "grade_skip": 1}
NUMBER_CORRECTION, NUMBER_SWAP = "number_correction", "number_swap"
#: How many of the pool are looked at in one question.
_FEW = 4
_EVER = 1_200


def comes_later(kind: str) -> bool:
    """Whether something else must have been before: such kinds fall into the later part of a year."""
    return kind in _OF_OTHERS or not WANTED.get(kind, _ANYBODY).is_plain


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a pupil stands; ``left``: the intake year of the class in which his present status began."""

    school: UUID
    stage: str
    class_group: UUID
    intake_year: int
    left: int


@dataclass
class Drawer:
    """Draws pupils of schools with posts of their own; who is drawn while simply in school is drawn once a year."""

    stage: Stage
    rng: random.Random
    _pool: dict[UUID, Standing] = field(default_factory=dict)
    #: The class groups of the cohorts that are at school this year.
    classes: dict[tuple[UUID, str, int], list[UUID]] = field(default_factory=dict)
    stages: StageSystem = field(default_factory=StageSystem)
    year: int = 0

    def begin_year(self) -> None:
        """All who are registered, shuffled, and the classes of the year."""
        stages = self.stages = parameters.rulebook(today()).stages
        year = self.year = stages.school_year_of(today())
        with acting(self.stage.founded.actor(CITY_CODE, Role.HEAD)), connection.cursor() as cursor:
            cursor.execute(_REGISTERED, [list(self._codes())])
            found = [(row[0], Standing(*row[1:])) for row in cursor.fetchall()]
            cursor.execute(_CLASSES, [list(self._codes())])
            classes = defaultdict(list)
            for school, level, intake_year, group in cursor.fetchall():
                if stages.grade_of(level, intake_year, year) is not None:
                    classes[school, level, intake_year].append(group)
        self.rng.shuffle(found)
        self._pool, self.classes = dict(found), dict(classes)

    def draw(self, kind: str) -> Pupil | None:
        """A pupil for whom this kind can be: from the pool who is simply in school, else one of those who stand so."""
        wanted = WANTED.get(kind, _ANYBODY)
        with acting(self.stage.founded.actor(CITY_CODE, Role.HEAD)), connection.cursor() as cursor:
            if wanted.is_plain:
                return self._with_second(kind, self._from_pool(kind, cursor), cursor)
            question, answers = self._standing(wanted)
            cursor.execute(question, answers)
            found = [row[0] for row in cursor.fetchall()]
            self.rng.shuffle(found)
            return next(iter(self._look(kind, found, cursor)), None)

    def _standing(self, wanted: Wanted) -> tuple[str, list[str | list[UUID] | None]]:
        """The question for all who may stand so."""
        codes = list(self._codes())
        if wanted.placement and not wanted.attends:
            return _PLACED, [wanted.placement, codes]
        if wanted.departing:
            return _STANDING, ["arrival", DEPARTING, codes]
        dimension, value = ("attends", None) if wanted.attends else ("status", wanted.status)
        return _STANDING, [dimension, value, codes]

    def _with_second(self, kind: str, pupil: Pupil | None, cursor: CursorWrapper) -> Pupil | None:
        """With the other one of a swap: of the same school and stage, and drawn with him."""
        if kind != NUMBER_SWAP or pupil is None:
            return pupil
        mates = (
            student
            for student, one in self._pool.items()
            if one.stage == pupil.stage and self._codes()[one.school] == pupil.school
        )
        for other in self._look(kind, list(islice(mates, _FEW)), cursor):
            del self._pool[other.student]
            return replace(pupil, second=other.student)
        return None

    def _from_pool(self, kind: str, cursor: CursorWrapper) -> Pupil | None:
        """The first of the pool; those before him stand otherwise by now and are left out for this year."""
        while few := list(islice(self._fitting(kind), _FEW)):
            found = self._look(kind, few, cursor)
            for one in few:
                del self._pool[one]
                if found and found[0].student == one:
                    return found[0]
        return None

    def _fitting(self, kind: str) -> Iterable[UUID]:
        return (student for student, standing in self._pool.items() if self.targets(kind, standing) is not None)

    def _look(self, kind: str, students: list[UUID], cursor: CursorWrapper) -> list[Pupil]:
        """Those of them who stand as the kind asks and have a class to go to, in their order."""
        codes = self._codes()
        most = self._months(kind)
        cursor.execute(_DRAW, [today(), most[0], list(codes), students, today()])
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
        found = []
        for student in students:
            if student not in rows:
                continue
            name, number, *where, status, attends, arrival, placement, chained, days = rows[student]
            standing, wanted = Standing(*where), WANTED.get(kind, _ANYBODY)
            stands = (status, attends, arrival == DEPARTING) == (wanted.status, wanted.attends, wanted.departing)
            special = placement == wanted.placement or (
                wanted.placement is None and not (attends and placement == SPECIAL)
            )
            targets = self.targets(kind, standing)
            if over_months(days + HALF_A_YEAR.days + 1, most[1]):  # it would be refused: nobody asks for it
                continue
            if stands and special and arrival != AWAITED and (wanted.chained or not chained) and targets is not None:
                to = self.rng.choice(targets) if targets else None
                school = codes[standing.school]
                found.append(
                    Pupil(student, name, number, school, standing.stage, standing.class_group, standing.intake_year, to)
                )
        return found

    @staticmethod
    def _months(kind: str) -> tuple[str, int]:
        """The status that a kind prolongs and how many months of it there may be in all; no status: of no matter."""
        change = parameters.rulebook(today()).changes.get(kind)
        found = next((one.value for one in change.limits if one.kind == "max_total_months"), None) if change else None
        return (change.to_status or "", found) if change and found is not None else ("", _EVER)

    def targets(self, kind: str, standing: Standing) -> list[UUID] | None:
        """The classes that this kind may lead to: empty where it needs none, None where it needs one and has none."""
        wanted = WANTED.get(kind, _ANYBODY)
        if wanted.later and standing.intake_year >= self.year:
            return None
        if not wanted.final and self.stages.is_final(standing.stage, standing.intake_year, self.year):
            return None
        if kind == NUMBER_CORRECTION:
            return [standing.class_group]
        if kind in _HIGHER:
            cohorts = [standing.intake_year - _HIGHER[kind]]
        elif kind in _COMING_BACK:
            limits = parameters.rulebook(today()).change(kind).limits
            lower = next((one.value for one in limits if one.kind == "cohorts_lower"), 0)
            cohorts = list(range(standing.left, standing.left + lower + 1))
            if standing.intake_year in cohorts and self._of(standing, standing.intake_year):
                return []  # back into his own class
        else:
            return []
        others = [one for year in cohorts for one in self._of(standing, year) if one != standing.class_group]
        return others or None

    def _of(self, standing: Standing, intake_year: int) -> list[UUID]:
        return self.classes.get((standing.school, standing.stage, intake_year), [])

    def _codes(self) -> dict[UUID, str]:
        """The codes of the schools whose pupils change."""
        return {
            self.stage.founded.organisations[one.code]: one.code
            for one in self.stage.city.schools
            if one.kind not in ("special", "migrant") and one.central_school is None
        }


_REGISTERED = """
SELECT r.student_id, r.school, r.stage, k.id, k.intake_year, k.intake_year
FROM register_registration r
JOIN register_spell c ON c.registration_id = r.id AND c.dimension = 'class_group' AND c.ended_on IS NULL
JOIN organisations_classgroup k ON k.id = c.value::uuid
WHERE NOT r.voided AND r.ended_on IS NULL AND r.school = ANY(%s) ORDER BY 1
"""
_CLASSES = """
SELECT school_id, stage, intake_year, id FROM organisations_classgroup WHERE school_id = ANY(%s) ORDER BY 1, 2, 3, 4
"""
_STANDING = """
SELECT DISTINCT student FROM register_spell
WHERE dimension = %s AND value = coalesce(%s, value) AND ended_on IS NULL AND school = ANY(%s) ORDER BY 1
"""
_PLACED = """
SELECT id FROM register_student WHERE fields ->> 'special_ed_placement' = %s AND holder = ANY(%s) ORDER BY 1
"""
_DRAW = """
SELECT s.id, s.name, r.number, r.school, r.stage, k.id, k.intake_year, coalesce(lk.intake_year, k.intake_year),
  t.value, g.id IS NOT NULL, coalesce(a.value, ''), coalesce(s.fields ->> 'special_ed_placement', ''),
  EXISTS (SELECT FROM register_registration b WHERE b.student_id = s.id AND NOT b.voided AND b.ended_on = r.started_on),
  (SELECT coalesce(sum(coalesce(d.ended_on, %s) - d.started_on), 0)::int FROM register_spell d
   WHERE d.registration_id = r.id AND d.dimension = 'status' AND d.value = %s)
FROM register_student s
JOIN register_registration r ON r.student_id = s.id AND NOT r.voided AND r.ended_on IS NULL
JOIN register_spell c ON c.student = s.id AND c.registration_id = r.id
  AND c.dimension = 'class_group' AND c.ended_on IS NULL
JOIN register_spell t ON t.student = s.id AND t.registration_id = r.id
  AND t.dimension = 'status' AND t.ended_on IS NULL
LEFT JOIN register_spell g ON g.student = s.id AND g.registration_id = r.id
  AND g.dimension = 'attends' AND g.ended_on IS NULL
LEFT JOIN register_spell a ON a.student = s.id AND a.registration_id = r.id
  AND a.dimension = 'arrival' AND a.ended_on IS NULL
LEFT JOIN register_spell l ON l.student = s.id AND l.registration_id = r.id AND l.dimension = 'class_group'
  AND l.started_on <= t.started_on AND (l.ended_on IS NULL OR t.started_on < l.ended_on)
LEFT JOIN organisations_classgroup lk ON lk.id = l.value::uuid
JOIN organisations_classgroup k ON k.id = c.value::uuid
WHERE r.school = ANY(%s) AND s.id = ANY(%s) AND r.started_on < %s
"""
