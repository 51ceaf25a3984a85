"""A school's cards at once (制证批次): one order, a transaction a class, who is left out and why.

A class is done or it is not: a run that was killed is taken up again and passes finished classes over. Carrying out,
going on and sweeping are the same for a bureau's diplomas (``diploma_batches``), where a school stands for a class.
Called outside any transaction but for what orders.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, Sum

from xueji.duties.certificates.cards import card_facts
from xueji.duties.certificates.checking import refusals, subject_of
from xueji.duties.certificates.conditions import beside_of
from xueji.duties.certificates.models import Batch, BatchPart, Certificate
from xueji.duties.certificates.paper import class_group_of, class_groups, digest_of
from xueji.duties.certificates.rolls import LeftOut, PartFiles, open_left_out, part_place, roll_pdf
from xueji.duties.certificates.services.carding import Borne, issue_cards, log_print, print_cards
from xueji.duties.certificates.services.diploma_batches import (
    diploma_files,
    do_school,
    order_diplomas,
    require_bureau,
)
from xueji.duties.certificates.services.issuing import kind_of, require_issuer, without
from xueji.duties.certificates.state import state_rows
from xueji.ground.accounts.context import acting
from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import open_, seal, seal_json
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.photos.matching import Pupil
from xueji.registry.photos.selectors import pupils
from xueji.registry.register.selectors import student_records

KEPT = "card_kept_days"
_NO_CLASS = "未编班"
_CHANGED = "办理以后学籍记录已有变化，原证请作废后重新办理。"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is: classes done of all, cards given out, pupils left out."""

    batch: UUID
    total: int
    done: int
    failed: int
    cards: int
    left_out: int


Tell = Callable[[Progress], None]


def card_kind(code: str, on: date, school: UUID) -> CertificateKind:
    """A kind that is given out in batches. Raises ``Refused`` for another one."""
    kind = kind_of(code, on, school)
    if not kind.is_card:
        message = f"{kind.title}不能成批办理。可以成批办理的是学生证；毕业证书请提出验印申请。"
        raise Refused("certificate.not_in_batch", message, kind.basis)
    return kind


@transaction.atomic
def order_batch(*, actor: Actor, kind: str, classes: Sequence[UUID] = ()) -> UUID:
    """Order the cards of the actor's school, or of some of its classes; the batch.

    One that is under way is given back, so that the same order twice is one. Raises ``Refused``: the post, the kind,
    nobody in these classes.
    """
    require_issuer(actor)
    day = today()
    wanted = card_kind(kind, day, actor.organisation)
    require_issuer(actor, wanted)
    open_one = Batch.objects.filter(organisation=actor.organisation, kind=kind).exclude(state="done").first()
    if open_one is not None:
        return open_one.id
    found = [one for one in pupils(actor.organisation, day) if not classes or one.class_group in set(classes)]
    if not found:
        raise Refused("certificate.nobody", "所选班级里没有在籍学生，不能制证。请重新选择班级。", wanted.basis)
    identity, now = environment().new_id(), environment().now()
    try:
        with transaction.atomic():
            Batch.objects.create(
                id=identity, kind=kind, organisation=actor.organisation, state="waiting", pupils=len(found),
                ordered_by=actor.person, ordered_at=now, changed_at=now,
            )  # fmt: skip
    except IntegrityError:
        raise Refused("certificate.batch_open", "本校刚刚已有一批在办理，请刷新后查看。", wanted.basis) from None
    BatchPart.objects.bulk_create(_parts(identity, actor.organisation, found, day))
    return identity


def _parts(batch: UUID, school: UUID, found: Sequence[Pupil], day: date) -> list[BatchPart]:
    """A part a class, in the order of the school."""
    stages = parameters.rulebook(day).stages
    groups = class_groups(one.class_group for one in found)
    counts: dict[UUID | None, int] = {}
    for one in found:
        counts[one.class_group] = counts.get(one.class_group, 0) + 1
    ordered = sorted(
        counts, key=lambda key: (key is None, *((-groups[key].intake_year, groups[key].class_no) if key else (0, 0)))
    )
    return [
        BatchPart(
            id=environment().new_id(), batch_id=batch, school=school, row_no=row_no, class_group=group,
            title=organisations.class_display_name(groups[group], day, stages=stages) if group else _NO_CLASS,
            state="waiting", pupils=counts[group],
        )
        for row_no, group in enumerate(ordered, start=1)
    ]  # fmt: skip


def carry_out(*, actor: Actor, batch: UUID, tell: Tell | None = None) -> Progress:
    """Do what a batch is for, class by class; ``tell`` is called after each. Safe to be called again after a kill.

    A class of which nothing can be printed says why, and the others go on.
    """
    with acting(actor):
        found = Batch.objects.get(pk=batch, organisation=actor.organisation)
        require_hand(actor, found)
        waiting = list(
            BatchPart.objects.filter(batch=batch).exclude(state="done").order_by("row_no").values_list("id", flat=True)
        )
        if waiting:
            Batch.objects.filter(pk=batch).update(state="running", changed_at=_now())
    for part in waiting:
        try:
            with acting(actor):
                _do_part(actor, found, part)
        except Refused as refused:
            with acting(actor):
                _fail(part, refused)
        if tell is not None:
            with acting(actor):
                tell(progress_of(batch))
    with acting(actor):
        done = progress_of(batch)
        Batch.objects.filter(pk=batch).update(state="done", changed_at=_now())
    return done


