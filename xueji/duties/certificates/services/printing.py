"""Printing what was attested (套打): only attested papers, each on its blank, each print in the disclosure log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from xueji.duties.certificates.claims import claims_of
from xueji.duties.certificates.custody import BUREAU, places_of
from xueji.duties.certificates.impressions import recorded
from xueji.duties.certificates.models import Certificate, Printer
from xueji.duties.certificates.sealed import open_claims
from xueji.duties.certificates.services.blanks import take_blanks
from xueji.duties.certificates.services.issuing import may_issue, require_issuer
from xueji.duties.certificates.services.requesting import attested_kind
from xueji.duties.certificates.sheets import SAMPLE, SheetPaper, mark_of, typeset_sheets
from xueji.duties.certificates.statement import decode, sealed_place
from xueji.ground.accounts.services.acts import can_act
from xueji.ground.disclosure import services as disclosure
from xueji.ground.disclosure.models import DisclosureKind
from xueji.ground.keys import services as keys
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.applications.services.lodging import school_rulebook

MOST = 500  # papers in one PDF
_TENTHS = 10


@dataclass(frozen=True, slots=True)
class Printed:
    """The pages for a printer, in the order of the numbers; ``blanks`` the serials they belong on (none: plain)."""

    pdf: bytes
    title: str
    count: int
    blanks: tuple[str, ...] = ()


@transaction.atomic
def print_papers(
    *, actor: Actor, certificates: Sequence[UUID], printer: UUID | None = None, first_blank: str = ""
) -> Printed:
    """Print attested papers of one kind of the actor's school, or of a closed one whose records it keeps, each on the
    next blank from ``first_blank`` on.

    Raises ``Refused``: none or too many, another school's, voided, the register says otherwise since, printed already
    (the spoilt blank is written off first), too few blanks in stock.
    """
    require_issuer(actor)
    papers = _papers(actor, certificates)
    # As it was when it was attested: a sheet that was changed since does not change what the code vouches for.
    book = school_rulebook(papers[0].school, today()).on(papers[0].issued_on)
    kind = book.certificates[papers[0].kind]
    require_issuer(actor, kind)
    claims = open_claims([one.line for one in papers if one.line is not None])
    still_so(papers, kind)
    statements = statements_of(papers)
    borne = recorded(book, papers)
    sheets = [
        SheetPaper(facts, one.number, one.issued_on, said, borne.get(one.id, ()))
        for one, facts, said in zip(papers, claims, statements, strict=True)
    ]
    if any(decode(one.statement).text != mark_of(kind, one) for one in sheets):
        message = "证书的版面在验印以后改过，不能按原样打印。请联系教育局恢复原来的版面，或作废后重新验印。"
        raise Refused("certificate.template", message, kind.basis)
    pdf = typeset_sheets(kind, sheets, offset=offset_of(actor, printer))
    blanks = take_blanks(actor, kind, papers, first_blank) if kind.blank else []
    numbers = papers[0].number if len(papers) == 1 else f"{papers[0].number} 至 {papers[-1].number}"
    disclosure.log(
        actor=actor,
        kind=DisclosureKind.PRINT,
        subjects=[one.student for one in papers],
        ground=disclosure.ground_for(f"打印{kind.title} {numbers}"),
    )
    return Printed(pdf, kind.title, len(papers), tuple(blanks))


def _papers(actor: Actor, wanted: Sequence[UUID]) -> list[Certificate]:
    """The papers by number; ``Refused`` where one cannot be printed."""
    found = list(
        Certificate.objects.select_for_update(of=("self",))
        .select_related("line")
        .filter(pk__in=list(wanted), school__in=places_of(actor.organisation), line__isnull=False)
        .order_by("number")
    )
    if not found or len(found) != len(set(wanted)):
        raise Refused("certificate.not_found", "请选择本校已验印的证书；没有验印的不能打印。", "通知二.3")
    if len(found) > MOST:
        raise Refused(
            "certificate.many", f"一次最多打印 {MOST} 份，现在选了 {len(found)} 份。请按班级选，分次打印。", "通知二.3"
        )
    if len({(one.kind, one.issued_on, one.school) for one in found}) > 1:
        raise Refused(
            "certificate.one_kind", "一次只能打印同一学校、同一种、同一天验印的证书。请分开打印。", "通知二.3"
        )
    voided = [one.number for one in found if one.voided_at is not None]
    if voided:
        raise Refused("certificate.voided", f"证书 {'、'.join(voided[:5])} 已作废，不能打印。", "通知二.3")
    return found


def still_so(papers: Sequence[Certificate], kind: CertificateKind) -> None:
    """The register bears out what was attested, on the day of printing too."""
    registered = [one for one in papers if one.line is not None and not one.line.archive]
    now = claims_of([one.student for one in registered], kind, papers[0].school, today())
    changed = [
        one.number for one in registered if now[one.student].refusals or now[one.student].digest != one.register_digest
    ]
    if changed:
        told = "、".join(changed[:5]) + (f" 等 {len(changed)} 份" if len(changed) > 5 else "")
        message = f"验印以后学籍记录已有变化：{told}。请作废后按现在的记录重新申请验印。"
        raise Refused("certificate.changed", message, kind.basis)


def statements_of(papers: Sequence[Certificate]) -> list[str]:
    """The signed statements of papers, in order."""
    known = keys.data_keys.get(one.student for one in papers)
    return [keys.open_(known[one.student], bytes(one.statement), sealed_place(one.id)).decode() for one in papers]


def offset_of(actor: Actor, printer: UUID | None) -> tuple[float, float]:
    """How far a printer of the actor's organisation is off, in mm. Raises ``Refused`` for another's."""
    if printer is None:
        return (0, 0)
    found = Printer.objects.filter(pk=printer, school=actor.organisation).first()
    if found is None:
        raise Refused("certificate.no_printer", "没有这台打印机的设置。请重新选择。", "")
    return (found.dx / _TENTHS, found.dy / _TENTHS)


def may_print(actor: Actor) -> bool:
    """Whether the post prints papers: a school's that issues them, or a bureau's, for its schools."""
    return actor.role in BUREAU or may_issue(actor)


def require_printing(actor: Actor) -> None:
    """``Refused`` for a post that prints no papers, and for an untrained hand."""
    can_act(actor)
    if not may_print(actor):
        raise Refused("certificate.post", "打印证书由学校或教育局的经办人、负责人办理。请由相应岗位办理。", "通知一.3")


def sample_sheet(*, actor: Actor, kind: str, printer: UUID | None = None) -> bytes:
    """A sample on plain paper, to be held over a blank against the light; names nobody and bears no code."""
    require_printing(actor)
    wanted = attested_kind(kind, actor.organisation)
    paper = SheetPaper(SAMPLE, "样张-0000-00000", today())
    return typeset_sheets(wanted, [paper], offset=offset_of(actor, printer), sample=True)


@transaction.atomic
def keep_printer(*, actor: Actor, name: str, dx: int, dy: int) -> Printer:
    """Keep how far a printer is off (0.1 mm to the right and down, 30 mm at most), by its name. Raises ``Refused``."""
    require_printing(actor)
    words = " ".join(name.split())[:40]
    if not words:
        raise Refused("certificate.printer_name", "请写明是哪台打印机，例如“教务处 LQ-680”。", "")
    if max(abs(dx), abs(dy)) > 300:
        raise Refused("certificate.printer_offset", "偏移最多 30 毫米。差得更多的，请先调整纸张位置。", "")
    kept, _ = Printer.objects.update_or_create(
        school=actor.organisation, name=words, defaults={"dx": dx, "dy": dy},
        create_defaults={"id": environment().new_id(), "dx": dx, "dy": dy},
    )  # fmt: skip
    return kept
