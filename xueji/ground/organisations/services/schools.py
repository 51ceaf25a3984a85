"""Schools: opened as drafts in bulk, described, closed (clauses A1, B1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from xueji.ground.journals.services import NewEntry, lock
from xueji.ground.organisations.authority import require_bureau
from xueji.ground.organisations.kinds import PUBLIC, STAGES_OF
from xueji.ground.organisations.models import Organisation
from xueji.ground.organisations.selectors import by_id, by_ids, competent_bureau
from xueji.ground.organisations.services.codes import check_school_code
from xueji.ground.organisations.state import SITE_FIELD, main_site_id, write
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.operations import CloseOrganisation, OpenOrganisation, Operation, Relate, SetOrganisationFields
from xueji.pure.kernel.types import Actor, Refused


@dataclass(frozen=True, slots=True)
class SiteDraft:
    """A teaching point (or the main site's own name, ``kind`` main) of a school to be opened."""

    name: str
    kind: str = "teaching_point"


@dataclass(frozen=True, slots=True)
class SchoolDraft:
    """A school to be opened with a drafted code (拟编).

    ``bureau``: its competent bureau (the city's for a school directly under it);
    ``district``: the bureau of the district it lies in, where that is another.
    ``stages``: where empty, those of its kind. ``is_approved`` False and ``host``
    are for migrant children's schools (clause A1).
    """

    code: str
    name: str
    kind: str
    bureau: UUID
    district: UUID | None = None
    central_school: UUID | None = None
    host: UUID | None = None
    ownership: str = PUBLIC
    is_approved: bool = True
    stages: tuple[str, ...] = ()
    short_name: str = ""
    sites: tuple[SiteDraft, ...] = ()
    fields: dict[str, Any] = field(default_factory=dict)
    id: UUID | None = None


def open_schools(
    *,
    actor: Actor,
    drafts: Sequence[SchoolDraft],
    effective_on: date,
    basis: dict[str, Any] | None = None,
    transaction_id: UUID | None = None,
) -> list[Organisation]:
    """Open schools with drafted codes: one entry a school in the journal of its competent bureau.

    Raises ``Refused`` for a code that does not fit the rulebook's scheme or was
    given before, an unknown kind, or an actor of another bureau.
    """
    if not drafts:
        return []
    with transaction.atomic():
        lock({draft.bureau for draft in drafts})
        ids = [draft.id or environment().new_id() for draft in drafts]
        for draft in drafts:
            require_bureau(actor, [draft.bureau])
            check_school_code(draft.code, effective_on)
        entries = [
            NewEntry(draft.bureau, "open_school", effective_on, _operations(one, draft), basis=basis or {})
            for one, draft in zip(ids, drafts, strict=True)
        ]
        write(actor=actor, entries=entries, transaction_id=transaction_id)
        found = by_ids(ids)
        return [found[one] for one in ids]


def open_school(*, actor: Actor, draft: SchoolDraft, effective_on: date) -> Organisation:
    """Open one school; see ``open_schools``."""
    return open_schools(actor=actor, drafts=[draft], effective_on=effective_on)[0]


def _operations(school: UUID, draft: SchoolDraft) -> tuple[Operation, ...]:
    if draft.kind not in STAGES_OF:
        raise Refused("organisations.kind", f"没有“{draft.kind}”这种学校类别，请从列表中选择。", "通知一.1")
    fields: dict[str, Any] = {
        "name": draft.name,
        "code": draft.code,
        "code_state": "drafted",
        "ownership": draft.ownership,
        "is_approved": draft.is_approved,
        "stages": list(draft.stages or STAGES_OF[draft.kind]),
        **draft.fields,
    }
    if draft.short_name:
        fields["short_name"] = draft.short_name
    fields |= _site_fields(school, draft)
    relations = {
        "competent_bureau": draft.bureau,
        "district": draft.district or draft.bureau,
        "central_school": draft.central_school,
        "host": draft.host,
    }
    return (
        OpenOrganisation(school, "school", draft.kind, fields),
        *(Relate(school, relation, other) for relation, other in relations.items() if other is not None),
    )


def _site_fields(school: UUID, draft: SchoolDraft) -> dict[str, Any]:
    own = next((site.name for site in draft.sites if site.kind == "main"), "本部")
    fields = {f"{SITE_FIELD}{main_site_id(school)}": {"name": own, "code_no": 0, "kind": "main"}}
    points = [site for site in draft.sites if site.kind != "main"]
    for number, point in enumerate(points, start=1):
        fields[f"{SITE_FIELD}{environment().new_id()}"] = {
            "name": point.name,
            "code_no": number,
            "kind": "teaching_point",
        }
    return fields


def set_fields(*, actor: Actor, organisation: UUID, fields: dict[str, Any], effective_on: date) -> Organisation:
    """Change what describes an organisation: name, ownership, approval … never its code or code state.

    ``fields`` may hold ``kind``: a nine-year school keeps its code when it takes on a stage.
    """
    with transaction.atomic():
        bureau = competent_bureau(organisation, effective_on) or by_id(organisation).parent or organisation
        lock([bureau])
        require_bureau(actor, [bureau])
        if {"code", "code_state", "parent"} & set(fields) or any(name.startswith(SITE_FIELD) for name in fields):
            raise Refused("organisations.code_apart", "代码、校区的变更请在各自的页面办理。", "通知二.1")
        if fields.get("kind") is not None and fields["kind"] not in STAGES_OF:
            raise Refused("organisations.kind", "没有这种学校类别，请从列表中选择。", "通知一.1")
        operation = SetOrganisationFields(organisation, fields)
        write(actor=actor, entries=[NewEntry(bureau, "set_organisation_fields", effective_on, (operation,))])
        return by_id(organisation)


def close_school(
    *, actor: Actor, school: UUID, effective_on: date, basis: dict[str, Any] | None = None
) -> Organisation:
    """Close a school; its code becomes void and is never given again (invariant 3).

    That no registration is in force there any more is checked by the application that closes it.
    """
    with transaction.atomic():
        bureau = competent_bureau(school, effective_on)
        if bureau is None:
            raise Refused("organisations.no_bureau", "这所学校没有主管教育局，请先设定。", "通知一.2")
        lock([bureau])
        require_bureau(actor, [bureau], head=True)
        operations = (SetOrganisationFields(school, {"code_state": "void"}), CloseOrganisation(school))
        write(actor=actor, entries=[NewEntry(bureau, "close_school", effective_on, operations, basis=basis or {})])
        return by_id(school)
