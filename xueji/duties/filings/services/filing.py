"""A filing: made by the bureau's clerk, filed by its head, a district's acknowledged by the city (clauses A3, B1).

The city files the schools directly under it and its own posts, maintainers among them; nobody stands above it, so its
head's filing is the last step.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from xueji.duties.filings.content import digest_of, rows_of
from xueji.duties.filings.models import Filing, FilingState
from xueji.ground.accounts.context import system_actor
from xueji.ground.journals.selectors import carrier_of
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations import services as codes
from xueji.ground.organisations.models import CodeState
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.staffing import FilingKind
from xueji.pure.kernel.types import Actor, Level, Refused, Role
from xueji.registry.cases.services.notices import notify

BASIS = "通知一.3、二.1"


@transaction.atomic
def make(*, actor: Actor, kind: str, year: int) -> Filing:
    """Prepare a bureau's filing from what the system knows now; again as often as wanted until it is filed. What was
    sent back is kept beside it."""
    rule = _kind(kind, year)
    if actor.level is Level.SCHOOL or actor.role is not Role.CLERK:
        raise Refused("filing.post", f"{rule.title}由教育局的经办人生成，请核对岗位。", BASIS)
    rows = rows_of(kind, actor.organisation, today())
    if not rows:
        raise Refused("filing.empty", "本局还没有可以报备的内容，请先登记学校和任职人员。", BASIS)
    found = Filing.objects.select_for_update().filter(kind=kind, year=year, bureau=actor.organisation).first()
    if found is not None and found.state in (FilingState.FILED, FilingState.ACKNOWLEDGED):
        raise Refused(
            "filing.frozen", f"{year} 年的{rule.title}已经报备，内容不能再改。有变动的，请市局退回后重报。", BASIS
        )
    found = found or Filing(id=environment().new_id(), kind=kind, year=year, bureau=actor.organisation)
    found.state = FilingState.MADE
    found.content, found.digest = rows, digest_of(rows)
    found.made_by, found.made_at = actor.person, environment().now()
    found.filed_by = found.filed_at = found.decided_by = found.decided_at = None
    found.save()
    return found


@transaction.atomic
def file_(*, actor: Actor, kind: str, year: int) -> Filing:
    """报备: the bureau's head files what the clerk made; frozen from now on. The city's own is then done, and the codes
    of its schools are certain."""
    rule = _kind(kind, year)
    if actor.level is Level.SCHOOL or actor.role is not Role.HEAD:
        raise Refused("filing.post", f"{rule.title}由教育局的负责人报备，请核对岗位。", BASIS)
    found = _held(kind, year, actor.organisation, rule)
    if found.state != FilingState.MADE:
        raise Refused(
            "filing.state", f"{rule.title}现在是“{FilingState(found.state).label}”，不能报备。请先由经办人生成。", BASIS
        )
    if found.made_by == actor.person:
        raise Refused("filing.same_person", "生成和报备须由两个人办理，请由另一人报备。", "通知一.3")
    found.state, found.reason = FilingState.FILED, ""
    found.filed_by, found.filed_at = actor.person, environment().now()
    if actor.level is Level.CITY:
        if kind == "school_codes":
            _require_still_so(found)
            _confirm(actor, found)
        found.state = FilingState.ACKNOWLEDGED
        found.save()
        return found
    found.save()
    notify([organisations.city().id], "filing_filed", params={"title": rule.title, "name": _name(found)})
    return found


def acknowledge(*, actor: Actor, kind: str, year: int, bureau: UUID) -> Filing:
    """确认: the city's head acknowledges; drafted school codes in the table are confirmed by it (clause B1)."""
    rule = _kind(kind, year)
    _require_city_head(actor, rule)
    with transaction.atomic():
        found = _held(kind, year, bureau, rule)
        _require_filed(found, rule)
        if kind == "school_codes":
            _require_still_so(found)
            # The code is confirmed in the district's journal: by its own node, where it has one, when it hears of this.
            if carrier_of(bureau) is None:
                _confirm(actor, found)
        found.state = FilingState.ACKNOWLEDGED
        found.decided_by, found.decided_at = actor.person, environment().now()
        found.save()
        notify([bureau], "filing_acknowledged", params={"title": rule.title})
        return found


