"""A bureau's order of diplomas (成批打印): what its schools' leavers of a year were attested, a school a transaction.

The rules are those of a school's own print (``printing``): only what is attested and the register still bears out, each
paper on the next blank of its school's stock, none twice. ``batching`` carries an order out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from xueji.duties.certificates.claims import claims_of
from xueji.duties.certificates.custody import BUREAU
from xueji.duties.certificates.impressions import recorded
from xueji.duties.certificates.leavers import SENTENCES, Leaver, WhyNot, is_diploma, leavers_of
from xueji.duties.certificates.models import Batch, BatchPart, Blank, BlankState, Certificate
from xueji.duties.certificates.paper import class_groups
from xueji.duties.certificates.rolls import LeftOut, PartFiles, part_place
from xueji.duties.certificates.sealed import open_claims
from xueji.duties.certificates.selectors.blanks import serials_of
from xueji.duties.certificates.selectors.diplomas import outlooks
from xueji.duties.certificates.services.blanks import settle
from xueji.duties.certificates.services.carding import log_print
from xueji.duties.certificates.services.issuing import kind_of
from xueji.duties.certificates.services.printing import offset_of, statements_of
from xueji.duties.certificates.services.rolling import Listed, roll_of_batch, roll_stands
from xueji.duties.certificates.sheets import SheetPaper, mark_of, typeset_sheets
from xueji.duties.certificates.statement import decode
from xueji.ground.accounts.services.acts import can_act
from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import open_, seal, seal_json
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.register.selectors import student_names


def require_bureau(actor: Actor) -> None:
    """``Refused`` for every post but a bureau's clerk and head, and for an untrained hand."""
    can_act(actor)
    if actor.role not in BUREAU:
        raise Refused("certificate.post", "成批打印所属学校的证书由教育局经办人或负责人办理。", "通知一.3")


def diploma_kind(code: str) -> CertificateKind:
    """A kind that a bureau prints for its schools. Raises ``Refused`` for another one."""
    kind = kind_of(code, today())
    if not is_diploma(kind):
        message = f"{kind.title}不由教育局成批打印。可以成批打印的是毕业证书、结业证书。"
        raise Refused("certificate.not_in_batch", message, kind.basis)
    return kind


@transaction.atomic
def order_diplomas(
    *, actor: Actor, kind: str, year: int, schools: Collection[UUID] = (), printer: UUID | None = None
) -> UUID:
    """Order the print of what was attested for the leavers of ``year`` of the bureau's schools, or of some; the batch.

    Raises ``Refused``: the post, the kind, another order of the kind under way, nothing to print.
    """
    require_bureau(actor)
    wanted = diploma_kind(kind)
    offset_of(actor, printer)
    open_one = Batch.objects.filter(organisation=actor.organisation, kind=kind).exclude(state="done").first()
    if open_one is not None:
        if (open_one.leaving_year, _schools_of(open_one)) == (year, set(schools) or _schools_of(open_one)):
            return open_one.id  # the same order twice is one
        raise Refused("certificate.batch_open", f"本局已有一批{wanted.title}在办理，请等它办完。", wanted.basis)
    found = outlooks(actor.organisation, wanted, year, schools)
    if not any(one.ready for one in found):
        message = f"所选学校 {year} 年没有可以打印的{wanted.title}。请先完成验印，并由学校登记空白证书。"
        raise Refused("certificate.nobody", message, wanted.basis)
    identity, now = environment().new_id(), environment().now()
    try:
        with transaction.atomic():
            Batch.objects.create(
                id=identity, kind=kind, organisation=actor.organisation, leaving_year=year, printer=printer,
                state="waiting", pupils=sum(one.leavers for one in found), ordered_by=actor.person, ordered_at=now,
                changed_at=now,
            )  # fmt: skip
    except IntegrityError:
        raise Refused("certificate.batch_open", "本局刚刚已有一批在办理，请刷新后查看。", wanted.basis) from None
    BatchPart.objects.bulk_create(
        BatchPart(
            id=environment().new_id(), batch_id=identity, school=one.school, row_no=row_no, title=one.name[:80],
            state="waiting", pupils=one.leavers,
        )
        for row_no, one in enumerate(found, start=1)
    )  # fmt: skip
    return identity


