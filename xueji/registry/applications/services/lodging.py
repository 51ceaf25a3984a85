"""What every lodging shares: may this post lodge, the rulebook of the school, the row and its case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from xueji.ground.accounts import services as accounts
from xueji.ground.documents import selectors as documents
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.districts import competent_district
from xueji.ground.organisations.models import Organisation
from xueji.ground.parameters.selectors import rulebook
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.rulebook import ChangeKind, NotInRulebook, Rulebook
from xueji.pure.kernel.types import Actor, Level, Refused, Role
from xueji.registry.applications.claims import seal_claim
from xueji.registry.applications.models import Application, Evidence
from xueji.registry.applications.papers import selectors as papers
from xueji.registry.applications.routes import Route, route
from xueji.registry.cases import services as cases


@dataclass(frozen=True, slots=True)
class Ground:
    """What a lodging stands on: the school, the rulebook of its district today, the kind of change."""

    school: Organisation
    book: Rulebook
    change: ChangeKind


def ground(actor: Actor, school: UUID, kind: str) -> Ground:
    """Check that the actor may lodge this kind for this school; raises ``Refused``."""
    found = organisations.by_id(school)
    book = school_rulebook(school, today())
    try:
        change = book.change(kind)
    except NotInRulebook:
        raise Refused("no_such_change", "现行规则中没有这种变动，不能申报。请与主管教育局联系。", "通知一.2") from None
    by_bureau = change.lodged_by is Role.CLERK
    place = organisations.competent_bureau(school, today()) if by_bureau else school
    if actor.organisation != place or actor.role is not change.lodged_by or found.level != Level.SCHOOL:
        who = "主管教育局的经办人" if by_bureau else "本校（或中心校）的学籍管理员"
        raise Refused("not_your_school", f"{change.title}由{who}申报，您现在的岗位不能申报。", "通知一.3")
    accounts.can_act(actor)
    return Ground(found, book, change)


def school_rulebook(school: UUID, on: date) -> Rulebook:
    """The rulebook in force for a school on a day: its competent bureau's layer, the city's for a city school."""
    return rulebook(on, competent_district(school, on))


def open_application(
    *,
    actor: Actor,
    stands: Ground,
    claim: Mapping[str, str] | None = None,
    other_school: UUID | None = None,
    label: str,
    **values: Any,
) -> tuple[Application, Route]:
    """Write the application and open its case with the steps of the rulebook.

    Raises ``Refused`` through the case; a violated uniqueness is the caller's to translate.
    """
    way = route(stands.change, school=stands.school.id, other=other_school, on=today())
    now = environment().now()
    application = Application(
        id=environment().new_id(),
        kind=stands.change.kind,
        variant=way.variant,
        school=stands.school.id,
        other_school=other_school,
        lodged_by=actor.person,
        lodged_post=actor.post,
        lodged_on=today(),
        lodged_at=now,
        changed_at=now,
        **values,
    )
    if claim is not None:
        application.claim = seal_claim(application.id, claim)
    application.save(force_insert=True)
    cases.open_case(
        actor=actor,
        subject=application.id,
        kind=application.kind,
        organisation=actor.organisation,
        steps=way.steps,
        stage=application.stage,
        label=label,
        concerns=[one for one in (application.school, other_school) if one is not None],
    )
    return application, way


def attach(actor: Actor, application: Application, change: ChangeKind, evidence: Sequence[tuple[str, UUID]]) -> None:
    """Link documents under the rulebook's keys; raises ``Refused`` where a needed one is missing or unknown."""
    given = {key for key, _ in evidence}
    missing = [paper.title for paper in change.evidence if paper.required and paper.key not in given]
    if missing:
        raise Refused("evidence_missing", f"还缺少材料：{'、'.join(missing)}。请上传后再申报。", change.basis)
    unknown = sorted(given - papers.titles(change).keys())
    if unknown:
        raise Refused("evidence_unknown", f"{change.title}不需要这种材料（{'、'.join(unknown)}），请核对材料类别。")
    stored = documents.documents([document for _, document in evidence])
    if any(document not in stored or stored[document].organisation != actor.organisation for _, document in evidence):
        raise Refused("evidence_not_ours", "有一份材料不是本校上传的，或已不存在，请重新上传后再申报。", change.basis)
    Evidence.objects.bulk_create(
        [
            Evidence(
                id=environment().new_id(),
                application=application,
                key=key,
                document=document,
                added_at=application.lodged_at,
                added_by=actor.person,
            )
            for key, document in evidence
        ]
    )
