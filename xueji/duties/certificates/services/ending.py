"""What a closed organisation leaves undone: its open requests for attestation end, its batches of cards are over, an
electronic seal that waited is approved for nobody any more.

What a request asks for would not be printed any more: whoever keeps the records gives the papers out, in its own name,
and asks for them itself (clause B3, custody). Every pupil of the request reads why, the keeper and the bureau are told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import F

from xueji.duties.certificates.models import Batch, BatchPart, LineState, Order, OrderLine, OrderState
from xueji.duties.certificates.rolls import LeftOut, part_place
from xueji.duties.certificates.seal_models import Seal, SealState
from xueji.duties.certificates.sealed import seal_reasons
from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import seal_json
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import Organisation
from xueji.ground.typesetting import chinese_date
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Level
from xueji.registry.cases import services as cases
from xueji.registry.cases.services.notices import NewNotice, notify_all

# A school's batch is of cards, a bureau's of diplomas that are attested already.
_REMEDY_OF_SCHOOL = "学生现在的学校可以为他们另行办理。"
_REMEDY_OF_BUREAU = "学校现在的主管教育局可以另行打印。"
OPEN = (OrderState.REQUESTED, OrderState.SENT_BACK)


@dataclass(frozen=True, slots=True)
class Ended:
    """How many requests, batches and proposed seals of closed organisations were ended."""

    orders: int = 0
    batches: int = 0
    seals: int = 0


def under_way(schools: Collection[UUID]) -> int:
    """How many requests, batches and proposed seals of these organisations would end with them."""
    waiting = Order.objects.filter(school__in=schools, state__in=OPEN).count()
    waiting += Seal.objects.filter(organisation__in=schools, state=SealState.PROPOSED).count()
    return waiting + Batch.objects.filter(organisation__in=schools).exclude(state="done").count()


def why_ended(school: Organisation, keeper: Organisation) -> str:
    """The sentence that stands at a request that ended, and at each pupil of it."""
    day = f"于{chinese_date(school.closed_on)}" if school.closed_on else ""
    return f"{school.name}已{day}撤销，申请没有办结，随之终止。档案由{keeper.name}保管，请由该单位核对后重新申请。"


@transaction.atomic
def end_of_closed(schools: Collection[UUID] | None = None) -> Ended:
    """End what closed organisations (None: all that are closed, in the system's name) had under way; some ten
    statements, however many. Done again it finds nothing."""
    orders = _left(Order.objects.filter(state__in=OPEN).values_list("school", flat=True), schools)
    batches = _left(Batch.objects.exclude(state="done").values_list("organisation", flat=True), schools)
    seals = _left(Seal.objects.filter(state=SealState.PROPOSED).values_list("organisation", flat=True), schools)
    return Ended(_end_orders(orders), _end_batches(batches), _end_seals(seals))


def _left(found: Iterable[UUID], schools: Collection[UUID] | None) -> dict[UUID, Organisation]:
    """The closed ones of the organisations that have something under way."""
    wanted = set(found) if schools is None else set(found) & set(schools)
    closed = organisations.by_ids(wanted)
    return {key: one for key, one in closed.items() if one.closed_on is not None and one.closed_on <= today()}


def _end_orders(closed: Mapping[UUID, Organisation]) -> int:
    if not closed:
        return 0
    keepers = {key: organisations.keeper_of(one) for key, one in closed.items()}
    why = {key: why_ended(one, keepers[key]) for key, one in closed.items()}
    ended = list(Order.objects.select_for_update().filter(school__in=closed, state__in=OPEN).order_by("id"))
    cases.lapse(subjects=[one.pk for one in ended])
    lines = list(OrderLine.objects.filter(order__in=[one.pk for one in ended], state=LineState.CLAIMED))
    for line, reason in zip(lines, seal_reasons((line, why[line.school]) for line in lines), strict=True):
        line.state, line.reason = LineState.LEFT_OUT, reason
    OrderLine.objects.bulk_update(lines, ["state", "reason"], batch_size=1000)
    Order.objects.filter(pk__in=[one.pk for one in ended]).update(state=OrderState.ENDED, version=F("version") + 1)
    bureaus = organisations.by_ids(one.bureau for one in ended)
    attesting = {key: organisations.keeper_of(one).id for key, one in bureaus.items()}
    told = []
    for one in ended:
        params = {"label": one.title, "school": closed[one.school].name, "keeper": keepers[one.school].name}
        whom = {keepers[one.school].id, attesting[one.bureau]}
        told += [NewNotice(each, "papers_ended", params, subject=one.pk) for each in sorted(whom)]
    notify_all(told)
    return len(ended)


def _end_seals(closed: Collection[UUID]) -> int:
    """Nobody decides them any more; what was approved is on no new paper, since the organisation issues none."""
    found = Seal.objects.select_for_update().filter(organisation__in=list(closed), state=SealState.PROPOSED)
    ended = list(found.order_by("id").values_list("id", flat=True)) if closed else []
    cases.lapse(subjects=ended)
    return Seal.objects.filter(pk__in=ended).update(state=SealState.RETRACTED) if ended else 0


def _end_batches(closed: Mapping[UUID, Organisation]) -> int:
    """The classes that were not done say why; those that were stay as they are."""
    if not closed:
        return 0
    found = Batch.objects.select_for_update().filter(organisation__in=closed).exclude(state="done").order_by("id")
    ended = dict(found.values_list("id", "organisation"))
    parts = list(BatchPart.objects.filter(batch__in=ended).exclude(state="done"))
    known = data_keys.ensure(part.batch_id for part in parts)
    for part in parts:
        whose = closed[ended[part.batch_id]]
        remedy = _REMEDY_OF_SCHOOL if whose.level == Level.SCHOOL else _REMEDY_OF_BUREAU
        message = f"{whose.name}已撤销，{part.title}不再办理。{remedy}"
        told = [LeftOut(part.id, part.title, "", "certificate.school_closed", message).as_json()]
        part.state = "failed"
        part.exceptions = seal_json(known[part.batch_id], told, part_place(part.id, b"exceptions"))
    BatchPart.objects.bulk_update(parts, ["state", "exceptions"], batch_size=500)
    Batch.objects.filter(pk__in=ended).update(state="done", changed_at=environment().now())
    return len(ended)