def require_hand(actor: Actor, batch: Batch) -> None:
    """``Refused`` for a post that has nothing to do with a batch of its organisation."""
    if batch.leaving_year is None:
        require_issuer(actor)
    else:
        require_bureau(actor)


def progress_of(batch: UUID) -> Progress:
    """How far a batch is."""
    return progress_of_many([batch])[batch]


def progress_of_many(batches: Collection[UUID]) -> dict[UUID, Progress]:
    """How far each of these batches is, in one query."""
    done, failed = Count("id", filter=Q(state="done")), Count("id", filter=Q(state="failed"))
    rows = (
        BatchPart.objects.filter(batch__in=batches)
        .values_list("batch")
        .annotate(total=Count("id"), done=done, failed=failed, given=Sum("cards"), out=Sum("left_out"))
    )
    found = {row[0]: Progress(*row) for row in rows}
    return {one: found.get(one, Progress(one, 0, 0, 0, 0, 0)) for one in batches}


def _do_part(actor: Actor, batch: Batch, part: UUID) -> None:
    """One class, or one school: done whole, unless it is already; the PDFs are kept sealed for some days."""
    row = BatchPart.objects.select_for_update().get(pk=part)
    if row.state == "done":
        return
    if batch.leaving_year is None:
        _do_class(actor, batch.kind, row)
    else:
        do_school(actor, row)
    Batch.objects.filter(pk=batch.pk).update(changed_at=_now())


def _do_class(actor: Actor, code: str, row: BatchPart) -> None:
    """Who is borne out is given a card, the others are named."""
    day = today()
    kind = card_kind(code, day, actor.organisation)
    here = [one for one in pupils(actor.organisation, day) if one.class_group == row.class_group]
    here.sort(key=lambda one: (one.number, str(one.student)))
    borne, left_out = _borne_out(here, kind, actor.organisation, day)
    made = issue_cards(actor, borne, kind, day)
    key = data_keys.ensure([row.batch_id])[row.batch_id]
    row.pupils, row.cards, row.left_out = len(here), len(made), len(left_out)
    row.certificates = [str(one.id) for one in made]
    row.exceptions = seal_json(key, [one.as_json() for one in left_out], part_place(row.id, b"exceptions"))
    facts = [one.facts for one in borne]
    if made:
        pdf, _ = print_cards(kind, made, facts, imposed=True)
        row.sheets = seal(key, pdf, part_place(row.id, b"sheets"))
    roll = roll_pdf(kind, organisations.by_id(actor.organisation).name, row.title, made, facts, left_out, day)
    row.roll = seal(key, roll, part_place(row.id, b"roll"))
    row.state, row.finished_at = "done", _now()
    row.save()


def _borne_out(
    here: Sequence[Pupil], kind: CertificateKind, school: UUID, day: date
) -> tuple[list[Borne], list[LeftOut]]:
    """Whom of a class the register bears out, with what a card says, and who is left out and why; some ten queries."""
    book, name = parameters.rulebook(day), organisations.by_id(school).name
    records = student_records([one.student for one in here], day)
    about = {key: subject_of(record, kind, school) for key, record in records.items()}
    chain = [one.registration for one in about.values() if one is not None]
    rows, beside = state_rows(records, chain), beside_of(records.values(), chain, kind)
    groups = class_groups(class_group_of(one, day) for one in about.values() if one is not None)
    borne, left_out = [], []
    for pupil in here:
        record, registration = records.get(pupil.student), about.get(pupil.student)
        faults = refusals(record, kind, school, rows, beside)
        if faults or record is None or registration is None:
            message = "".join(one.message for one in faults)
            left_out.append(LeftOut(pupil.student, pupil.name, pupil.number, faults[0].code if faults else "", message))
            continue
        borne.append(Borne(record, registration, card_facts(book, record, registration, name, groups)))
    return borne, left_out


def _fail(part: UUID, refused: Refused) -> None:
    row = BatchPart.objects.select_for_update().get(pk=part)
    key = data_keys.ensure([row.batch_id])[row.batch_id]
    told = [LeftOut(row.id, row.title, "", refused.code, refused.message).as_json()]
    row.state, row.exceptions = "failed", seal_json(key, told, part_place(part, b"exceptions"))
    row.save(update_fields=["state", "exceptions"])