def _schools_of(batch: Batch) -> set[UUID]:
    return set(BatchPart.objects.filter(batch=batch).values_list("school", flat=True))


@dataclass(frozen=True, slots=True)
class _Page:
    """A paper that is printed, with what it says and by what it stands in the order of pages."""

    leaver: Leaver
    paper: Certificate
    facts: Mapping[str, Any]
    sheet: SheetPaper
    place: tuple[Any, ...]


def do_school(actor: Actor, row: BatchPart) -> None:
    """One school of an order: its papers by class on the next blanks, the roll, and who is left out and why."""
    batch, kind = row.batch, _kind(row)
    found = leavers_of([row.school], kind, batch.leaving_year or 0, lock=True)
    pages, left_out = _borne_out(found, kind, row.school)
    if kind.blank:
        stock = Blank.objects.select_for_update().filter(school=row.school, kind=kind.kind, state=BlankState.IN_STOCK)
        blanks = list(stock.order_by("serial")[: len(pages)])
        left_out |= {one.leaver: WhyNot.BLANKS_SHORT for one in pages[len(blanks) :]}
        pages = pages[: len(blanks)]
        for blank, page in zip(blanks, pages, strict=True):
            blank.certificate = page.paper
        settle(blanks, actor, BlankState.USED)
    now = environment().now()
    key = data_keys.ensure([batch.id])[batch.id]
    names = student_names(one.student for one in left_out)
    ordered = sorted(left_out.items(), key=lambda pair: pair[0].number)
    told = [_told(one, why, names.get(one.student, "（已离校）")).as_json() for one, why in ordered]
    row.pupils, row.cards, row.left_out = len(found), len(pages), len(left_out)
    row.certificates = [str(one.paper.pk) for one in pages]
    row.exceptions = seal_json(key, told, part_place(row.id, b"exceptions"))
    if pages:
        files = _typeset(actor, row, kind, pages)
        row.sheets = seal(key, files.sheets or b"", part_place(row.id, b"sheets"))
        row.roll = seal(key, files.roll, part_place(row.id, b"roll"))
    row.state, row.finished_at = "done", now
    row.save()


def _kind(row: BatchPart) -> CertificateKind:
    return school_rulebook(row.school, today()).certificates[row.batch.kind]


def _told(one: Leaver, why: WhyNot, name: str) -> LeftOut:
    number = one.paper.number if one.paper is not None else ""
    message = SENTENCES[why].format(number=number, serial=one.serial)
    return LeftOut(one.student, name, one.number, why.value, message)


def _borne_out(
    found: Sequence[Leaver], kind: CertificateKind, school: UUID
) -> tuple[list[_Page], dict[Leaver, WhyNot]]:
    """What of a school can be printed, in the order of classes and numbers, and who is left out."""
    left_out = {one: one.why for one in found if one.why is not None}
    ready = [(one, one.paper, one.paper.line) for one in found if one.why is None and one.paper and one.paper.line]
    if not ready:
        return [], left_out
    book, day = school_rulebook(school, today()), today()
    then = {on: book.on(on).certificates.get(kind.kind) for on in {paper.issued_on for _, paper, _ in ready}}
    now = claims_of([one.student for one, _, _ in ready], kind, school, day)
    claims = open_claims([line for _, _, line in ready])
    said = statements_of([paper for _, paper, _ in ready])
    seals = recorded(book, [paper for _, paper, _ in ready])
    groups = class_groups(claim.class_group for claim in now.values())
    pages = []
    for (one, paper, _), facts, text in zip(ready, claims, said, strict=True):
        claim = now[one.student]
        sheet = SheetPaper(facts, paper.number, paper.issued_on, text, seals.get(paper.id, ()))
        before = then[paper.issued_on]
        if claim.digest != paper.register_digest:
            left_out[one] = WhyNot.CHANGED
        elif before is None or before.sheet != kind.sheet or decode(text).text != mark_of(kind, sheet):
            left_out[one] = WhyNot.TEMPLATE
        else:
            group = groups.get(claim.class_group) if claim.class_group else None
            site = (group.site.code_no, group.class_no) if group else ()
            place = (group is None, claim.stage, *site, one.number)
            pages.append(_Page(one, paper, facts, sheet, place))
    return sorted(pages, key=lambda page: page.place), left_out


