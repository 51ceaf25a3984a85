"""From layers to the frozen view of one day and one district (``kernel.rulebook.Rulebook``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, cast

from xueji.pure.kernel.catalogue import FieldCatalogue
from xueji.pure.kernel.codes import CodeTable
from xueji.pure.kernel.inspections import InspectionRules
from xueji.pure.kernel.numbers import Scheme
from xueji.pure.kernel.record_items import RecordItemRules
from xueji.pure.kernel.rulebook import CertificateKind, NotInRulebook, Rulebook
from xueji.pure.kernel.staffing import StaffingRules
from xueji.pure.kernel.statistics import StatisticsRules
from xueji.pure.kernel.terms import TermRules

from .inspection_views import inspections_view
from .layering import merge
from .ledger_views import ledger_view, reminder_view
from .loader import Layers, load_layers
from .record_item_views import record_items_view
from .schema.base import Part
from .schema.calendar import HolidaysFile
from .schema.codes import CodesFile
from .schema.numbers import NumbersFile
from .schema.record_items import RecordItemsFile
from .schema.returns import ReturnsFile
from .schema.statistics import StatisticsFile
from .schema.templates import TemplatesFile
from .staffing_views import staffing_view
from .statistics_views import statistics_view
from .term_views import term_rules_view
from .views import (
    YearlyRounds,
    calendar_view,
    certificate_view,
    change_view,
    code_tables_view,
    exit_view,
    field_view,
    final_grade_stop_view,
    full_scheme,
    regions_view,
    return_days_view,
    round_view,
    scheme_view,
    seal_view,
    stages_view,
    with_template,
)

DIVISION_TABLE = "division"


@dataclass
class RulebookSource:
    """Builds rulebooks from layers; keeps those built, one a (day with a change of value, district)."""

    layers: Layers
    _views: dict[tuple[date, str | None], Rulebook] = field(default_factory=dict)
    _tables: dict[str | None, Mapping[str, tuple[CodeTable, ...]]] = field(default_factory=dict)
    _turns: tuple[date, ...] = ()

    def __post_init__(self) -> None:
        self._turns = tuple(sorted(_turning_days(self.layers)))

    def rulebook(self, day: date, district: str | None = None) -> Rulebook:
        """The rulebook in force on a day; before the first one, the first one serves.

        (Who asks for a day before the register began must be told since when it exists, not that
        there was no rulebook.) NotInRulebook where a needed part is missing.
        """
        valid_on = max(day, self._turns[0]) if self._turns else day
        since = max((turn for turn in self._turns if turn <= valid_on), default=date.min)
        if not any(layer.head.layer == "district" and layer.head.division == district for layer in self.layers.layers):
            district_key = None
        else:
            district_key = district
        view = self._views.get((since, district_key))
        if view is None:
            view = self._views[(since, district_key)] = self._build(valid_on, district_key)
        if view.day == day and view.district == district:
            return view
        values = {name: getattr(view, name) for name in view.__dataclass_fields__}
        return Rulebook(**(values | {"day": day, "district": district}))

    def _parts(self, name: str, district: str | None) -> list[Part]:
        return [layer.parts[name] for layer in self.layers.chain(district) if name in layer.parts]

    def _build(self, day: date, district: str | None) -> Rulebook:
        days = return_days_view(self._on(day, "calendar", district, "return_days"))
        calendar = calendar_view(days, cast(HolidaysFile, self._whole("holidays", district)))
        calendar = replace(calendar, terms=self._terms(day, district))
        returns = cast(ReturnsFile, self._whole("returns", district))
        stages = stages_view(self._on(day, "calendar", district, "stages"))
        if returns.register_since is None:
            raise NotInRulebook("returns.yaml: register_since")
        if district not in self._tables:
            self._tables[district] = code_tables_view(cast(CodesFile, self._whole("codes", district)))
        tables = {
            name: table
            for name, editions in self._tables[district].items()
            for table in editions
            if _valid(table.valid_from, table.valid_to, day)
        }
        stops = tuple(map(final_grade_stop_view, self._on(day, "changes", district, "final_grade_stops")))
        kinds = [change_view(one, stops) for one in self._on(day, "changes", district, "changes")]
        return Rulebook(
            day=day,
            district=district,
            version=self.layers.version,
            schemes=self._schemes(day, district),
            all_schemes=self._all_schemes(),
            calendar=calendar,
            stages=stages,
            changes={one.kind: one for one in kinds},
            final_grade_stops=stops,
            fields=FieldCatalogue(tuple(map(field_view, self._on(day, "fields", district, "fields")))),
            codes=tables,
            certificates=self._certificates(day, district),
            seals={one.kind: seal_view(one) for one in self._on(day, "certificates", district, "seals")},
            rounds={r.code: round_view(r) for r in returns.rounds},
            yearly_round=YearlyRounds(returns, calendar, stages),
            exits={one.exit: exit_view(one) for one in self._on(day, "returns", district, "exits")},
            regions=regions_view(tables.get(DIVISION_TABLE)),
            register_since=returns.register_since,
            ledgers={one.ledger: ledger_view(one) for one in self._some(day, "ledgers", district)},
            reminders=tuple(map(reminder_view, self._some(day, "reminders", district))),
            statistics=self._statistics(day, district),
            inspections=self._inspections(day, district),
            staffing=self._staffing(day, district),
            record_items=self._record_items(day, district),
            settings={item.code: item.value for item in self._on(day, "fields", district, "limits")},
            rebuild=self.rulebook,
        )

    def _certificates(self, day: date, district: str | None) -> dict[str, CertificateKind]:
        """The kinds, each as the bureaus changed its words and sheet (``templates``), the city's bureau first."""
        found = {c.kind: c for c in map(certificate_view, self._on(day, "certificates", district, "certificates"))}
        for layer in self.layers.chain(district):
            part = cast(TemplatesFile | None, layer.parts.get("templates"))
            for one in (part.templates if part else None) or ():
                if one.kind in found and _valid(one.valid_from, one.valid_to, day):
                    found[one.kind] = with_template(found[one.kind], one, adds=layer.head.layer == "district")
        return found

    def _whole(self, name: str, district: str | None) -> Part:
        """A part of all layers, whatever its dates."""
        return self._merge(self._parts(name, district), name)

    def _some(self, day: date, name: str, district: str | None) -> list[Any]:
        """The items of a part that a rulebook may lack (its list bears the part's name)."""
        return self._on(day, name, district, name) if self._parts(name, district) else []

    def _on(self, day: date, name: str, district: str | None, key: str) -> list[Any]:
        """The items of a list in force on a day, each as the layers together say."""
        items = getattr(self._whole(name, district), key) or ()
        found: dict[tuple[Any, ...], Any] = {}
        for item in items:
            if _valid(item.valid_from, item.valid_to, day):
                found[item.who()] = item  # a lower layer's view of an item comes after the upper one's
        return list(found.values())

    def _statistics(self, day: date, district: str | None) -> StatisticsRules:
        """Definitions and ratios in force; empty where no layer has the part."""
        if not self._parts("statistics", district):
            return StatisticsRules()
        bands = cast(StatisticsFile, self._whole("statistics", district)).class_size_bands
        definitions, ratios, ages, populations = (
            self._on(day, "statistics", district, key) for key in ("definitions", "ratios", "age_groups", "populations")
        )
        return statistics_view(definitions, ratios, bands, ages, populations)

    def _inspections(self, day: date, district: str | None) -> InspectionRules:
        """Regular checks in force; empty where no layer has the part."""
        if not self._parts("inspections", district):
            return InspectionRules()
        keys = ("own_checks", "corrections", "sampling", "risks", "checklists")
        return inspections_view(*(self._on(day, "inspections", district, key) for key in keys))

    def _staffing(self, day: date, district: str | None) -> StaffingRules:
        """Trainings, filings and undertakings in force; empty where no layer has the part."""
        if not self._parts("staffing", district):
            return StaffingRules()
        keys = ("training", "no_lock", "limits", "filings", "regime", "undertakings")
        return staffing_view(*(self._on(day, "staffing", district, key) for key in keys))

    def _record_items(self, day: date, district: str | None) -> RecordItemRules:
        """Record items in force, and of any time (to read an old one); empty where no layer has the part."""
        if not self._parts("record_items", district):
            return RecordItemRules()
        whole = cast(RecordItemsFile, self._whole("record_items", district))
        return record_items_view(whole.sections, self._on(day, "record_items", district, "kinds"), whole.kinds)

    def _terms(self, day: date, district: str | None) -> TermRules:
        return term_rules_view(
            *(self._on(day, "calendar", district, key) for key in ("terms", "no_show_ends", "contact_ways"))
        )

    @staticmethod
    def _merge(parts: list[Part], name: str) -> Part:
        if not parts:
            raise NotInRulebook(f"{name}.yaml")
        merged = parts[0]
        for lower in parts[1:]:
            merged = merge(merged, lower, (), _already_checked)
        return merged

    def _schemes(self, day: date, district: str | None) -> Mapping[str, Scheme]:
        """By subject; the nearest layer that has one in force decides."""
        found: dict[str, Scheme] = {}
        for layer in self.layers.chain(district):
            part = cast(NumbersFile | None, layer.parts.get("numbers"))
            for scheme in (part.schemes if part else None) or ():
                if _valid(scheme.valid_from, scheme.valid_to, day):
                    found[scheme.subject] = scheme_view(full_scheme(scheme), layer.head.code)
        return found

    def _all_schemes(self) -> Mapping[str, Scheme]:
        found: dict[str, Scheme] = {}
        for layer in self.layers.layers:
            part = cast(NumbersFile | None, layer.parts.get("numbers"))
            for scheme in (part.schemes if part else None) or ():
                found[scheme.code] = scheme_view(full_scheme(scheme), layer.head.code)
        return found


