"""What stands in the body of a package, line by line (ADR 0016).

The first line is the manifest: format, and each section with its number of lines, in a fixed order. Upward go whole
blocks of journals with their data keys, returns with their cuts, receipts and messages; downward the bureau's own
journal (codes, relations, rulebook), the outcome of returns, the public files of other nodes, receipts and messages.
Both ways go filings, courses and problems (``carried_duties``), upward photos (``carried_photos``), downward findings
(``findings``), both ways explanations and notes on returns (``carried_remarks``); where these last are empty they are
not named, so that a node of an earlier version reads the package.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from itertools import islice
from typing import Any
from uuid import UUID

from xueji.duties.exchange import carried_photos, carried_remarks
from xueji.duties.exchange.envelope import altered
from xueji.duties.returns.models import Remark
from xueji.ground.journals import carrying
from xueji.ground.journals.carrying import Block
from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import canonical_json
from xueji.registry.photos.models import Photo

FORMAT = "xueji-contents-1"
#: Sections in the order in which they stand.
SECTIONS = (
    "peers", "data_keys", "blocks", "entries", "cuts", "returns", "messages", "receipts", "duties", "photos",
    "findings", "remarks",
)  # fmt: skip
#: What nodes of earlier versions did not send yet, in the order in which it came.
_LATER = ("duties", "photos", "findings", "remarks")
#: The last sections, which are not named where nothing of them nor after them stands in the package.
_QUIET = ("findings", "remarks")
_OF_BLOCK = frozenset(one.name for one in fields(Block))
_KEYS_AT_A_TIME = 5_000


@dataclass(slots=True)
class Contents:
    """What is to be sent. ``subjects``: whose data keys; the other parts are JSON objects, a line each."""

    blocks: Sequence[Block] = ()
    subjects: Sequence[UUID] = ()
    peers: Sequence[Mapping[str, Any]] = ()
    cuts: Sequence[Mapping[str, Any]] = ()
    returns: Sequence[Mapping[str, Any]] = ()
    messages: Sequence[Mapping[str, Any]] = ()
    receipts: Sequence[Mapping[str, Any]] = ()
    duties: Sequence[Mapping[str, Any]] = ()
    photos: Sequence[Photo] = ()
    findings: Sequence[Mapping[str, Any]] = ()
    remarks: Sequence[Remark] = ()

    def counts(self) -> dict[str, int]:
        """Lines by section."""
        return {
            "peers": len(self.peers),
            "data_keys": len(self.subjects),
            "blocks": len(self.blocks),
            "entries": sum(one.last_sequence - one.first_sequence + 1 for one in self.blocks),
            "cuts": len(self.cuts),
            "returns": len(self.returns),
            "messages": len(self.messages),
            "receipts": len(self.receipts),
            "duties": len(self.duties),
            "photos": len(self.photos),
            "findings": len(self.findings),
            "remarks": len(self.remarks),
        }

    def heads(self) -> dict[str, int]:
        """How far each journal is carried."""
        found: dict[str, int] = {}
        for one in self.blocks:
            found[str(one.organisation)] = one.block_no
        return found

    def message_ids(self) -> list[str]:
        """The case messages that are in it."""
        return [str(one["id"]) for one in self.messages]

    def lines(self) -> Iterator[bytes]:
        """All lines, the manifest first."""
        counts = self.counts()
        filled = [at for at, name in enumerate(SECTIONS, start=1) if counts[name]]
        named = SECTIONS[: max([len(SECTIONS) - len(_QUIET), *filled])]
        yield canonical_json({"format": FORMAT, "sections": [[name, counts[name]] for name in named]})
        for peer in self.peers:
            yield canonical_json(peer)
        for start in range(0, len(self.subjects), _KEYS_AT_A_TIME):
            keys = data_keys.get(self.subjects[start : start + _KEYS_AT_A_TIME])
            for subject in self.subjects[start : start + _KEYS_AT_A_TIME]:
                yield f"{subject.hex} {base64.b64encode(keys[subject]).decode()}".encode()
        for block in self.blocks:
            yield canonical_json({**asdict(block), "organisation": str(block.organisation)})
        if self.blocks:
            yield from carrying.copy_out(self.blocks)
        for part in (self.cuts, self.returns, self.messages, self.receipts, self.duties):
            yield from map(canonical_json, part)
        yield from map(canonical_json, carried_photos.lines(self.photos))
        yield from map(canonical_json, self.findings)
        yield from map(canonical_json, carried_remarks.lines(self.remarks))


@dataclass(slots=True)
class Reader:
    """Reads a body in order. Whatever is not as it must be raises ``Refused`` ``exchange.altered``."""

    lines: Iterator[bytes]
    counts: dict[str, int] = field(default_factory=dict)

    def begin(self) -> dict[str, int]:
        """The manifest: lines by section."""
        value = _object(next(self.lines, b""))
        sections = value.get("sections")
        if set(value) != {"format", "sections"} or value["format"] != FORMAT or not isinstance(sections, list):
            raise altered()
        try:
            self.counts = {str(name): int(count) for name, count in sections}
        except (TypeError, ValueError):
            raise altered() from None
        lacking = _LATER[len(self.counts) - len(SECTIONS) + len(_LATER) :]
        if tuple(self.counts) == SECTIONS[: len(SECTIONS) - len(lacking)]:
            self.counts |= dict.fromkeys(lacking, 0)
        if tuple(self.counts) != SECTIONS or min(self.counts.values()) < 0:
            raise altered()
        return self.counts

    def raw(self, section: str) -> Iterator[bytes]:
        """The lines of a section; sections are read in their order, each whole."""
        found = 0
        for line in islice(self.lines, self.counts[section]):
            found += 1
            yield line
        if found != self.counts[section]:
            raise altered()

    def objects(self, section: str) -> Iterator[dict[str, Any]]:
        """The JSON objects of a section."""
        return map(_object, self.raw(section))

    def data_keys(self) -> Iterator[dict[UUID, bytes]]:
        """The data keys, some thousands at a time."""
        lines = self.raw("data_keys")
        while part := list(islice(lines, _KEYS_AT_A_TIME)):
            yield dict(map(_key, part))

    def blocks(self) -> list[Block]:
        try:
            return [_block(one) for one in self.objects("blocks")]
        except (KeyError, TypeError, ValueError):
            raise altered() from None

    def end(self) -> None:
        """Nothing may follow, and the body must end as its head says."""
        if next(self.lines, None) is not None:
            raise altered()


def _object(line: bytes) -> dict[str, Any]:
    """An object in the one form in which it is written: no key twice, nothing that a reader would pass over."""
    try:
        value = json.loads(line)
        if not isinstance(value, dict) or canonical_json(value) != line:
            raise altered()
    except (ValueError, RecursionError):
        raise altered() from None
    return value


def _block(one: Mapping[str, Any]) -> Block:
    if set(one) != _OF_BLOCK:
        raise altered()
    return Block(
        UUID(one["organisation"]),
        int(one["block_no"]),
        int(one["first_sequence"]),
        int(one["last_sequence"]),
        str(one["digest"]),
    )


def _key(line: bytes) -> tuple[UUID, bytes]:
    try:
        subject, key = line.split(b" ")
        made = UUID(hex=subject.decode()), base64.b64decode(key, validate=True)
    except ValueError:
        raise altered() from None
    if len(made[1]) != 32:
        raise altered()
    return made


def of_journals(wanted: Iterable[tuple[UUID, int]], *, with_keys: bool) -> Contents:
    """The blocks of journals beyond what the receiver has acknowledged."""
    blocks = carrying.blocks_after(dict(wanted))
    subjects = carrying.data_keys_of(blocks) if with_keys and blocks else []
    return Contents(blocks=blocks, subjects=subjects)
