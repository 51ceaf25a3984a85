"""验印: the school's head agrees, the bureau's clerk examines, its head attests; the register is asked each time.

What was attested is frozen with its check: the numbers are given in the same transaction, without a gap, and the
order's digest stands in the bureau's journal (clauses B3, C2).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from xueji.duties.certificates.comparing import Compared, compare
from xueji.duties.certificates.impressions import as_recorded, digests, impressions
from xueji.duties.certificates.models import Certificate, LineState, Order, OrderLine, OrderState
from xueji.duties.certificates.replaced import to_replace
from xueji.duties.certificates.sealed import seal_reasons
from xueji.duties.certificates.services.requesting import attested_kind, close_lines, locked, not_found
from xueji.duties.certificates.sheets import SheetPaper, mark_of
from xueji.duties.certificates.statement import Statement, encode, masked_name, sealed_place, seals_mark
from xueji.ground.accounts.context import acting
from xueji.ground.journals import services as journals
from xueji.ground.journals.types import NewEntry
from xueji.ground.keys import services as keys
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.cases import services as cases
from xueji.registry.cases.reasons import worded
from xueji.registry.cases.selectors import case_of
from xueji.registry.cases.services.decide import TakenStep

ENTRY = "certificates_attested"
SHOWN = 5


@dataclass(frozen=True, slots=True)
class AttestResult:
    """What a step led to. ``left_out``: by row why it is not attested; ``certificates``: their numbers, in order."""

    order: UUID
    state: str
    act: str
    left_out: Mapping[int, str] = field(default_factory=dict)
    certificates: tuple[str, ...] = ()


@transaction.atomic
def agree(
    *,
    actor: Actor,
    order: UUID,
    act: str,
    leave_out: Mapping[int, str] | None = None,
    paper_seen: Collection[int] = (),
    seen: str | None = None,
    remark: str = "",
) -> AttestResult:
    """Agree to the step that waits (``decide`` by the school's deputy head, ``examine``, ``approve`` by the bureau).

    Claims that the register does not bear out any more are left out, each with what differs, and so are the rows of
    ``leave_out`` with their reasons. ``paper_seen``: rows of leavers of old that the clerk held against the paper
    archive. ``seen``: the digest of the comparison that the page showed. Raises ``Refused``: another's step, four eyes,
    the comparison has changed since, nobody is left, a paper archive not seen.
    """
    kept = Order.objects.filter(pk=order).first()
    if kept is None:
        raise not_found()
    journals.lock([kept.school])  # nothing of the school's pupils changes between the check and the end
    if kept.school != actor.organisation:
        journals.lock([actor.organisation])
    found = locked(order)
    taken = cases.take_step_of(actor=actor, subject=found.id, act=act)
    if not taken.step.needs_check:
        cases.decide_taken(taken, remark=remark)
        return AttestResult(found.id, found.state, act)
    if found.bureau != taken.step.organisation:  # the school has another competent bureau since
        found.bureau = taken.step.organisation
        found.save(update_fields=["bureau"])
    return _checked(actor, found, taken, leave_out or {}, set(paper_seen), seen, remark)


def _checked(
    actor: Actor,
    found: Order,
    taken: TakenStep,
    leave_out: Mapping[int, str],
    paper_seen: set[int],
    seen: str | None,
    remark: str,
) -> AttestResult:
    kind = attested_kind(found.kind, found.school)
    looked = compare(found)
    if seen is not None and seen != looked.digest:
        raise Refused("changed_meanwhile", "学籍库或申请在您查看以后有了变动。请看过最新的核对结果再决定。", "通知三.2")
    lines = {line.row_no: line for line in looked.lines}
    unknown = sorted(row for row in leave_out if row not in lines)
    if unknown or any(not why.strip() for why in leave_out.values()):
        raise Refused("certificate.row", "要剔除的行不在本件申请中，或没有写明理由。请核对后重试。", "通知四.2")
    out = {row: why.strip() for row, why in leave_out.items()}
    out.update({row: why for row, why in looked.why.items() if row not in out})
    kept = [line for row, line in lines.items() if row not in out]
    if not kept:
        told = " ".join(f"第 {row} 行：{why}" for row, why in list(out.items())[:SHOWN])
        message = f"没有一人可以验印。{told}请退回学校修改，或不予验印。"
        raise Refused("certificate.nobody_left", message, kind.basis)
    _see_paper(kept, paper_seen, kind)
    gone = [lines[row] for row in out]
    for line, reason in zip(gone, seal_reasons((line, out[line.row_no]) for line in gone), strict=True):
        line.state, line.reason = LineState.LEFT_OUT, reason
    OrderLine.objects.bulk_update(gone, ["state", "reason"], batch_size=1000)
    check = {"agreed": True, "digest": looked.digest, "checked": len(lines), "left_out": len(gone)}
    if not taken.step.completes:
        cases.decide_taken(taken, remark=remark, register_check=check)
        found.counts = {**found.counts, "left_out": found.counts.get("left_out", 0) + len(gone)}
        found.version += 1
        found.save()
        return AttestResult(found.id, found.state, taken.step.act, out)
    numbers = _attest(actor, found, kind, kept, looked)
    cases.decide_taken(taken, remark=remark, register_check={**check, "attested": len(numbers)})
    return AttestResult(found.id, found.state, taken.step.act, out, tuple(numbers))


def _see_paper(kept: Sequence[OrderLine], paper_seen: set[int], kind: CertificateKind) -> None:
    """A claim from a paper archive has been held against it, by the clerk's word."""
    fresh = [line for line in kept if line.archive and not line.paper_seen]
    unseen = [str(line.row_no) for line in fresh if line.row_no not in paper_seen]
    if unseen:
        message = f"第 {'、'.join(unseen)} 行凭纸质档案申请。请核对纸质档案原件，并勾选“已核对原件”；没有原件的请剔除。"
        raise Refused("certificate.paper_unseen", message, kind.basis)
    OrderLine.objects.filter(pk__in=[line.pk for line in fresh]).update(paper_seen=True)


def _attest(
    actor: Actor, order: Order, kind: CertificateKind, lines: Sequence[OrderLine], looked: Compared
) -> list[str]:
    """Give numbers, make the papers, freeze the order; the numbers in the order of the rows."""
    day, now = today(), environment().now()
    with connection.cursor() as cursor:  # one array: thousands of parameters would be read one by one
        cursor.execute(
            "UPDATE certificates_orderline SET state = %s WHERE id = ANY (%s::uuid[])",
            [LineState.ATTESTED, [line.pk for line in lines]],
        )
    numbers = _take_numbers(kind, order.school, len(lines), day.year)
    known = keys.data_keys.get(line.student for line in lines)
    before = to_replace([line.registration for line in lines], kind.kind)
    book = school_rulebook(order.school, day)
    borne = impressions(book, kind, day, issuer=order.school, bureau=order.bureau)
    made = []
    for line, number in zip(lines, numbers, strict=True):
        facts, identity = looked.claims[line.row_no], environment().new_id()
        mark = mark_of(kind, SheetPaper(facts, number, day, seals=borne))
        said = Statement(
            number,
            kind.kind,
            facts["registration_number"],
            masked_name(facts["name"]),
            facts["school"],
            day,
            None,
            mark,
            seals_mark(digests(borne)),
        )
        text = encode(said).encode()
        made.append(
            Certificate(
                id=identity, number=number, kind=kind.kind, student=line.student, registration=line.registration,
                school=order.school, statement=keys.seal(known[line.student], text, sealed_place(identity)),
                statement_digest=hashlib.sha256(text).hexdigest(), register_digest=line.claim_digest, issued_on=day,
                issued_at=now, issued_by=order.requested_by, line=line, bureau=order.bureau, attested_by=actor.person,
                replaces_id=before.get(line.registration), seals=as_recorded(borne),
            )
        )  # fmt: skip
    Certificate.objects.bulk_create(made, batch_size=1000)
    order.state, order.attested_by, order.attested_at = OrderState.ATTESTED, actor.person, now
    order.digest = digest_of(order)
    total = order.lines.count()
    order.counts = {"lines": total, "attested": len(made), "left_out": total - len(made)}
    basis = {
        "order": str(order.id), "school": str(order.school), "kind": kind.kind, "counts": order.counts,
        "first": numbers[0], "last": numbers[-1], "digest": order.digest, "regulation": kind.basis,
    }  # fmt: skip
    (entry,) = journals.append(
        actor=actor,
        transaction_id=environment().new_id(),
        entries=[NewEntry(order.bureau, ENTRY, day, (), basis=basis)],
        rulebook_version=parameters.rulebook(day).version,
    )
    order.entry, order.version = entry.entry_id, order.version + 1
    order.save()
    return numbers


def _take_numbers(kind: CertificateKind, school: UUID, count: int, year: int) -> list[str]:
    """The next numbers of the school and year: the counter's row is locked until commit, so there is no gap."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO certificates_certificatecounter AS c (school, kind, year, last) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (school, kind, year) DO UPDATE SET last = c.last + excluded.last RETURNING last",
            [school, kind.kind, year, count],
        )
        last = int(cursor.fetchone()[0])
    code = organisations.by_id(school).code
    serials = range(last - count + 1, last + 1)
    return [kind.number_format.format(school=code, year=year, serial=serial) for serial in serials]


def digest_of(order: Order) -> str:
    """SHA-256 (hex) over the lines as they were decided and the numbers they were given; of an attested order the same
    as in the bureau's journal, for ever."""
    rows = order.lines.order_by("row_no").values_list(
        "row_no", "student", "registration", "archive", "claim_digest", "state", "certificate__number"
    )
    listed: list[list[Any]] = [
        [row, str(student), str(registration), archive, digest, state, number]
        for row, student, registration, archive, digest, state, number in rows
    ]
    return hashlib.sha256(keys.canonical_json(listed)).hexdigest()


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of several requests: how many were agreed to, claims left out, papers made; by request why one was
    not, and those that time did not suffice for."""

    done: int
    left_out: int
    papers: int
    refused: Mapping[UUID, Refused]
    waiting: tuple[UUID, ...]


def agree_each(*, actor: Actor, wanted: Mapping[UUID, tuple[str, str]], seconds: float | None = None) -> Decided:
    """Agree to requests of many schools, each in a transaction of its own: by request the act and the digest of the
    comparison that was seen. What cannot be done is named, nothing is half done. Called outside any transaction.

    ``seconds``: after so long no further one is begun.
    """
    begun, left, results = time.monotonic(), list(wanted), []
    refused: dict[UUID, Refused] = {}
    while left and (seconds is None or time.monotonic() - begun < seconds):
        order = left.pop(0)
        act, seen = wanted[order]
        try:
            with acting(actor):
                results.append(agree(actor=actor, order=order, act=act, seen=seen))
        except Refused as error:
            refused[order] = error
    out = sum(len(one.left_out) for one in results)
    return Decided(len(results), out, sum(len(one.certificates) for one in results), refused, tuple(left))


@transaction.atomic
def send_back(*, actor: Actor, order: UUID, reason: str, reason_code: str = "") -> Order:
    """退回修改: the school puts it right and requests again. Needs a reason."""
    return _negative(actor, order, "send_back", reason, reason_code)


@transaction.atomic
def refuse(*, actor: Actor, order: UUID, reason: str, reason_code: str = "") -> Order:
    """不予验印: the end of the matter; the pupils may be asked for again. Needs a reason."""
    return _negative(actor, order, "refuse", reason, reason_code)


def _negative(actor: Actor, order: UUID, verb: str, reason: str, reason_code: str) -> Order:
    found = locked(order)
    case = case_of(found.id)
    if case is None:
        raise not_found()
    said = worded(verb, reason_code, reason, today())
    end = cases.send_back if verb == "send_back" else cases.refuse
    end(actor=actor, case=case.id, reason=said, reason_code=reason_code)
    if verb == "refuse":
        close_lines(found, f"不予验印：{said}")
    found.state = OrderState.SENT_BACK if verb == "send_back" else OrderState.REFUSED
    found.version += 1
    found.save()
    return found
