"""The printed papers: form of any kind, acceptance slip (受理回执), list of papers (一次性告知书), letter."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any
from uuid import UUID

from xueji.ground.accounts import selectors as accounts
from xueji.ground.organisations import selectors as organisations
from xueji.ground.typesetting import MissingGlyph, chinese_date, qr_svg, typeset
from xueji.pure.kernel.masking import mask
from xueji.pure.kernel.rulebook import ChangeKind, Rulebook
from xueji.pure.kernel.types import Refused
from xueji.registry.applications.letters import letter_of
from xueji.registry.applications.papers import facts
from xueji.registry.applications.papers.answers import answers
from xueji.registry.applications.papers.codes import PaperCode, receipt_number
from xueji.registry.applications.papers.corrected import corrected
from xueji.registry.applications.papers.selectors import Wanting, wanting
from xueji.registry.applications.types import ApplicationView

TEMPLATES = Path(__file__).parent / "templates"
GENERIC = "change_form"
#: What the rulebook calls the form of acts on schools and districts.
REORGANISATION = "reorganisation"


def form(
    change: ChangeKind,
    book: Rulebook,
    *,
    school: UUID,
    view: ApplicationView | None = None,
    student: UUID | None = None,
    given: Collection[str] = (),
) -> bytes:
    """The application form of a kind as PDF: of an application, prefilled for a pupil, or blank.

    ``given``: keys of the papers that are there. The template is the one that the kind's ``form`` names, else the
    generic one. Raises ``Refused`` ``paper.glyph`` where no font holds a character, ``form_none`` for an act on schools
    or districts: it is about no pupil, and its document takes the place of an application.
    """
    if change.form == REORGANISATION:
        message = f"{change.title}由教育局凭批文办理，没有申请表。情况表在“管理 › 机构调整”里打印。"
        raise Refused("form_none", message, change.basis)
    code = PaperCode(view.id if view else None, None if view else student, "" if view else change.kind)
    about, claim = view.student if view else student, view.claim if view else {}
    bearer = _bearer(view, about, book)
    data = {
        "title": change.form_title or f"{change.title}申请表",
        "school": organisations.by_id(school).name,
        "numbers": _numbers(view),
        "pupil": facts.as_data(bearer),
        "sides": facts.sides(change, view, school, bearer),
        "roster": _roster(change, view, bearer),
        "asked": not bearer.name and any(ask.key == "name" for ask in change.asks),
        "family": facts.asks_family(change),
        "answers": [facts.as_data(one) for one in answers(change, claim, book, lodged=view is not None)],
        "corrected": [facts.as_data(one) for one in corrected(change, claim, about, book)],
        "papers": [
            {"title": one.title, "required": one.required, "there": one.key in given} for one in change.evidence
        ],
        "opinions": [facts.as_data(one) for one in facts.opinions(change, view)],
        "basis": change.basis,
        "printed_on": chinese_date(book.day),
        "paper_entry": chinese_date(view.paper_date) if view and view.paper_date else "",
        "qr": qr_svg(code.text()),
    }
    named = TEMPLATES / f"{change.form}.typ"
    return _typeset(named if change.form and named.is_file() else TEMPLATES / f"{GENERIC}.typ", data)


def slip(view: ApplicationView, change: ChangeKind, book: Rulebook) -> bytes:
    """受理回执 of a lodged application, for the parent."""
    due = facts.due_on(change, view.variant, view.lodged_on, book)
    lodger = accounts.names_of([view.lodged_by]).get(view.lodged_by, "")
    name = view.claim.get("name", "") or _bearer(view, view.student, book).name
    data = {
        "title": "受理回执",
        "receipt": receipt_number(view.id, view.lodged_on),
        "file_number": view.case.file_number if view.case and view.case.file_number else "",
        "child": mask(name, "name"),
        "rows": view.rows,
        "kind": change.title,
        "school": organisations.by_id(view.school).name,
        "lodged_on": chinese_date(view.lodged_on),
        "due_on": chinese_date(due) if due else "",
        "lodger": lodger,
        "steps": [one.title for one in facts.steps_of(change, view.variant)],
        "basis": change.basis,
        "qr": qr_svg(PaperCode(application=view.id, paper="slip").text()),
    }
    return _typeset(TEMPLATES / "slip.typ", data)


def letter(view: ApplicationView, change: ChangeKind, book: Rulebook) -> bytes:
    """函告户籍地: the report of a migrant child's dropout to the education bureau of the household register's county.

    Raises ``Refused`` where the application calls for no letter.
    """
    wanted = letter_of(view.id, book)
    if wanted is None or view.student is None:
        raise Refused("letter_none", f"这件{change.title}不需要函告户籍地，或者还没有批准。", change.basis)
    data = {
        "title": change.form_title or f"{change.title}情况报告表",
        "number": view.case.file_number if view.case and view.case.file_number else "",
        "to": wanted.to,
        "school": organisations.by_id(view.school).name,
        "pupil": facts.as_data(facts.pupil(view.student, book, whole=True)),
        "decided_on": chinese_date(view.effective_on) if view.effective_on else "",
        "answers": [facts.as_data(one) for one in answers(change, view.claim, book, lodged=True)],
        "printed_on": chinese_date(book.day),
        "basis": change.basis,
        "qr": qr_svg(PaperCode(application=view.id, paper="letter").text()),
    }
    return _typeset(TEMPLATES / "letter.typ", data)


def notice(
    change: ChangeKind,
    book: Rulebook,
    *,
    school: UUID,
    given: Collection[str],
    view: ApplicationView | None = None,
    student: UUID | None = None,
) -> bytes:
    """一次性告知书: what the kind needs, what is there, what is missing and by when; before lodging or after."""
    about = view.student if view else student
    code = PaperCode(
        view.id if view else None,
        None if view else student,
        "" if view else change.kind,
        "notice" if view else "",
    )
    told = wanting(change, given, book, told_on=book.day)
    data = {
        "title": "材料一次性告知书",
        "receipt": receipt_number(view.id, view.lodged_on) if view else "",
        "child": mask(_bearer(view, about, book).name, "name"),
        "kind": change.title,
        "school": organisations.by_id(school).name,
        "papers": _papers(change, given),
        "missing": [one.title for one in told.missing],
        "until": _until(told),
        "told_on": chinese_date(book.day),
        "basis": change.basis,
        "qr": qr_svg(code.text()),
    }
    return _typeset(TEMPLATES / "notice.typ", data)


def _bearer(view: ApplicationView | None, about: UUID | None, book: Rulebook) -> facts.Pupil:
    """Whom a paper is about: by the register, or as the only row of a list says; empty of several and on a blank."""
    if about is not None:
        return facts.pupil(about, book)
    return facts.of_row(view, book) if view is not None and view.rows == 1 else facts.Pupil()


def _papers(change: ChangeKind, given: Collection[str]) -> list[dict[str, Any]]:
    return [
        {"title": one.title, "required": one.required, "there": one.key in given, "basis": one.basis}
        for one in change.evidence
    ]


def _until(told: Wanting) -> str:
    return chinese_date(told.until) if told.until else ""


def _roster(change: ChangeKind, view: ApplicationView | None, bearer: facts.Pupil) -> str:
    """How many pupils, in place of the one: of a roster, and of a list that is still blank."""
    if view and view.rows > 1:
        return f"{view.rows} 人，名单附后"
    return "＿＿＿＿ 人，名单附后" if facts.is_list(change) and not bearer.name else ""


def _numbers(view: ApplicationView | None) -> dict[str, str]:
    if view is None:
        return {"receipt": "", "file": ""}
    return {
        "receipt": receipt_number(view.id, view.lodged_on),
        "file": view.case.file_number if view.case and view.case.file_number else "",
    }


def _typeset(template: Path, data: dict[str, Any]) -> bytes:
    try:
        return typeset(template, data)
    except MissingGlyph as error:
        message = (
            "姓名、校名或申请内容中有字库里没有的字，不能打印。请联系软件维护员安装完整字库（思源宋体/Noto CJK）。"
        )
        raise Refused("paper.glyph", message) from error
