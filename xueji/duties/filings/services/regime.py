"""Documents of the regime with version and date; undertakings recorded as signed (clauses A2, A6)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction

from xueji.duties.filings.models import RegimeDocument, Undertaking
from xueji.duties.filings.undertakings import regime_of, signed_persons, text_in_force
from xueji.ground.accounts.models import PostHolding
from xueji.ground.accounts.services.authority import KEEPERS
from xueji.ground.documents import services as documents
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Level, Refused, Role

BASIS = "通知一.6"
_WRITES = frozenset({Role.REGISTRAR, Role.DEPUTY_HEAD, Role.CLERK, Role.HEAD})


@transaction.atomic
def add_document(
    *, actor: Actor, kind: str, version: str, dated_on: date, name: str = "", content: bytes = b""
) -> RegimeDocument:
    """Put a version of the own organisation's document on record, with its file where there is one."""
    if actor.role not in _WRITES:
        raise Refused("regime.post", "制度由本单位的学籍管理员、分管校长或教育局经办人、负责人登记。", BASIS)
    known = {one.kind.document: one.kind for one in regime_of(actor.organisation, actor.level.value)}
    faults = [] if kind in known else ["请选择是哪一项制度。"]
    if not version.strip():
        faults.append("请写明版本，例如“2008 年修订”或文号。")
    if dated_on > today():
        faults.append("制定日期不能晚于今天。")
    if faults:
        raise Refused("regime.incomplete", "".join(faults), BASIS)
    key, stored = environment().new_id(), None
    if content:
        stored = documents.store(actor=actor, subject=key, name=name or known[kind].title, content=content).id
    try:
        with transaction.atomic():
            return RegimeDocument.objects.create(
                id=key,
                organisation=actor.organisation,
                kind=kind,
                version=version.strip(),
                dated_on=dated_on,
                file=stored,
                recorded_by=actor.person,
                recorded_at=environment().now(),
            )
    except IntegrityError as error:
        raise Refused(
            "regime.version_known", f"{known[kind].title}的“{version.strip()}”已经登记过，请核对版本。", BASIS
        ) from error


@transaction.atomic
def record_undertakings(*, actor: Actor, holdings: Iterable[UUID], signed_on: date) -> int:
    """These holders signed the undertaking in force on a day; returns how many were new.

    By the school's deputy head or registrar for colleagues, by a bureau below it; never by oneself.
    """
    text = text_in_force()
    if text is None:
        raise Refused("undertaking.no_text", "规则册里没有承诺书的文字，请联系市教育局。", BASIS)
    if actor.role not in _WRITES | KEEPERS:
        raise Refused("undertaking.post", "承诺书由本单位学籍管理员、分管校长或教育局登记。", BASIS)
    wanted = set(holdings)
    held = list(PostHolding.objects.filter(pk__in=wanted).select_related("post"))
    faults = []
    if not wanted:
        faults.append("还没有选择人员，请在名单上勾选。")
    if len(held) < len(wanted) or (
        actor.level is Level.SCHOOL and any(one.post.organisation_id != actor.organisation for one in held)
    ):
        faults.append("有人员不在您管理的范围内。")
    if any(one.account_id == actor.person for one in held):
        faults.append("不能登记自己的承诺书，请由其他人员登记。")
    if signed_on > today():
        faults.append("签订日期不能晚于今天。")
    if faults:
        raise Refused("undertaking.incomplete", "".join(faults), BASIS)
    there = signed_persons({one.account_id for one in held})
    fresh = {one.account_id: one.post.organisation_id for one in held if one.account_id not in there}
    Undertaking.objects.bulk_create(
        [
            Undertaking(
                id=environment().new_id(),
                organisation=organisation,
                person=person,
                undertaking=text.undertaking,
                version=text.version,
                signed_on=signed_on,
                recorded_by=actor.person,
                recorded_at=environment().now(),
            )
            for person, organisation in fresh.items()
        ]
    )
    return len(fresh)
