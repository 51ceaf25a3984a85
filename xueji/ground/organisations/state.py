"""The one way into the state tables: append entries, then refold the organisations they speak of.

``organisations_mention`` notes which entries speak of which organisation, since
a school's code and relations stand in its bureaus' journals and its classes in its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, connection, models, transaction
from django.db.models.functions import Cast

from xueji.ground.journals.models import JournalEntry
from xueji.ground.journals.services import Entry, NewEntry, append
from xueji.ground.organisations.districts import forget_districts
from xueji.ground.organisations.models import (
    ClassGroup,
    CohortPromotion,
    Mention,
    Organisation,
    OrganisationName,
    OrganisationRelation,
    Site,
)
from xueji.ground.organisations.rules import version
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.fold import FoldClash, OrganisationState, fold_organisation
from xueji.pure.kernel.operations import Operation, operations_from_json
from xueji.pure.kernel.organisation_fold import OrganisationRecord
from xueji.pure.kernel.types import Actor, Refused

SITE_FIELD = "site:"
COLUMNS = ("code", "code_state", "name", "short_name", "parent")


@dataclass(frozen=True, slots=True)
class _Folded:
    """An entry as the fold wants it."""

    entry_id: UUID
    effective_on: date
    sequence: int
    operations: tuple[Operation, ...]
    corrects: UUID | None


def write(*, actor: Actor, entries: Sequence[NewEntry], transaction_id: UUID | None = None) -> list[Entry]:
    """Append entries about organisations and refold what they speak of, in the transaction around.

    Raises ``Refused`` (``organisations.clash``) where the entries contradict what the journals say already.
    """
    try:
        return _write(actor, entries, transaction_id or environment().new_id())
    except FoldClash as error:
        raise Refused(
            "organisations.clash", "这项变更与已有的记录矛盾，没有保存。请核对单位、日期后重试。", "通知二.1"
        ) from error
    except IntegrityError as error:
        raise _refusal(error) from error


def _write(actor: Actor, entries: Sequence[NewEntry], transaction_id: UUID) -> list[Entry]:
    with transaction.atomic():
        made = append(
            actor=actor,
            transaction_id=transaction_id,
            entries=entries,
            rulebook_version=version(),
        )
        noted = {(organisation, entry.entry_id) for entry in made for organisation in mentioned(entry.operations)}
        Mention.objects.bulk_create(
            [Mention(organisation=organisation, entry=entry) for organisation, entry in sorted(noted)]
        )
        refold({organisation for organisation, _ in noted})
    return made


_SENTENCES = {
    "organisations_organisation_code_key": "这个代码已经给过别的单位，代码不能重复使用。请另编一个。",
    "organisation_code_fixed": "学校代码一经确定不得更改。",
    "relation_one_at_a_time": "同一时间只能有一个这样的隶属关系，请核对起止日期。",
    "relation_not_to_itself": "单位不能隶属于自己。",
    "class_group_once": "这个班级已经设立。请核对入学年份和班号。",
    "site_code_no_once": "校区（点）的编号重复，请另编一个。",
}


def _refusal(error: IntegrityError) -> Refused | IntegrityError:
    """The plain sentence for what the database does not let in; any other error as it is."""
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    if constraint in _SENTENCES:
        return Refused(f"organisations.{constraint}", _SENTENCES[constraint], "通知二.1")
    return error


def mentioned(operations: Iterable[Operation]) -> set[UUID]:
    """The organisations whose state these operations change."""
    found = set()
    for operation in operations:
        whose = getattr(operation, "organisation", None) or getattr(operation, "school", None)
        if whose is not None:
            found.add(whose)
    return found


def refold(organisations: Iterable[UUID]) -> None:
    """Fold all entries that speak of these organisations and bring their rows to what the fold says."""
    wanted = set(organisations)
    if not wanted:
        return
    entries = Mention.objects.filter(organisation__in=wanted).values("entry")
    _store(wanted, fold_organisation(_read(JournalEntry.objects.filter(entry_id__in=entries))))


def rebuild() -> int:
    """Make all state of organisations again from the journals; returns how many there are."""
    with transaction.atomic():
        entries = list(_read(JournalEntry.objects.filter(student__isnull=True)))
        noted = {(organisation, entry.entry_id) for entry in entries for organisation in mentioned(entry.operations)}
        Mention.objects.bulk_create(
            [Mention(organisation=organisation, entry=entry) for organisation, entry in sorted(noted)],
            ignore_conflicts=True,
            batch_size=5000,
        )
        state = fold_organisation(entries)
        _store(set(state.organisations), state)
    return len(state.organisations)


def _read(found: models.QuerySet[JournalEntry]) -> Iterable[_Folded]:
    said = found.annotate(said=Cast("operations", models.TextField()))  # the driver would read the type json itself
    rows = said.values_list("entry_id", "effective_on", "sequence", "said", "op_version", "corrects")
    for entry_id, effective_on, sequence, operations, op_version, corrects in rows:
        yield _Folded(
            entry_id, effective_on, sequence, operations_from_json(json.loads(operations), op_version), corrects
        )


def _store(wanted: set[UUID], state: OrganisationState) -> None:
    records = {one: record for one, record in state.organisations.items() if one in wanted and record.opened_on}
    latest = _latest(wanted, state)
    forget_districts()
    _replace(Organisation, "id", wanted, [_organisation_row(record, latest) for record in records.values()])
    _replace(OrganisationRelation, "organisation_id", wanted, _relation_rows(records.values()))
    _replace(OrganisationName, "organisation_id", wanted, _name_rows(records.values()))
    _replace(Site, "school_id", wanted, _site_rows(records.values()))
    groups = [
        ClassGroup(
            id=one.class_group,
            school_id=one.school,
            site_id=one.site or main_site_id(one.school),
            stage=one.stage,
            intake_year=one.intake_year,
            class_no=one.class_no,
            fields=one.fields,
            entry=one.entry,
        )
        for one in state.class_groups.values()
        if one.school in wanted
    ]
    _replace(ClassGroup, "school_id", wanted, groups)
    _replace(CohortPromotion, "school_id", wanted, _promotion_rows(wanted, state))


def main_site_id(school: UUID) -> UUID:
    """The main site has an id of its own that follows from the school's: no entry need name it."""
    return uuid5(school, "main site")


