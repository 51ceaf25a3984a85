"""版式: which kinds there are and since when; one kind's words and sheet, tried with a sample, decided by the head."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import required_session
from xueji.doors.web.dates import read_day
from xueji.doors.web.files import PDF, attachment
from xueji.doors.web.help import help_for
from xueji.duties.certificates import services
from xueji.duties.certificates.place_words import in_codes, in_words
from xueji.duties.certificates.services import Wanted, templating
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.pure.kernel.sheets import Frame, Place, Sheet
from xueji.pure.kernel.types import Level, Refused, Role

_PLACE = ("x", "y", "width", "size")
_FRAME = ("x", "y", "width", "height")


def index(request: HttpRequest) -> HttpResponse:
    """The kinds, with what this bureau decided of each."""
    session = required_session(request)
    bureau = organisations.by_id(session.actor.organisation)
    rows, decided = [], templating.versions(bureau)
    for kind in templating.offered(bureau):
        found = decided.get(kind.kind, [])
        coming = [one for one in found if one.since > today()]
        now = next((one for one in found if one.since <= today() and (one.until is None or one.until >= today())), None)
        rows.append(
            {
                "title": kind.title,
                "url": reverse("web:certificate-template", args=[kind.kind]),
                "issued_by": "主管教育局验印" if kind.attested else "学校出具",
                "now": f"本局版式，{now.since.isoformat()} 起" if now else "规则册的版式",
                "coming": f"{coming[-1].since.isoformat()} 起用新版式" if coming else "",
            }
        )
    context = {"sub": session.organisation_name, "rows": rows, "help": help_for("templates")}
    return render(request, "certificates/templates.html", context)


def one(request: HttpRequest, kind: str) -> HttpResponse:
    """GET: the form. POST ``preview``: the sample as a PDF; ``decide``: in force from the day."""
    session = required_session(request)
    actor = session.actor
    bureau = organisations.by_id(actor.organisation)
    known = next((one for one in templating.offered(bureau) if one.kind == kind), None)
    if known is None:
        raise Http404
    district = bureau.level == Level.DISTRICT
    note = templating.note_of(bureau, kind)
    refused: Refused | None = None
    if request.method == "POST":
        try:
            wanted = _wanted(request.POST, known, district=district, note=note)
            if request.POST.get("what") != "decide":
                pdf = services.preview(actor=actor, kind=kind, wanted=wanted)
                return attachment(f"{known.title}-样张.pdf", pdf, PDF, inline=True)
            day = read_day(request.POST.get("starts_on", ""))
            if day is None:
                raise Refused("template.day", "起用日期请按 20090901 的样子填写。", "")
            services.decide_template(
                actor=actor, kind=kind, wanted=wanted, starts_on=day, basis=request.POST.get("basis", "")
            )
            messages.success(request, f"{known.title}的新版式从 {day.isoformat()} 起用。", extra_tags="done")
            return redirect("web:certificate-template", kind)
        except Refused as error:
            refused = error
    typed = request.POST
    context: dict[str, Any] = {
        "kind": known,
        "district": district,
        "body": typed.get("body", in_words(known.body)),
        "footer": typed.get("footer", in_words(known.footer)),
        "seal": typed.get("seal", known.seal),
        "receipt": typed.get("receipt", in_words(known.receipt)),
        "note": typed.get("note", note),
        "may_decide": actor.role is Role.HEAD,
        "starts_on": typed.get("starts_on", ""),
        "basis": typed.get("basis", ""),
        "sheet": _shown(known.sheet, typed) if known.sheet else None,
        "versions": templating.versions(bureau).get(kind, []),
        "refused": refused,
        "help": help_for("templates"),
    }
    return render(request, "certificates/template.html", context, status=409 if refused else 200)


def _wanted(typed: QueryDict, kind: CertificateKind, *, district: bool, note: str) -> Wanted:
    """What differs from what is in force; the rest stays."""

    def words(key: str, before: str) -> str | None:
        text = in_codes("".join(typed.get(key, in_words(before)).splitlines()).strip())
        return None if text == before else text

    sheet = _moved(kind.sheet, typed) if kind.sheet else None
    sheet = None if sheet == kind.sheet else sheet
    if district:
        return Wanted(note=words("note", note), sheet=sheet)
    return Wanted(
        words("body", kind.body), words("footer", kind.footer), words("seal", kind.seal), None, sheet,
        words("receipt", kind.receipt),
    )  # fmt: skip


def _moved(sheet: Sheet, typed: QueryDict) -> Sheet:
    """The sheet with the numbers and labels of the form."""
    places = tuple(
        replace(one, **_numbers(typed, f"place-{number}", one, _PLACE)) for number, one in enumerate(sheet.places)
    )
    frames = tuple(
        replace(
            one,
            label=typed.get(f"frame-{number}-label", one.label).strip(),
            **_numbers(typed, f"frame-{number}", one, _FRAME),
        )
        for number, one in enumerate(sheet.frames)
    )
    return replace(
        sheet,
        places=places,
        frames=frames,
        code_x=_number(typed, "code-x", sheet.code_x),
        code_y=_number(typed, "code-y", sheet.code_y),
        code_size=_number(typed, "code-size", sheet.code_size),
    )


def _numbers(typed: QueryDict, stem: str, before: Place | Frame, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: _number(typed, f"{stem}-{name}", getattr(before, name)) for name in names}


def _number(typed: QueryDict, name: str, before: float) -> float:
    text = typed.get(name, "").strip()
    if not text:
        return before
    try:
        return float(text)
    except ValueError:
        raise Refused("template.number", f"版面的位置请写毫米数，例如 12.5；现在写的是“{text[:20]}”。", "") from None


def _shown(sheet: Sheet, typed: QueryDict) -> dict[str, Any]:
    """The places and frames of the form, as typed."""

    def cells(stem: str, item: Any, names: tuple[str, ...]) -> list[dict[str, str]]:
        return [
            {"name": f"{stem}-{name}", "value": typed.get(f"{stem}-{name}", f"{getattr(item, name):g}")}
            for name in names
        ]

    return {
        "width": f"{sheet.width:g}",
        "height": f"{sheet.height:g}",
        "code": [
            {"name": f"code-{name}", "value": typed.get(f"code-{name}", f"{getattr(sheet, f'code_{name}'):g}")}
            for name in ("x", "y", "size")
        ],
        "places": [
            {"text": in_words(one.text), "preprinted": one.preprinted, "cells": cells(f"place-{number}", one, _PLACE)}
            for number, one in enumerate(sheet.places)
            if one.text
        ],
        "frames": [
            {
                "name": f"frame-{number}-label",
                "label": typed.get(f"frame-{number}-label", one.label),
                "cells": cells(f"frame-{number}", one, _FRAME),
            }
            for number, one in enumerate(sheet.frames)
        ],
    }
