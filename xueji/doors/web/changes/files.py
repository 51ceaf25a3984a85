"""变动 › 全部: every file of the jurisdiction, decided or not, found by kind, state, school, day, number or pupil.

Conditions stand in the address, since they name nobody; what was typed to find a pupil is posted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import actor_of, required_session
from xueji.doors.web.changes.tabs import tabs_of
from xueji.doors.web.changes.words import ACT_WORDS, CASE_COLOURS
from xueji.doors.web.dates import read_day
from xueji.doors.web.due import due_state, due_words
from xueji.doors.web.errors import forbidden
from xueji.doors.web.exports import ExportPage, export_page
from xueji.doors.web.files import workbook
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import PAGE_SIZE, Chip, CountedPage, Filter, asked, chosen, page_number
from xueji.doors.web.matters import matter_titles, matter_url
from xueji.doors.web.names import in_reach, organisation_names
from xueji.doors.web.places import ROLE_NAMES
from xueji.doors.web.shell import know_waiting
from xueji.ground.disclosure.services import ground_for
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level, Refused, Role
from xueji.registry.applications.file_lists import FILES, ask_for_files
from xueji.registry.applications.files import QUERY, FileRow, WantedFiles, files, pupils_of
from xueji.registry.cases import selectors as cases
from xueji.registry.cases.models import CaseState
from xueji.registry.register.services.exporting import conditions_of, open_export

_DAYS = (("first", "提出日期从"), ("last", "到"))
_PAGE = ExportPage("web:files-export-of", "web:files-export-file", (("web:files", "变动 · 全部"),), "件")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address or the posted form asks for; ``unread``: days that cannot be read, as they were typed."""

    filters: tuple[Filter, ...]
    typed: dict[str, str]
    wanted: WantedFiles
    unread: tuple[str, ...]

    @property
    def values(self) -> dict[str, str]:
        """The conditions that name nobody, as an address holds them."""
        found = {one.name: one.value for one in self.filters} | self.typed
        return {name: value for name, value in found.items() if value}

    def chips(self, path: str) -> list[Chip]:
        """One chip for each condition in force, which takes it off."""
        words = {one.name: f"{one.label}：{one.words}" for one in self.filters}
        words |= {name: f"{label} {self.typed[name]}" for name, label in (("first", "自"), ("last", "至"))}
        return [
            Chip(words[name], f"{path}?{urlencode({key: value for key, value in self.values.items() if key != name})}")
            for name in self.values
        ]


def _asked_for(request: HttpRequest, actor: Actor) -> Asked:
    kinds = matter_titles(parameters.rulebook(today()))
    made = [chosen(request, "kind", "事项", list(kinds.items())), chosen(request, "state", "状态", CaseState.choices)]
    if actor.level is not Level.SCHOOL:
        schools = sorted(in_reach(actor).names.items(), key=lambda one: one[1])
        made.append(chosen(request, "school", "学校", [(str(key), name) for key, name in schools]))
    typed, days, unread = {}, dict[str, date | None](), []
    for name, _ in _DAYS:
        text = " ".join(asked(request).get(name, "").split())[:20]
        days[name] = read_day(text) if text else None
        typed[name] = day.isoformat() if (day := days[name]) else text
        unread += [text] if text and not days[name] else []
    values = {one.name: one.value for one in made}
    school = values.get("school", "")
    query = " ".join(request.POST.get("q", "").split())[:QUERY]
    wanted = WantedFiles(
        values["kind"], values["state"], UUID(school) if school else None, days["first"], days["last"], query
    )
    return Asked(tuple(made), typed, wanted, tuple(unread))


