"""One pupil's form: the same rules, the same lodging, another source."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from xueji.doors.web.changes.forms import from_paper, paper_fields
from xueji.doors.web.changes.new import stored_papers
from xueji.doors.web.help import help_for
from xueji.doors.web.intake.words import KIND_TITLES, school_actor
from xueji.doors.web.names import uuid_of
from xueji.duties.dossiers import taking
from xueji.ground.documents import selectors as documents
from xueji.ground.documents.selectors import DocumentInfo
from xueji.pure.kernel.catalogue import Column, FieldType
from xueji.pure.kernel.rulebook import ChangeKind
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.pure.rules import RuleContext
from xueji.registry.intake import services
from xueji.registry.intake.checking import Found
from xueji.registry.intake.facts import context_for
from xueji.registry.intake.headers import columns_of
from xueji.registry.intake.limits import APPLICATION_KINDS
from xueji.registry.intake.types import LodgeOutcome


def form(request: HttpRequest) -> HttpResponse:
    """The form; what was typed comes back with every finding at its field and listed on top."""
    actor = school_actor(request)
    if actor.role is not Role.REGISTRAR:
        raise Http404
    kind = request.POST.get("kind") or request.GET.get("kind") or "entrants"
    if kind not in KIND_TITLES:
        raise Http404
    rules = context_for(actor.organisation, kind)
    refused: Refused | None = None
    findings: tuple[Found, ...] = ()
    if request.method == "POST" and "dossier_file" in request.FILES:
        return _filled(request, actor, rules)
    if request.method == "POST":
        try:
            outcome = _lodge(request, actor, rules, kind)
            if outcome.application is not None:
                messages.success(request, "已提交。下一步由校对员校对。", extra_tags="done")
                return redirect("web:application", outcome.application)
            findings = outcome.findings
        except Refused as error:
            refused = error
    context = _context(request.POST, rules, kind, findings, refused)
    kept = _kept_dossier(request)
    if kept is not None:
        context["dossier"] = {"id": kept.id, "name": kept.name}
    return render(request, "intake/one.html", context)


def _kept_dossier(request: HttpRequest) -> DocumentInfo | None:
    """The dossier with which the form was filled before."""
    wanted = uuid_of(request.POST.get("dossier", ""))
    return documents.document(wanted) if wanted else None


def _filled(request: HttpRequest, actor: Actor, rules: RuleContext) -> HttpResponse:
    """The form of 外地转入 filled with a signed dossier; the dossier is kept as the sheet of the other side."""
    file = request.FILES.get("dossier_file")
    assert file is not None
    typed = QueryDict(mutable=True)
    context: dict[str, Any] = {}
    refused: Refused | None = None
    try:
        codes = [column.code for column in columns_of(rules.catalogue, taking.INTO_CITY)]
        incoming = taking.read_in(file.read(), file.name or "", columns=codes)
        taking.require_from_outside(incoming.origin)
        kept = taking.keep(actor=actor, incoming=incoming)
        typed.update(incoming.values)
        context = {"dossier": {"id": kept.id, "name": kept.name, "origin": incoming.origin}}
    except Refused as error:
        refused = error
    shown = _context(typed, rules, taking.INTO_CITY, (), refused) | context
    return render(request, "intake/one.html", shown, status=409 if refused else 200)


def _lodge(request: HttpRequest, actor: Actor, rules: RuleContext, kind: str) -> LodgeOutcome:
    """Lodge with the papers that came along; where a rule speaks against it nothing of them is kept."""
    change = rules.rulebook.change(APPLICATION_KINDS[kind])
    files = {f"paper_{paper.key}": request.FILES.get(f"paper_{paper.key}") for paper in change.evidence}
    dossier = _kept_dossier(request)
    with transaction.atomic():
        evidence = stored_papers(actor, change, files)
        if dossier is not None:
            evidence = [(taking.SHEET, dossier.id), *(one for one in evidence if one[0] != taking.SHEET)]
        outcome = services.lodge_pupil(
            actor=actor,
            school=actor.organisation,
            kind=kind,
            values=_typed(request, rules, kind),
            evidence=evidence,
            **from_paper(request.POST),
        )
        if outcome.application is None:
            transaction.set_rollback(True)
    return outcome


def _typed(request: HttpRequest, rules: RuleContext, kind: str) -> dict[str, str]:
    return typed_values(rules, kind, request.POST)


def typed_values(rules: RuleContext, kind: str, typed: QueryDict) -> dict[str, str]:
    """What was typed into the fields of a form, empty ones left out."""
    found = {column.code: typed.get(column.code, "") for column in columns_of(rules.catalogue, kind)}
    return {code: value for code, value in found.items() if value.strip()}


def _context(
    typed: QueryDict,
    rules: RuleContext,
    kind: str,
    findings: tuple[Found, ...],
    refused: Refused | None,
) -> dict[str, Any]:
    change = rules.rulebook.change(APPLICATION_KINDS[kind])
    return {
        "kind": kind,
        "kinds": list(KIND_TITLES.items()),
        **fields_shown(rules, kind, typed, findings),
        "papers": change.evidence,
        "paper_entry": from_paper_shown(change, typed),
        "sheet": taking.SHEET,
        "takes_dossiers": kind == taking.INTO_CITY,
        "refused": refused,
        "help": help_for("one"),
    }


def from_paper_shown(change: ChangeKind, typed: QueryDict) -> list[dict[str, Any]]:
    """The fields of 补录 with what was typed; none where the rulebook knows it not of the kind."""
    if not change.paper_entry:
        return []
    return [
        {"name": name, "label": field.label, "hint": field.help_text, "value": typed.get(name, "")}
        for name, field in paper_fields().items()
    ]


def fields_shown(
    rules: RuleContext,
    kind: str,
    typed: QueryDict,
    findings: tuple[Found, ...],
    without: Collection[str] = (),
) -> dict[str, Any]:
    """The fields of one pupil's form by section as typed, each with what was found wrong; all of it on top too."""
    errors: dict[str, list[str]] = {}
    problems = []
    for one in findings:
        if one.severity != "error":
            continue
        field = one.fields[0] if one.fields else ""
        errors.setdefault(field, []).append(one.message)
        label = rules.catalogue[field].label if field in rules.catalogue else ""
        problems.append({"field": field, "label": label, "text": one.message})
    sections: dict[str, list[dict[str, Any]]] = {}
    columns = [one for one in columns_of(rules.catalogue, kind) if one.code not in without]
    first = rules.catalogue["name"].field.section
    # Who it is first; each guardian's fields together.
    for column in sorted(columns, key=lambda one: (one.field.section != first, one.index or 0)):
        shown = _field(column, rules, typed.get(column.code, ""), errors.get(column.code, []))
        title = f"{column.field.section}（{column.index}）" if column.index else column.field.section
        sections.setdefault(title, []).append(shown)
    return {
        "sections": [{"title": title, "fields": fields} for title, fields in sections.items()],
        "problems": problems,
    }


def _field(column: Column, rules: RuleContext, value: str, errors: list[str]) -> dict[str, Any]:
    table = rules.rulebook.codes.get(column.field.code_table or "")
    if table:
        options = list(table.names)
    else:
        options = ["是", "否"] if column.field.type is FieldType.BOOLEAN else []
    example = f"例如：{column.field.example}" if column.field.example else ""
    return {
        "code": column.code,
        "label": column.label,
        "required": column.required.always,
        "value": value,
        "options": options,
        "is_date": column.field.type is FieldType.DATE,
        "errors": errors,
        "hint": column.field.help or example,
    }