def _typeset(actor: Actor, row: BatchPart, kind: CertificateKind, pages: Sequence[_Page]) -> PartFiles:
    """The sheets in page order and the roll of a school."""
    papers = [one.paper for one in pages]
    pdf = typeset_sheets(kind, [one.sheet for one in pages], offset=offset_of(actor, row.batch.printer))
    serials = serials_of(one.pk for one in papers) if kind.blank else {}
    title = f"成批打印 · {kind.title} · {row.title} · {len(papers)} 份"
    listed = Listed(row.id, title, kind, papers, [one.facts for one in pages], serials, _digests(papers))
    return PartFiles(row.title, pdf, roll_of_batch(actor=actor, listed=listed).pdf)


def _digests(papers: Sequence[Certificate]) -> list[str]:
    """The digests of the orders in which papers were attested."""
    of = Certificate.objects.filter(pk__in=[one.pk for one in papers]).order_by("line__order__attested_at")
    return list(of.values_list("line__order__digest", flat=True))


def diploma_files(*, actor: Actor, row: BatchPart, what: str) -> PartFiles:
    """The files of a school that is done, logged as a print: as they were made; or made again of the papers that stand
    on their blank and that the register still bears out. Raises ``Refused``."""
    require_bureau(actor)
    kind = _kind(row)
    pages = _still_so(row, kind)
    if not pages:
        message = f"{row.title}的这些证书已作废、已改印在别的空白证书上，或学籍记录有了变化，不能再打印。"
        raise Refused("certificate.nobody", message, kind.basis)
    kept = row.roll is not None and row.sheets is not None and roll_stands(row.id, row.school)
    if row.roll is None or row.sheets is None or not kept or len(pages) < len(row.certificates):
        files = _typeset(actor, row, kind, pages)
    else:
        key = data_keys.get([row.batch_id])[row.batch_id]
        sheets, roll = (
            open_(key, bytes(blob), part_place(row.id, name))
            for blob, name in ((row.sheets, b"sheets"), (row.roll, b"roll"))
        )
        files = PartFiles(row.title, sheets, roll)
    title = {"sheets": kind.title, "roll": kind.roll}.get(what, f"{kind.title}和{kind.roll}")
    numbers = f"{pages[0].paper.number} 至 {pages[-1].paper.number}"
    log_print(actor, [one.paper.student for one in pages], f"打印{title} {row.title} {numbers}")
    return files


def _still_so(row: BatchPart, kind: CertificateKind) -> list[_Page]:
    """The pages of a school that may be printed now, in their order: on the blank that they were given here."""
    standing = Certificate.objects.filter(pk__in=row.certificates, voided_at__isnull=True)
    papers = set(standing.values_list("pk", flat=True))
    if kind.blank:
        here = Blank.objects.filter(certificate__in=papers, state=BlankState.USED, settled_at__lte=row.finished_at)
        papers = {one for one in here.values_list("certificate_id", flat=True) if one is not None}
    found = leavers_of([row.school], kind, row.batch.leaving_year or 0, lock=True)
    there = [replace(one, serial="") for one in found if one.paper and one.paper.pk in papers]
    pages = {str(one.paper.pk): one for one in _borne_out(there, kind, row.school)[0]}
    return [pages[one] for one in row.certificates if one in pages]