def listing(request: HttpRequest) -> HttpResponse:
    """The list, fifty a page, the last lodged first; a search is posted and goes on being posted from page to page."""
    session = required_session(request)
    actor = session.actor
    found_for = _asked_for(request, actor)
    here = reverse("web:files")
    query = found_for.wanted.query
    if request.method == "POST" and not query:
        return redirect(f"{here}?{urlencode(found_for.values)}")
    tally = cases.tally(actor, stage=session.stage)
    know_waiting(request, cases.waiting_of(actor, tally))
    number = page_number(request)
    found = files(actor, found_for.wanted, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    if not found.rows and number > 1:
        number = max(1, -(-found.total // PAGE_SIZE))
        found = files(actor, found_for.wanted, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    rows = _rows(found.rows)
    narrowed = bool(found_for.values or query)
    which = "符合条件的申请" if narrowed else "全部申请，办结的也在内"
    context: dict[str, Any] = {
        "heading": "变动 · 全部",
        "sub": f"{session.organisation_name} · {which}，共 {found.total:,} 件",
        "tabs": tabs_of(session, tally, "all"),
        "filters": found_for.filters,
        "typed": [{"name": name, "label": label, "value": found_for.typed[name]} for name, label in _DAYS],
        "unread": found_for.unread,
        "query": query,
        "chips": found_for.chips(here) if not query else [],
        "narrowed": narrowed,
        "rows": rows,
        "page": CountedPage(rows, number, max(found.total, 1)),
        "may_lodge": actor.role is Role.REGISTRAR,
        "help": help_for("files"),
    }
    return render(request, "changes/files.html", context)


def _rows(found: tuple[FileRow, ...]) -> list[dict[str, Any]]:
    titles = matter_titles(parameters.rulebook(today()))
    pupils = pupils_of(found)
    names = organisation_names(one for row in found for one in (row.applicant, row.other_school, row.organisation))
    return [
        {
            "url": matter_url(row.kind, row.subject),
            "title": " · ".join(
                filter(None, (_title(row, titles), pupils.get(row.student, "") if row.student else ""))
            ),
            "file_numbers": row.file_numbers.split("、") if row.file_numbers else (),
            "school": names.get(row.applicant, ""),
            "other": names.get(row.other_school, "") if row.other_school else "",
            "opened_on": row.opened_on,
            "closed_on": row.closed_on,
            **_standing(row, names),
        }
        for row in found
    ]


def _title(row: FileRow, titles: dict[str, str]) -> str:
    title = titles.get(row.kind, row.label)
    return f"{title}（{row.rows:,} 人）" if row.rows > 1 and row.kind != "promotion" else title


def _standing(row: FileRow, names: dict[UUID, str]) -> dict[str, str]:
    """How it ended, or whose turn it is since when and until when."""
    if row.organisation is None or not row.role:
        return {"state": CASE_COLOURS.get(row.state, "progress"), "state_text": str(CaseState(row.state).label)}
    act = row.step_title or ACT_WORDS.get(row.act, "办理")
    due = f"，{due_words(row.due_on)}" if row.due_on else ""
    return {
        "state": due_state(row.due_on),
        "state_text": f"待{act}{due}",
        "holder": f"{names.get(row.organisation, '')} · {ROLE_NAMES[Role(row.role)]}",
    }


@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Ask for the list that was shown, with the conditions that stood above it."""
    actor = actor_of(request)
    found_for = _asked_for(request, actor)
    try:
        ground = ground_for(request.POST.get("ground", ""))
        made = ask_for_files(actor=actor, wanted=found_for.wanted, ground=ground)
    except Refused as refused:
        return forbidden(request, sentence=refused.message)
    return redirect("web:files-export-of", made)


def _of_this_list(export: UUID) -> None:
    """404 for another's export and for one of another room."""
    if conditions_of(export).get("list") != FILES:
        raise Http404


def status(request: HttpRequest, export: UUID) -> HttpResponse:
    """How far it is; the file when it is there."""
    _of_this_list(export)
    return export_page(request, export, _PAGE, title="申请一览")


def file(request: HttpRequest, export: UUID) -> HttpResponse:
    """The workbook."""
    _of_this_list(export)
    try:
        return workbook(f"申请一览-{today().isoformat()}.xlsx", open_export(export))
    except Refused:
        raise Http404 from None
