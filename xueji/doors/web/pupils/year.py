"""What the pages of the year's turn share: who looks, over which schools, at which school year; a plain workbook."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import xlsxwriter
from django.http import Http404, HttpRequest, HttpResponse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.files import workbook
from xueji.doors.web.names import organisation_names
from xueji.doors.web.places import BUREAU_POSTS, SCHOOL_POSTS
from xueji.ground.disclosure import services as disclosure
from xueji.ground.disclosure.models import DisclosureKind
from xueji.ground.disclosure.services import ground_for
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Actor, Level
from xueji.pure.procedures.effective import opens_on
from xueji.registry.applications import selectors as applications
from xueji.registry.applications.models import ApplicationState
from xueji.registry.applications.previews import schools_in
from xueji.registry.applications.types import ApplicationView

SCHOOLS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Year:
    """Who looks at the turn of the year, and over which schools."""

    actor: Actor
    book: Rulebook
    schools: tuple[UUID, ...]

    @property
    def is_school(self) -> bool:
        return self.actor.level is Level.SCHOOL


def year_of(request: HttpRequest, *, bureaus: bool = True) -> Year:
    """The request's post with its schools; 404 for posts that have none."""
    actor = actor_of(request)
    posts = SCHOOL_POSTS if actor.level is Level.SCHOOL else BUREAU_POSTS
    if actor.role not in posts or (actor.level is not Level.SCHOOL and not bureaus):
        raise Http404
    return Year(actor, parameters.rulebook(today()), tuple(schools_in(actor.organisation)))


def turning_into(book: Rulebook) -> int:
    """The school year into which cohorts go up: the coming one once the rulebook lets it be confirmed."""
    opens = opens_on(book.change("promotion"), today().year)
    return today().year if opens is not None and opens <= today() else book.school_year()


def under_way(actor: Actor, kind: str) -> list[ApplicationView]:
    """The school's own applications of a kind that are in hand."""
    found = applications.applications([actor.organisation], kinds=[kind], states=ApplicationState.under_way())
    return [one for one in found if one.school == actor.organisation]


def names_of(schools: Iterable[UUID]) -> dict[UUID, str]:
    """School names by id."""
    return organisation_names(set(schools))


def log_export(actor: Actor, name: str, students: Iterable[UUID]) -> None:
    """Log that a list was taken out."""
    disclosure.log(actor=actor, kind=DisclosureKind.EXPORT, subjects=students, ground=ground_for(f"下载{name}"))


def sheet(
    actor: Actor, name: str, headers: Sequence[str], rows: Sequence[Sequence[str]], students: Iterable[UUID]
) -> HttpResponse:
    """A list of pupils as .xlsx, logged as an export; numbers are texts."""
    log_export(actor, name, students)
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_numbers": False}) as made:
        page = made.add_worksheet("名单")
        head = made.add_format({"bold": True, "bg_color": "#E8F0F8", "border": 1})
        text = made.add_format({"num_format": "@"})
        for column, label in enumerate(headers):
            page.write_string(0, column, label, head)
            widest = max([len(label), *(len(row[column]) for row in rows)])
            page.set_column(column, column, min(40, max(10, widest * 1.6)), text)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                page.write_string(number, column, value, text)
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, max(1, len(rows)), len(headers) - 1)
    return workbook(f"{name}-{today().isoformat()}.xlsx", buffer.getvalue())
