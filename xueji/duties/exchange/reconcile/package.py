"""A node and a package: is what the file carries what stands here (issue 4 "Reconciliation")?

The file is checked as on taking in and laid into a temporary table; nothing of it is kept. Compared is the stretch of
each journal that it carries, with the questions that are put to a node; a package holds no state tables.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import DataError, ProgrammingError, connection

from xueji.duties.exchange import envelope, trust
from xueji.duties.exchange.contents import Reader
from xueji.duties.exchange.envelope import Opened, altered
from xueji.duties.exchange.reconcile.authors import authored
from xueji.duties.exchange.reconcile.comparing import Difference, Reconciled, named
from xueji.duties.exchange.reconcile.digests import QUESTIONS
from xueji.duties.exchange.reconcile.entries import Row, Span, differing_entries
from xueji.duties.exchange.reconcile.opening import Fields, OpenedParts, differing_parts, open_fields, open_parts
from xueji.duties.exchange.reconcile.sides import HereSide
from xueji.ground.journals import carrying
from xueji.ground.journals.carrying import Block
from xueji.ground.keys import node_keys
from xueji.pure.kernel.types import Refused
from xueji.registry.photos.carrying import read

#: Organisations that the package itself opens, as ``digests.TREE`` has them.
_OPENED_IN_IT = """
SELECT (o ->> 'organisation')::uuid, o -> 'fields' ->> 'code', o ->> 'level', '' FROM journals_entry AS e
CROSS JOIN LATERAL json_array_elements(e.operations) AS o
WHERE o ->> 'op' = 'open_organisation' AND o -> 'fields' ->> 'code' IS NOT NULL
"""


def reconcile_package(path: Path, *, deep: bool = False) -> Reconciled:
    """Compare a package for this node with what stands here; ``deep`` opens every sealed part on both sides.

    In the system's own name. Raises ``Refused`` as taking in does: not a package, truncated, altered, a signature that
    is not the sender's, or sealed for another node.
    """
    here, there = HereSide(), PackageSide(path)
    tree = {row[0]: row for side in (there, here) for row in side.rows("tree")}
    found: list[Difference] = []
    for organisation, span in there.spans().items():
        found += named(tree, organisation, differing_entries(here, there, organisation, span))
        if deep:
            found += named(tree, organisation, differing_parts(here, there, organisation))
    unique = authored(here, there, sorted(set(found)), tree)
    return Reconciled(not unique, len(there.spans()), unique, tuple(sorted(_code(tree, one) for one in there.spans())))


def _code(tree: Mapping[UUID, Row], organisation: UUID) -> str:
    return str(tree[organisation][1]) if organisation in tree else str(organisation)


class PackageSide:
    """The entries, blocks, data keys and photos of a package, as a side of a comparison within this transaction."""

    def __init__(self, path: Path) -> None:
        opened = envelope.open_head(path)
        self.code: str | None = opened.head.sender
        self._keys: dict[UUID, bytes] = {}
        self._blocks: list[Block] = []
        self._photos: dict[str, bool] = {}
        self._lay_out(Reader(_lines(opened)))

    def _lay_out(self, reader: Reader) -> None:
        reader.begin()
        for _ in reader.raw("peers"):
            pass
        for part in reader.data_keys():
            self._keys.update(part)
        self._blocks = reader.blocks()
        try:
            carrying.lay_out(reader.raw("entries"))
        except DataError as error:
            raise altered() from error
        for section in ("cuts", "returns", "messages", "receipts", "duties"):
            for _ in reader.raw(section):
                pass
        for one in reader.objects("photos"):
            self._photos[str(one.get("digest"))] = _whole(one)
        for section in ("findings", "remarks"):
            for _ in reader.raw(section):
                pass
        reader.end()

    def spans(self) -> dict[UUID, Span]:
        """What stretch of which journal it carries."""
        found: dict[UUID, Span] = {}
        for one in self._blocks:
            before = found.get(one.organisation)
            found[one.organisation] = Span(
                range(before.sequences.start if before else one.first_sequence, one.last_sequence + 1),
                range(before.blocks.start if before else one.block_no, one.block_no + 1),
            )
        return found

    def rows(self, question: str, values: Mapping[str, Any] | None = None) -> list[Row]:
        given = dict(values or {})
        if question == "blocks":
            return [(one.block_no, one.digest) for one in self._blocks if one.organisation == given["organisation"]]
        if question in ("sealed_state", "sealed_state_of", "numbers"):
            return []
        sql = _OPENED_IN_IT if question == "tree" else QUESTIONS[question]
        sql = sql.replace("journals_entry AS e", f"{carrying.LAID_OUT} AS e")
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql, given)
                return list(cursor.fetchall())
        except (DataError, ProgrammingError) as error:
            raise altered() from error

    def keys(self, subjects: Collection[UUID]) -> dict[UUID, bytes]:
        return {one: self._keys[one] for one in subjects if one in self._keys}

    def files(self, digests: Collection[str]) -> dict[str, bool]:
        return {one: self._photos[one] for one in digests if one in self._photos}

    def opened(self, organisation: UUID) -> OpenedParts:
        return open_parts(self, organisation)

    def opened_fields(self, organisation: UUID, students: Collection[UUID]) -> Fields:
        return open_fields(self, organisation, students)


def _whole(line: Mapping[str, Any]) -> bool:
    try:
        read(line)
    except ValueError:
        return False
    return True


def _lines(opened: Opened) -> Any:
    """The body of a file that is whole, believed and for this node."""
    keys = node_keys.load()
    pair = keys.by_id(opened.head.sealed_for)
    if opened.head.receiver != keys.code or pair is None:
        raise Refused(
            "exchange.not_for_us",
            f"这个数据包是封装给节点 {opened.head.receiver} 的，本节点打不开。请在该节点上核对。",
        )
    trust.check_signed(opened)
    envelope.check_body(opened)
    return envelope.body_lines(opened, pair)