def send_back(*, actor: Actor, kind: str, year: int, bureau: UUID, reason: str) -> Filing:
    """退回修改: the city's head sends a filing back, with the reason."""
    rule = _kind(kind, year)
    _require_city_head(actor, rule)
    if not reason.strip():
        raise Refused("filing.no_reason", "请写明退回的原因和需要修改的地方。", BASIS)
    with transaction.atomic():
        found = _held(kind, year, bureau, rule)
        _require_filed(found, rule)
        found.state, found.reason = FilingState.SENT_BACK, reason.strip()
        found.decided_by, found.decided_at = actor.person, environment().now()
        found.save()
        notify([bureau], "filing_sent_back", params={"title": rule.title})
        return found


def confirm_acknowledged(*, filing: Filing) -> None:
    """Confirm the codes of a table that the city acknowledged at a node of its own, where the district's journal is.

    In the system's own name; the entry's basis says who acknowledged. A code that was changed since is passed over.
    """
    if filing.kind == "school_codes":
        _confirm(system_actor(filing.bureau), filing, decided_by=str(filing.decided_by))


def title_of(found: Filing) -> str:
    """学校代码表 …"""
    rule = parameters.rulebook(today()).staffing.filings.get(found.kind)
    return rule.title if rule else found.kind


def _require_still_so(found: Filing) -> None:
    """A code that was changed since is not what was filed."""
    schools = {one.code for one in organisations.schools_of(found.bureau)}
    gone = [row["name"] for row in found.content if row["code"] not in schools]
    if gone:
        raise Refused(
            "filing.moved_on",
            f"报备以后，{'、'.join(gone[:5])}的代码或隶属关系已有变动，请退回区县重新生成。",
            BASIS,
        )


def _confirm(actor: Actor, found: Filing, **basis: str) -> None:
    """The codes as filed become certain."""
    filed = {row["code"] for row in found.content}
    schools = organisations.schools_of(found.bureau)
    wanted = [one.id for one in schools if one.code_state == CodeState.DRAFTED and one.code in filed]
    if wanted:
        codes.confirm_codes(
            actor=actor,
            schools=wanted,
            effective_on=today(),
            basis={"clause": "B1", "cause": found.kind, "filing": str(found.pk), "digest": found.digest, **basis},
        )


def _kind(kind: str, year: int) -> FilingKind:
    found = parameters.rulebook(today()).staffing.filings.get(kind)
    if found is None or not found.since_year <= year <= today().year:
        raise Refused("filing.unknown", f"{year} 年没有这一项报备，请核对年份和名称。", BASIS)
    return found


def _held(kind: str, year: int, bureau: UUID, rule: FilingKind) -> Filing:
    found = Filing.objects.select_for_update().filter(kind=kind, year=year, bureau=bureau).first()
    if found is None:
        raise Refused("filing.none", f"{year} 年的{rule.title}还没有生成，请先由经办人生成。", BASIS)
    return found


def _require_city_head(actor: Actor, rule: FilingKind) -> None:
    if actor.level is not Level.CITY or actor.role is not Role.HEAD:
        raise Refused("filing.post", f"{rule.title}由市教育局负责人确认或退回，请核对岗位。", BASIS)


def _require_filed(found: Filing, rule: FilingKind) -> None:
    if found.state != FilingState.FILED:
        raise Refused("filing.state", f"{rule.title}现在是“{FilingState(found.state).label}”，不需要市局办理。", BASIS)


def _name(found: Filing) -> str:
    return organisations.by_id(found.bureau).name