@cache
def _source_of_files(folder: Path | None, city: str | None) -> RulebookSource:
    return RulebookSource(load_layers(folder, city))


def rulebook_from_files(
    day: date, district: str | None = None, folder: Path | None = None, city: str | None = None
) -> Rulebook:
    """The rulebook as the files say, without a database (tests, ``xueji rulebook check``); ``city`` names its layer."""
    return _source_of_files(folder, city).rulebook(day, district)


def _already_checked(at: object, message: str) -> None:
    """Faults were reported when the layers were loaded."""


def _valid(first: date | None, last: date | None, day: date) -> bool:
    return (first is None or first <= day) and (last is None or day <= last)


def _turning_days(layers: Layers) -> set[date]:
    """Days on which a value of any layer begins, or the day after one ends."""
    found: set[date] = set()

    def walk(value: Any) -> None:
        if isinstance(value, Part):
            first, last = getattr(value, "valid_from", None), getattr(value, "valid_to", None)
            if first:
                found.add(first)
            if last and last != date.max:
                found.add(date.fromordinal(last.toordinal() + 1))
            for name in type(value).model_fields:
                if name != "rows":
                    walk(getattr(value, name))
        elif isinstance(value, tuple) and value and isinstance(value[0], Part):
            for item in value:
                walk(item)

    for layer in layers.layers:
        for part in layer.parts.values():
            walk(part)
    return found
