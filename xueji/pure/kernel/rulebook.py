"""The rulebook in force, as every room reads it: typed, frozen, of one date and one district.

Built by ``xueji.ground.parameters`` from the layers province → city → district; in
tests by hand. No value stands in code: who acts, in how many days, with which
digits and codes is asked here (design §2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType

from .calendar import Calendar
from .catalogue import FieldCatalogue
from .codes import CodeTable
from .inspections import InspectionRules
from .ledgers import LedgerKind, Reminder
from .numbers import Scheme
from .record_items import RecordItemRules
from .resident_id import Regions
from .returns import ExitRule
from .school_year import StageSystem
from .seals import SealUse
from .sheets import Sheet
from .staffing import StaffingRules
from .statistics import StatisticsRules
from .types import Role


class Party(StrEnum):
    """Whose post acts in a step, seen from the application.

    ``applicant`` is the school that lodges (of a transfer the receiving one),
    ``other`` the school on the other side (of a transfer the sending one); each
    bureau is that school's competent bureau (主管教育局).
    """

    APPLICANT = "applicant"
    BUREAU_OF_APPLICANT = "bureau_of_applicant"
    OTHER = "other"
    BUREAU_OF_OTHER = "bureau_of_other"


class Act(StrEnum):
    """What a step does; the last approve (or decide, where no bureau acts) completes the change."""

    PROOFREAD = "proofread"  # 校对
    EXAMINE = "examine"  # 审查: prepares the decision
    DECIDE = "decide"  # 学校审核: the school's deputy head
    APPROVE = "approve"  # 审批: the bureau's head
    CONFIRM = "confirm"  # 确认: states a fact (arrival)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a change.

    ``phase`` groups the steps of one organisation; ``days`` are the working days
    that the whole phase may take, counted from the day on which it began to wait;
    every step of a phase bears its phase's days. ``completes``: this step's yes
    writes the entries.
    """

    key: str
    act: Act
    role: Role
    at: Party
    phase: str
    days: int | None
    title: str
    register_check: bool = False
    completes: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """A paper that an application needs; ``required``: without it lodging is refused."""

    key: str
    title: str
    required: bool = True
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of a change.

    ``kind`` names what the procedure checks (frozen_period, final_grade,
    status, …), ``params`` its values as text (``from`` and ``to`` as MM-DD);
    ``severity`` error or query, ``message`` the sentence shown.
    """

    code: str
    kind: str
    message: str
    severity: str = "error"
    params: Mapping[str, str] = field(default_factory=dict)
    basis: str = ""

    @property
    def value(self) -> int:
        """The number of a limit that has one (days, months, years); ValueError where it has none."""
        try:
            return int(self.params["value"])
        except KeyError:
            raise ValueError(f"limit {self.code} has no value") from None

    def frozen_on(self, day: date) -> bool:
        """Whether a frozen period lies over a day (a period may run over New Year)."""
        return self.kind == "frozen_period" and self.covers(day)

    def covers(self, day: date, since: str = "from") -> bool:
        """Whether a day of the year lies between the parameter ``since`` and ``to``, both days included."""
        first, last, now = self.params[since], self.params["to"], f"{day:%m-%d}"
        return first <= now <= last if first <= last else (now >= first or now <= last)


#: The kind of limit that a :class:`FinalGradeStop` sets to each of its kinds of change.
FINAL_GRADE_STOP = "final_grade_stop"


@dataclass(frozen=True, slots=True)
class FinalGradeStop:
    """A time of each year (MM-DD) in which nothing new is taken in about pupils of the final grade.

    What was lodged before ``from_day`` may be agreed to up to the day before ``closed_from``; ``kinds`` of change.
    """

    code: str
    title: str
    kinds: tuple[str, ...]
    from_day: str
    closed_from: str
    to_day: str
    message: str
    basis: str = ""

    @property
    def limit(self) -> Limit:
        """As a limit of each of its kinds."""
        days = {"from": self.from_day, "closed_from": self.closed_from, "to": self.to_day}
        return Limit(self.code, FINAL_GRADE_STOP, self.message, params=days, basis=self.basis)


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing that the form of a change asks for; the answer stands in the claim under ``key``.

    ``type``: date, text, long_text, choice, class_group (of the lodging school), school (11-digit code, in the
    claim its UUID), pupil (of the lodging school, by number or name, in the claim its UUID), field (the record's field
    ``key`` with its own rules and code table). ``codes`` names the code
    table of a choice, ``choices`` gives (code, name) where there is none. ``default``: ``today``.
    """

    key: str
    label: str
    type: str
    required: bool = True
    codes: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class ChangeKind:
    """A kind of status change: who, steps, days, evidence, limits, from → to status.

    ``variants``: step lists by variant; a kind with one way has the variant "".
    A transfer has ``same_bureau`` and ``two_bureaus``. ``file_number`` is a
    pattern with {bureau}, {year}, {kind_no}, {serial:04d}. ``effective``: from which day it is
    true: ``decision`` (the day of the last decision), ``term_start`` (first day of the school year),
    ``base_date`` (since when the register exists), ``claimed`` (the claim's ``effective_on``) or ``day``
    (``effective_day``, MM-DD of the year in which the school year ends). ``open_from``: the MM-DD of a year before
    which it is not taken in. ``asks``: the form's fields; ``group``: the heading under which pages list it;
    ``forbidden``: a kind that cannot be lodged at all, with the sentence that says why; ``paper_entry``: may be entered
    later with the date of a paper (the system was down), ``no_paper_entry``: why not. ``sets``: fields of the record
    that it sets (code → value, "" takes the value away);
    ``form_title``: over the printed form, where it is no 申请表; ``signed_by``: who signs
    it, the ``family`` or, of what the school itself reports, the ``school``; ``sheet``: kind of the paper that goes
    with the child to the other school once it is approved ("": there is none); ``notify``: whom its completion is told
    to (``hukou_bureau``, ``attended_school``, ``bureaus``).
    """

    kind: str
    title: str
    lodged_by: Role
    variants: Mapping[str, tuple[Step, ...]]
    evidence: tuple[Evidence, ...] = ()
    limits: tuple[Limit, ...] = ()
    asks: tuple[Ask, ...] = ()
    group: str = ""
    forbidden: str = ""
    paper_entry: bool = False
    no_paper_entry: str = ""
    sets: Mapping[str, str] = field(default_factory=dict)
    notify: tuple[str, ...] = ()
    from_status: tuple[str, ...] = ()
    to_status: str | None = None
    bulk: bool = False
    file_number: str = ""
    kind_no: str = ""
    form: str = ""
    form_title: str = ""
    signed_by: str = "family"
    sheet: str = ""
    arrival_days: int | None = None
    effective: str = "decision"
    effective_day: str | None = None
    open_from: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    basis: str = ""
    certainty: str = ""

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of a kind with one way; ValueError where a variant must be named."""
        return self.steps_for()

    def steps_for(self, variant: str = "") -> tuple[Step, ...]:
        """The steps of a variant in order."""
        try:
            return self.variants[variant]
        except KeyError:
            raise ValueError(f"{self.kind} has the ways {', '.join(self.variants)}, not {variant!r}") from None

    def number_of(self, *, bureau: str, year: int, serial: int) -> str:
        """A file number (卷号, clause D2) of this kind."""
        return self.file_number.format(bureau=bureau, year=year, kind_no=self.kind_no, serial=serial)


@dataclass(frozen=True, slots=True)
class CertificateKind:
    """A printed certificate or proof: its texts, conditions and numbering.

    ``body`` is a text with places in braces (``{name}``, ``{registration_number}`` …: ``schema.certificates.PLACES``);
    ``conditions`` name what must hold. ``status``: for pupils of these statuses alone (empty: any). ``ended_by``: the
    ways in which the registration of which it speaks has ended (empty: the one in force). ``template``: the typeset
    page. ``attested``: the school requests it and the competent bureau attests it (验印) by ``steps``; its words stand
    on ``sheet``. ``issuers``: which posts of a school issue it, or print what was attested. ``blank``: the name of the
    preprinted blank it is printed on ('': plain paper). ``archive_before``: also for who left before this day, from
    paper archives, without a registration here. ``electronic_seal``: may bear electronic seals that the bureau
    approved, in its frame (of the use ``seal_use``) or in those frames of the sheet that name one; then with the words
    ``sealed_footer`` for its footer. ``roll``: the heading of the roll of an attested kind; ``receipt``: what stands on
    the lower part of a transfer sheet, which comes back.
    """

    kind: str
    title: str
    body: str
    conditions: tuple[str, ...]
    number_format: str
    template: str
    footer: str = ""
    seal: str = ""
    status: tuple[str, ...] = ()
    ended_by: tuple[str, ...] = ()
    valid_days: int | None = None
    attested: bool = False
    blank: str = ""
    sheet: Sheet | None = None
    steps: tuple[Step, ...] = ()
    issuers: tuple[Role, ...] = (Role.REGISTRAR, Role.DEPUTY_HEAD)
    archive_before: date | None = None
    electronic_seal: bool = False
    seal_use: str = ""
    sealed_footer: str = ""
    roll: str = ""
    receipt: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    basis: str = ""
    certainty: str = ""

    @property
    def electronic_uses(self) -> tuple[str, ...]:
        """The uses of the electronic seals that it may bear; none where every seal has to be a real one."""
        if not self.electronic_seal:
            return ()
        return tuple(one.use for one in self.sheet.frames if one.use) if self.sheet else (self.seal_use,)

    @property
    def is_card(self) -> bool:
        """Whether it is a card (证件): on a sheet of its own, issued by the school, one at most for a registration."""
        return self.sheet is not None and not self.attested

    @property
    def is_roll(self) -> bool:
        """Whether it lists the pupils of an attested order and is about none of them alone (花名册)."""
        return "attested_order" in self.conditions

    @property
    def for_purpose(self) -> bool:
        """Whether it says what it is for: a card says whose it is, a transfer sheet where the pupil goes."""
        return self.sheet is None and not self.receipt and not self.is_roll


@dataclass(frozen=True, slots=True)
class Round:
    """A reporting round (上报批次).

    ``first``: the opening stock is declared, there is no flow. ``window`` first
    and last day, None for a first round; due dates inclusive.
    """

    code: str
    title: str
    school_year: int
    reference_date: date
    window: tuple[date, date] | None
    school_due: date
    bureau_due: date
    city_school_due: date
    first: bool = False
    basis: str = ""


class NotInRulebook(LookupError):
    """A value that the rulebook in force does not hold; the message says which."""


@dataclass(frozen=True)
class Rulebook:
    """All that is in force on ``day`` in ``district`` (None: the city as such).

    ``version`` is a digest of all values of all layers used; journals store it
    beside each entry. ``schemes`` by subject: registration_number, school_code.
    """

    day: date
    district: str | None
    version: str
    schemes: Mapping[str, Scheme]
    all_schemes: Mapping[str, Scheme]
    calendar: Calendar
    stages: StageSystem
    changes: Mapping[str, ChangeKind]
    fields: FieldCatalogue
    codes: Mapping[str, CodeTable]
    certificates: Mapping[str, CertificateKind]
    seals: Mapping[str, SealUse]
    rounds: Mapping[str, Round]
    yearly_round: Callable[[int], Round]
    regions: Regions
    register_since: date
    settings: Mapping[str, int | str | bool] = field(default_factory=lambda: MappingProxyType({}))
    ledgers: Mapping[str, LedgerKind] = field(default_factory=lambda: MappingProxyType({}))
    reminders: tuple[Reminder, ...] = ()
    final_grade_stops: tuple[FinalGradeStop, ...] = ()
    exits: Mapping[str, ExitRule] = field(default_factory=lambda: MappingProxyType({}))
    statistics: StatisticsRules = field(default_factory=StatisticsRules)
    inspections: InspectionRules = field(default_factory=InspectionRules)
    staffing: StaffingRules = field(default_factory=StaffingRules)
    record_items: RecordItemRules = field(default_factory=RecordItemRules)
    rebuild: Callable[[date, str | None], Rulebook] | None = field(default=None, compare=False, repr=False)

    @cached_property
    def numbers(self) -> Mapping[str, Scheme]:
        """The schemes in force by subject: ``numbers["registration_number"]``."""
        return self.schemes

    def scheme(self, code: str) -> Scheme:
        """A scheme of any time or layer by its code (to read an old number)."""
        try:
            return self.all_schemes[code]
        except KeyError:
            raise NotInRulebook(f"no number scheme {code}") from None

    def change(self, kind: str) -> ChangeKind:
        """A kind of change in force on the date."""
        try:
            return self.changes[kind]
        except KeyError:
            raise NotInRulebook(f"no change {kind} in force on {self.day}") from None

    def round(self, code: str) -> Round:
        """A round by its code: those listed, else the yearly one of that year."""
        if code in self.rounds:
            return self.rounds[code]
        if code.isdecimal() and len(code) == 4:
            return self.yearly_round(int(code))
        raise NotInRulebook(f"no reporting round {code}")

    def school_year(self) -> int:
        """The school year of the rulebook's date."""
        return self.stages.school_year_of(self.day)

    def on(self, day: date) -> Rulebook:
        """The rulebook of another day, same layers and district."""
        if day == self.day:
            return self
        if self.rebuild is None:
            raise NotInRulebook(f"this rulebook is of {self.day} only")
        return self.rebuild(day, self.district)
