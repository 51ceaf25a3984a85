"""What a rule is, and what it may ask about (design §2 "Is this value or record right?").

A **row rule** gives column expressions over the frame that
:func:`xueji.pure.rules.preparing.prepare` makes; the same expression runs on one form's
row, a workbook and a million rows. A **file rule** is a function over the whole
frame. Facts from elsewhere (code tables, numbers in use, the school) come in the
context, as columns or small frames; a rule asks no database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import polars as pl

from xueji.pure.kernel.catalogue import Column, FieldCatalogue, FieldType
from xueji.pure.kernel.rulebook import NotInRulebook, Rulebook
from xueji.pure.kernel.types import Severity

OPENING = "opening"  # 建档: existing pupils of all grades
ENTRANTS = "entrants"  # 新生入学
INTO_CITY = "into_city"  # 外地转入: of any grade, with the sheet of the other side
LATE = "late"  # 补建学籍: a first record in a grade beyond the first
KINDS = (OPENING, ENTRANTS, INTO_CITY, LATE)
PLACED = "placed"  # 统筹安排: of any grade, entered by the bureau's clerk one by one, never as a workbook

#: GB code of the resident identity card in the table id_document_type (JY/T 1001 SFZJLX).
RESIDENT_ID = "1"
#: Fields that hold a person's name.
NAME_FIELDS = ("name", "former_name", "guardian_name")


class Scope(StrEnum):
    """What a rule looks over."""

    ROW = "row"
    FILE = "file"
    REGISTER = "register"
    ROUND = "round"


@dataclass(frozen=True, slots=True)
class SchoolFacts:
    """What the rules need to know of the school whose pupils are checked.

    ``stages``: primary, junior; ``ungraded``: a special school, without rule of
    age for grade; ``sites``: names of its teaching points; its main site is "".
    """

    code: str
    name: str
    stages: tuple[str, ...] = ("primary",)
    ungraded: bool = False
    sites: tuple[str, ...] = ()

    @property
    def shared_code(self) -> bool:
        """Whether one code serves several intakes (design §3 "Numbers")."""
        return len(self.stages) > 1 or bool(self.sites)


def _no_rows(*names: str) -> pl.DataFrame:
    return pl.DataFrame(schema={name: pl.Int64 if name == "row" else pl.String for name in names})


@dataclass(frozen=True)
class RegisterFacts:
    """What the register says of the rows, found by the caller in set-based queries.

    ``numbers``: registration numbers of the file that were given or reserved
    already. ``known``: row, state: ``in_force`` (this document is on some roll now)
    or ``other_name`` (on a roll under an unlike name). ``alike``: rows whose name and birth date
    are those of a pupil with another document. ``pending``: rows of a pupil about whom something else is under way.
    ``limits``: row, severity and sentence of each limit of the change that a row offends against.
    """

    numbers: tuple[str, ...] = ()
    known: pl.DataFrame = field(default_factory=lambda: _no_rows("row", "state"))
    alike: tuple[int, ...] = ()
    pending: frozenset[int] = frozenset()
    limits: pl.DataFrame = field(default_factory=lambda: _no_rows("row", "severity", "message"))


@dataclass(frozen=True)
class RuleContext:
    """Under which rulebook, for which school and kind, on which day.

    ``today`` is the day of the check, ``effective_on`` the day on which what is checked
    becomes true (the base date of an opening load, the school year's first day of entrants).
    """

    rulebook: Rulebook
    kind: str
    today: date
    effective_on: date
    school: SchoolFacts
    register: RegisterFacts = field(default_factory=RegisterFacts)

    @property
    def catalogue(self) -> FieldCatalogue:
        """The catalogue of the rulebook's date."""
        return self.rulebook.fields

    @property
    def school_year(self) -> int:
        """The school year in which the rows' grades are meant."""
        return self.rulebook.stages.school_year_of(self.effective_on)

    def setting(self, name: str) -> int:
        """A whole number of the rulebook's settings; NotInRulebook where it has none."""
        try:
            return int(self.rulebook.settings[name])
        except KeyError:
            raise NotInRulebook(f"no setting {name} in force on {self.rulebook.day}") from None


@dataclass(frozen=True)
class Check:
    """One thing that a rule looks at: where it fails, at which fields, with which detail in the sentence."""

    fields: tuple[str, ...]
    failing: pl.Expr
    detail: pl.Expr | None = None


@dataclass(frozen=True)
class Rows:
    """What a row rule sees: the columns that are there, and the context.

    The sets say what stands in the frame, so that a rule makes no check that cannot fail: of a clean
    roster's seven hundred checks some hundred are left. ``filled``: columns in which anything stands; ``gaps``: in
    which a cell is empty; ``unread``: in which a text has no value; ``mended``: in which the text is not what stood
    in the cell; ``kinds``: with cells that were no text.
    """

    present: Mapping[str, Column]
    context: RuleContext
    filled: frozenset[str]
    gaps: tuple[str, ...]
    unread: tuple[str, ...]
    mended: tuple[str, ...]
    kinds: tuple[str, ...]

    def has(self, *codes: str) -> bool:
        """Whether all these columns are there."""
        return all(code in self.present for code in codes)

    def of_type(self, *types: FieldType) -> list[str]:
        """Codes of the columns of some types in which anything stands."""
        return [code for code, column in self.present.items() if column.field.type in types and code in self.filled]

    def of_field(self, *field_codes: str) -> list[str]:
        """Codes of the columns of some (repeated) fields in which anything stands."""
        return [
            code for code, column in self.present.items() if column.field.code in field_codes and code in self.filled
        ]

    def kind(self, code: str) -> pl.Expr:
        """What a cell was in the file, where it was no text: number, date, boolean, formula, error."""
        return pl.col(f"kind:{code}")


RowFinder = Callable[[Rows], Iterable[Check]]
FileFinder = Callable[[pl.DataFrame, Rows], pl.DataFrame]


@dataclass(frozen=True)
class Rule:
    """A coded rule.

    ``sentence`` has {place} (第 14 行“身份证件号”), {value} (what stands there,
    never a sensitive field) and {detail}. A row rule has ``find``; a file
    rule ``find_in_file``, which gives a frame row, fields, detail. A rule with neither is
    found by the reader of the file (missing columns and the like).
    """

    code: str
    severity: Severity
    sentence: str
    basis: str
    scope: Scope = Scope.ROW
    find: RowFinder | None = None
    find_in_file: FileFinder | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    kinds: tuple[str, ...] = ()

    def in_force(self, on: date, kind: str) -> bool:
        """Whether the rule holds on a date for a kind of intake."""
        if self.kinds and kind not in self.kinds:
            return False
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on <= self.valid_to)


#: Columns of a frame of findings; ``row`` is null for what concerns the whole file.
FINDINGS_SCHEMA: Mapping[str, pl.DataType] = {
    "row": pl.Int64(),
    "code": pl.String(),
    "severity": pl.String(),
    "fields": pl.List(pl.String()),
    "detail": pl.String(),
}


def no_findings() -> pl.DataFrame:
    """A frame of no findings."""
    return pl.DataFrame(schema=dict(FINDINGS_SCHEMA))
