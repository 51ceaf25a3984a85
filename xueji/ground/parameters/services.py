"""Bringing a rulebook into force: files are the source, entries are what holds (design §2)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from django.db import connection, connections, transaction

from xueji.ground.journals import services as journals
from xueji.ground.journals.types import Entry, NewEntry
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.operations import SetRulebookValue
from xueji.pure.kernel.types import Actor, Level, Refused, Role

from . import selectors
from .loader import Layer, Layers, digest_of, load_layers
from .page_parts import with_page_parts
from .past import changed_past

BASIS = "通知一.2"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: parts newly in force, parts that stood already, layers without a bureau here."""

    version: str
    loaded: tuple[str, ...]
    unchanged: tuple[str, ...]
    skipped: tuple[str, ...]


def load_rulebooks(
    *, actor: Actor, organisations: Mapping[str, UUID], layers: Layers | None = None, using: str = "default"
) -> Loaded:
    """Bring the layers into force: one entry for each part that is new, in the journal of the layer's bureau.

    ``organisations``: division code → bureau (the province's layer is kept by the city's bureau). A district's
    layer whose bureau is not named is skipped. Only the head of a bureau, or the system's own set-up, may load;
    a district's head only the own layer. Raises ``Refused`` (``parameters.*``) and writes nothing
    where a past value was edited; ``RulebookError`` comes from reading files.
    """
    given = layers or load_layers()
    city = next((layer.head.division for layer in given.layers if layer.head.layer == "city"), None)
    if city is None or city not in organisations:
        raise Refused("parameters.no_city", "规则册里没有市级规则，或系统里还没有市教育局", BASIS)
    keeper = {
        layer.head.code: organisations.get(city if layer.head.layer == "province" else layer.head.division)
        for layer in given.layers
    }
    with transaction.atomic(using=using):
        journals.lock([organisation for organisation in keeper.values() if organisation is not None])
        old = selectors.parts_in_force(using)
        brought = _brought_by(old, organisations.values(), using)
        kept = with_page_parts(
            Layers(tuple(layer for layer in given.layers if keeper[layer.head.code] is not None)), brought
        )
        for layer in kept.layers:
            keeper.setdefault(layer.head.code, organisations.get(layer.head.division))
        _refuse_lost_layers(brought, kept)
        new, same = _compare(old, kept)
        _refuse_stranger(actor, {layer.head.code for layer, _ in new}, kept, keeper)
        _refuse_changed_past(old, new)
        if new:
            _write(actor, kept, new, keeper, using)
    return Loaded(
        version=kept.version,
        loaded=tuple(f"{layer.head.code}/{part}" for layer, part in new),
        unchanged=same,
        skipped=tuple(code for code, organisation in keeper.items() if organisation is None),
    )


#: Layer → part → value as written. What stands is never read with the present schema: it may be of an earlier one.
Stored: TypeAlias = Mapping[str, Mapping[str, Any]]


def _compare(old: Stored, given: Layers) -> tuple[list[tuple[Layer, str]], tuple[str, ...]]:
    stands = {(code, part): digest_of(value) for code, parts in old.items() for part, value in parts.items()}
    new: list[tuple[Layer, str]] = []
    same: list[str] = []
    for layer in given.layers:
        for part, version in layer.versions.items():
            if stands.get((layer.head.code, part)) == version:
                same.append(f"{layer.head.code}/{part}")
            else:
                new.append((layer, part))
    return new, tuple(same)


def _brought_by(old: Stored, bureaus: Iterable[UUID], using: str) -> Stored:
    """The layers that these bureaus brought into force: a district's that came by package is its own node's matter."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT layer FROM parameters_part WHERE organisation = ANY (%s::uuid[])", [list(bureaus)]
        )
        own = {row[0] for row in cursor.fetchall()}
    return {code: parts for code, parts in old.items() if code in own}


def _refuse_lost_layers(old: Stored, given: Layers) -> None:
    kept = {(layer.head.code, part) for layer in given.layers for part in layer.raw}
    for code, parts in old.items():
        for part in parts:
            if (code, part) not in kept:
                raise Refused(
                    "parameters.part_missing",
                    f"已生效的规则“{code}/{part}”在文件里没有了。规则只能写止期，不能删除；请恢复该文件",
                    BASIS,
                )


def _refuse_stranger(actor: Actor, codes: set[str], layers: Layers, keeper: Mapping[str, UUID | None]) -> None:
    if actor.role is Role.SYSTEM_ADMIN and actor.post == UUID(int=0):
        return
    if actor.role is not Role.HEAD or actor.level is Level.SCHOOL:
        raise Refused("parameters.not_yours", "只有教育局负责人可以载入规则册，请由负责人办理", BASIS)
    for code in codes:
        layer = layers.by_code(code)
        own = keeper[code] == actor.organisation
        if actor.level is Level.DISTRICT and not (own and layer.head.layer == "district"):
            raise Refused("parameters.not_yours", f"“{layer.head.name}”不是本局的规则，不能由本局载入", BASIS)


def _refuse_changed_past(old: Stored, new: list[tuple[Layer, str]]) -> None:
    for layer, part in new:
        known = old.get(layer.head.code, {})
        if part not in known:
            continue
        what = changed_past(known[part], layer.raw[part], today())
        if what is not None:
            raise Refused(
                "parameters.past_changed",
                f"“{layer.head.code}/{part}”里已经生效的“{what}”被改动了。请给旧条写上止期（until），另起一条写新值",
                BASIS,
            )


def _write(
    actor: Actor, kept: Layers, new: list[tuple[Layer, str]], keeper: Mapping[str, UUID | None], using: str
) -> None:
    entries = []
    for layer, part in new:
        organisation = keeper[layer.head.code]
        assert organisation is not None
        operation = SetRulebookValue(layer.head.code, part, layer.versions[part], layer.raw[part])
        entries.append(
            NewEntry(
                organisation=organisation,
                kind="rulebook",
                effective_on=layer.head.in_force_from,
                operations=(operation,),
                basis={"regulation": layer.head.basis},
            )
        )
    written = journals.append(
        actor=actor,
        transaction_id=environment().new_id(),
        entries=entries,
        rulebook_version=kept.version,
        using=using,
    )
    store(written, kept.version, using)


def store(written: list[Entry], version: str, using: str = "default") -> None:
    """What entries bring into force, as a part each; ``version``: the digest over all that is then in force."""
    rows: list[tuple[Any, ...]] = []
    for entry in written:
        for operation in entry.operations:
            assert isinstance(operation, SetRulebookValue)
            rows.append(
                (
                    entry.entry_id,
                    entry.organisation,
                    operation.layer,
                    operation.part,
                    operation.version,
                    json.dumps(operation.value, ensure_ascii=False),
                    entry.effective_on,
                    version,
                )
            )
    columns = [list(column) for column in zip(*rows, strict=True)]
    with (connection if using == "default" else transaction.get_connection(using)).cursor() as cursor:
        cursor.execute(
            "INSERT INTO parameters_part (entry, organisation, layer, part, version, value, effective_on,"
            " rulebook_version) SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[],"
            " %s::jsonb[], %s::date[], %s::text[])",
            columns,
        )
    selectors.forget_version(using)
