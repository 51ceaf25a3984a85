"""Of which year, district and school a page of ledgers is: the filters above each of them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest

from xueji.doors.web.actors import actor_of
from xueji.doors.web.lists import Filter, chosen
from xueji.duties.ledgers.scope import Scope, school_years, scope_of
from xueji.duties.ledgers.services import LedgerRequest
from xueji.pure.kernel.school_year import school_year_name
from xueji.pure.kernel.types import Actor, Level, Refused


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters with their values, and the scope that they leave."""

    actor: Actor
    filters: list[Filter]
    scope: Scope
    school: UUID | None
    bureau: UUID | None

    def request(self, ledger: str, file_format: str = "xlsx") -> LedgerRequest:
        """What a file of this page is asked for with."""
        return LedgerRequest(ledger, self.scope.school_year, _text(self.school), _text(self.bureau), file_format)

    def query(self, **changed: str) -> str:
        """The conditions as an address's query, some changed ('' takes one off)."""
        values = {one.name: one.value for one in self.filters} | changed
        return urlencode({name: value for name, value in values.items() if value})


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None


def asked_for(request: HttpRequest) -> Asked:
    """What the address (or the posted form) asks for; a choice that does not exist counts as none."""
    actor = actor_of(request)
    years = [(str(year), f"{school_year_name(year)} 学年") for year in school_years()]
    year = chosen(request, "year", "学年", years)
    if not year.value:
        year = Filter(year.name, year.label, year.options, years[0][0])
    filters = [year]
    try:
        whole = scope_of(actor, int(year.value))
        school: UUID | None = None
        bureau: UUID | None = None
        if actor.level is Level.CITY:
            filters.append(chosen(request, "bureau", "区县", [(str(key), name) for key, name in whole.bureaus.items()]))
            bureau = UUID(filters[-1].value) if filters[-1].value else None
        if actor.level is not Level.SCHOOL:
            schools = {key: name for key, name in whole.schools.items() if bureau in (None, whole.bureau_of.get(key))}
            filters.append(chosen(request, "school", "学校", [(str(key), name) for key, name in schools.items()]))
            school = UUID(filters[-1].value) if filters[-1].value else None
        return Asked(actor, filters, scope_of(actor, int(year.value), school=school, bureau=bureau), school, bureau)
    except Refused as refused:
        raise Http404(refused.message) from None