@transaction.atomic
def part_files(*, actor: Actor, part: UUID, what: str = "") -> PartFiles:
    """The PDFs of a class that is done, logged as a print of ``what`` (``sheets``, ``roll``; '': both).

    As they were made; or made again of the cards that stand and that the register still bears out, where they were
    erased, a card was voided, or a record has changed since. Raises ``Refused``.
    """
    own = BatchPart.objects.filter(batch__organisation=actor.organisation, state="done")
    row = own.select_related("batch").filter(pk=part).first()
    if row is None:
        raise Refused("certificate.no_part", "没有这一部分的办理结果，或还没有办完。请刷新后再看。", "通知二.3")
    require_hand(actor, row.batch)
    if row.batch.leaving_year is not None:
        return diploma_files(actor=actor, row=row, what=what)
    papers = {str(one.id): one for one in Certificate.objects.filter(pk__in=row.certificates)}
    made = [papers[one] for one in row.certificates]
    kind = school_rulebook(row.school, today()).on(made[0].issued_on if made else today()).certificates[row.batch.kind]
    rows, facts, left_out = _still_so(actor.organisation, row, made, kind)
    if row.roll is None or len(rows) < len(made):
        files = _again(row, kind, rows, facts, left_out)
    else:
        key = data_keys.get([row.batch_id])[row.batch_id]
        sheets = open_(key, bytes(row.sheets), part_place(part, b"sheets")) if row.sheets else None
        files = PartFiles(row.title, sheets, open_(key, bytes(row.roll), part_place(part, b"roll")))
    numbers = f"{rows[0].number} 至 {rows[-1].number}" if rows else "（没有证件）"
    said = {"sheets": "拼版", "roll": "发放名单"}.get(what, "拼版和发放名单")
    log_print(actor, [one.student for one in rows], f"打印{kind.title}{said} {row.title} {numbers}")
    return files


def _still_so(
    school: UUID, row: BatchPart, made: Sequence[Certificate], kind: CertificateKind
) -> tuple[list[Certificate], list[dict[str, str]], list[LeftOut]]:
    """The cards of a class that stand and that the register bears out now, with what they say; who has none, why."""
    standing = [one for one in made if one.voided_at is None]
    named = {one.student: one for one in pupils(school, today())}
    here = [named[one.student] for one in standing if one.student in named]
    borne, unborne = _borne_out(here, without(kind, "one_valid"), school, today())
    known = {one.record.student: one for one in borne}
    refused = {one.student for one in unborne}
    rows, facts, changed = [], [], []
    for one in standing:
        still = known.get(one.student)
        if still is not None and digest_of(still.about.registration, still.facts) == one.register_digest:
            rows.append(one)
            facts.append(still.facts)
        elif one.student not in refused:
            name = named[one.student].name if one.student in named else "（已离校）"
            changed.append(LeftOut(one.student, name, "", "certificate.changed", _CHANGED))
    return rows, facts, [*unborne, *changed]


def _again(
    row: BatchPart,
    kind: CertificateKind,
    rows: Sequence[Certificate],
    facts: Sequence[dict[str, str]],
    left_out: Sequence[LeftOut],
) -> PartFiles:
    """The files of a class once more; who has changed since is named on the roll."""
    pdf = print_cards(kind, rows, facts, imposed=True)[0] if rows else None
    school = organisations.by_id(row.school).name
    told = [*open_left_out(row), *left_out]
    return PartFiles(row.title, pdf, roll_pdf(kind, school, row.title, rows, facts, told, today()))


def sweep_files() -> int:
    """Erase the PDFs of classes after some days (they can be made again); how many. In the system's context."""
    before = environment().now() - timedelta(days=int(parameters.rulebook(today()).settings[KEPT]))
    old = BatchPart.objects.filter(finished_at__lt=before, roll__isnull=False)
    return old.update(sheets=None, roll=None)


def start_batch(*, actor: Actor, kind: str, classes: Sequence[UUID] = ()) -> UUID:
    """Order a batch and have the worker carry it out. Raises ``Refused``."""
    batch = order_batch(actor=actor, kind=kind, classes=classes)
    go_on(actor=actor, batch=batch)
    return batch


def start_diplomas(
    *, actor: Actor, kind: str, year: int, schools: Collection[UUID] = (), printer: UUID | None = None
) -> UUID:
    """Order a bureau's diplomas and have the worker carry it out. Raises ``Refused``."""
    batch = order_diplomas(actor=actor, kind=kind, year=year, schools=schools, printer=printer)
    go_on(actor=actor, batch=batch)
    return batch


def go_on(*, actor: Actor, batch: UUID) -> None:
    """Have the worker carry a batch out, or go on with one that was interrupted."""
    from xueji.duties.certificates.tasks import carry_out_batch

    own = Batch.objects.filter(organisation=actor.organisation)
    found = own.filter(pk=batch).first()
    if found is None or own.filter(kind=found.kind).exclude(state="done").exclude(pk=batch).exists():
        raise Refused("certificate.batch_open", "本单位已有另一批在办理，请等它办完。", "通知二.3")
    require_hand(actor, found)
    own.filter(pk=batch).update(state="waiting", changed_at=_now())
    carry_out_batch.defer(
        batch=str(batch), person=str(actor.person), post=str(actor.post), organisation=str(actor.organisation)
    )


def _now() -> datetime:
    return environment().now()