def _latest(wanted: set[UUID], state: OrganisationState) -> dict[UUID, UUID]:
    """The entry that last set something of each organisation."""
    found: dict[UUID, UUID] = {}
    for one, record in state.organisations.items():
        entries = [*record.field_entries.values(), *(relation.entry for relation in record.relations)]
        if one in wanted and entries:
            found[one] = max(entries)
    return found


def _organisation_row(record: OrganisationRecord, latest: dict[UUID, UUID]) -> Organisation:
    fields = record.fields
    kept = {name: value for name, value in fields.items() if name not in COLUMNS and not name.startswith(SITE_FIELD)}
    if record.level is None or record.opened_on is None:
        raise ValueError(f"organisation {record.organisation} was never opened")
    return Organisation(
        id=record.organisation,
        level=record.level,
        kind=fields.get("kind") or record.kind or "",
        code=fields["code"],
        code_state=fields["code_state"],
        name=fields["name"],
        short_name=fields.get("short_name", ""),
        fields={name: value for name, value in kept.items() if name != "kind"},
        opened_on=record.opened_on,
        closed_on=record.closed_on,
        parent=UUID(fields["parent"]) if fields.get("parent") else None,
        last_entry=latest[record.organisation],
    )


def _relation_rows(records: Iterable[OrganisationRecord]) -> list[OrganisationRelation]:
    return [
        OrganisationRelation(
            id=uuid5(record.organisation, f"{one.relation} {one.started_on.isoformat()}"),
            organisation_id=record.organisation,
            relation=one.relation,
            other_id=one.other,
            started_on=one.started_on,
            ended_on=one.ended_on,
            entry=one.entry,
        )
        for record in records
        for one in record.relations
        if one.other is not None
    ]


def _name_rows(records: Iterable[OrganisationRecord]) -> list[OrganisationName]:
    return [
        OrganisationName(
            id=uuid5(record.organisation, f"name {started_on.isoformat()}"),
            organisation_id=record.organisation,
            name=name,
            started_on=started_on,
            ended_on=record.names[place + 1][0] if place + 1 < len(record.names) else None,
            entry=entry,
        )
        for record in records
        for place, (started_on, name, entry) in enumerate(record.names)
    ]


def _site_rows(records: Iterable[OrganisationRecord]) -> list[Site]:
    return [
        Site(
            id=UUID(name.removeprefix(SITE_FIELD)),
            school_id=record.organisation,
            name=value["name"],
            code_no=value["code_no"],
            kind=value["kind"],
            entry=record.field_entries[name],
        )
        for record in records
        for name, value in record.fields.items()
        if name.startswith(SITE_FIELD)
    ]


def _promotion_rows(wanted: set[UUID], state: OrganisationState) -> list[CohortPromotion]:
    return [
        CohortPromotion(
            id=uuid5(school, f"promotion {stage} {intake_year} {school_year}"),
            school_id=school,
            stage=stage,
            intake_year=intake_year,
            school_year=school_year,
            entry=entry,
        )
        for (school, stage, intake_year, school_year), entry in state.promotions.items()
        if school in wanted
    ]


def _concrete(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if not field.generated]


def _replace(model: type[models.Model], owner: str, wanted: set[UUID], rows: Sequence[Any]) -> None:
    """Bring the rows of these organisations to ``rows``, touching only those that differ."""
    columns = _concrete(model)
    stored: dict[UUID, tuple[Any, ...]] = {}
    for values in model._default_manager.filter(**{f"{owner}__in": wanted}).values_list(*columns):
        stored[values[columns.index("id")]] = values
    given = {row.id: row for row in rows}
    gone = [one for one in stored if one not in given]
    changed = [row for row in rows if stored.get(row.id) != tuple(getattr(row, name) for name in columns)]
    if gone:
        model._default_manager.filter(id__in=gone).delete()
    if model is OrganisationRelation:
        _shorten([row for row in changed if row.id in stored])
        changed = [row for row in changed if row.id not in stored]
    names = [field.name for field in model._meta.concrete_fields if not field.generated and not field.primary_key]
    model._default_manager.bulk_create(
        changed, update_conflicts=True, unique_fields=["id"], update_fields=names, batch_size=2000
    )


def _shorten(changed: Sequence[OrganisationRelation]) -> None:
    """Relations that stand are changed before a new one begins, or the exclusion would meet both.

    Whole, in one statement: between the end of one and the begin of the next nobody has the school in sight.
    """
    if not changed:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE organisations_relation r SET ended_on = n.ended_on, other_id = n.other, entry = n.entry "
            "FROM unnest(%s::uuid[], %s::date[], %s::uuid[], %s::uuid[]) AS n (id, ended_on, other, entry) "
            "WHERE r.id = n.id",
            [
                [row.id for row in changed],
                [row.ended_on for row in changed],
                [row.other_id for row in changed],
                [row.entry for row in changed],
            ],
        )
