"""A school explains what is asked of it, a reviewer notes what he finds; both are only added (clause C5)."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from xueji.duties.returns.authority import BASIS, placed, require, require_reviewer
from xueji.duties.returns.findings import key_of
from xueji.duties.returns.models import Remark, RemarkKind, Return, ReturnState
from xueji.duties.returns.remarks import seal_texts
from xueji.duties.returns.selectors import current
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Actor, Refused, Severity

SHORTEST = 2


@transaction.atomic
def explain(*, actor: Actor, round_code: str, organisation: UUID, texts: Mapping[str, str]) -> int:
    """写明原因 of findings, by :func:`findings.key_of`; how many were written. For whoever may make the return.

    Raises ``Refused`` where nothing is made, where it is certified already, for a finding that is no query of it, and
    for an empty text.
    """
    _, one, _ = placed(round_code, organisation)
    require(actor, one, "explain")
    made = current(round_code, organisation)
    if made is None or made.state != ReturnState.MADE:
        raise Refused("return.order", "说明写在已生成、尚未确认的上报上。请先生成上报数据。", BASIS)
    asked = {key_of(item) for item in made.findings if item["severity"] == Severity.QUERY.value}
    wanted = {key: " ".join(text.split()) for key, text in texts.items()}
    if not wanted.keys() <= asked:
        raise Refused("return.no_such_finding", "所说明的问题已经不在清单上，请刷新页面后再写。", BASIS)
    return _write(actor, made, RemarkKind.EXPLANATION, wanted)


def explain_all(*, actor: Actor, round_code: str, organisation: UUID, text: str, code: str = "") -> int:
    """The same explanation for every query that has none yet (of one rule, where ``code`` names it)."""
    from xueji.duties.returns.remarks import explanations

    made = current(round_code, organisation)
    done = explanations(made) if made else {}
    open_ = [
        key_of(item)
        for item in (made.findings if made else ())
        if item["severity"] == Severity.QUERY.value and code in ("", item["code"])
    ]
    wanted = {key: text for key in open_ if key not in done}
    if not wanted:
        return 0
    return explain(actor=actor, round_code=round_code, organisation=organisation, texts=wanted)


@transaction.atomic
def note(*, actor: Actor, round_code: str, organisation: UUID, texts: Mapping[str, str]) -> int:
    """审核意见 on lines of a submitted return (a finding, a line of the figures, "" for the whole), by whoever reviews
    it. Raises ``Refused`` for others, for a return that was not submitted, and for an empty text."""
    _, one, above = placed(round_code, organisation)
    require_reviewer(actor, above, "review")
    made = current(round_code, organisation)
    if made is None or made.state not in (ReturnState.SUBMITTED, ReturnState.ACCEPTED):
        raise Refused("return.not_submitted", f"{one.name}还没有上报，不能写审核意见。", BASIS)
    return _write(actor, made, RemarkKind.NOTE, {key: " ".join(text.split()) for key, text in texts.items()})


def _write(actor: Actor, made: Return, kind: RemarkKind, texts: Mapping[str, str]) -> int:
    if not texts or any(len(text) < SHORTEST for text in texts.values()):
        raise Refused("return.remark_empty", "请写明具体情况，例如“学生 9 月 10 日已到校，手续在补办”。", BASIS)
    # Who keeps a closed school's records explains in its name; a note is the reviewer's own.
    author = made.organisation if kind is RemarkKind.EXPLANATION else actor.organisation
    rows = [
        Remark(
            id=environment().new_id(), round=made.round, organisation=made.organisation, version=made.version,
            kind=kind, line=line, author=author, person=actor.person, at=environment().now(),
        )
        for line in sorted(texts)
    ]  # fmt: skip
    seal_texts(rows, [texts[row.line] for row in rows])
    Remark.objects.bulk_create(rows)
    return len(rows)
