"""The sides of a comparison: the database in force, and another home's database on the same machine.

A node at a distance is ``remote.RemoteSide``, a package ``package.PackageSide``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import psycopg
from django.db import connection

from xueji.duties.exchange.reconcile.digests import QUESTIONS
from xueji.duties.exchange.reconcile.entries import Row
from xueji.duties.exchange.reconcile.opening import Fields, OpenedParts, open_fields, open_parts
from xueji.ground.documents import services as documents
from xueji.ground.keys import data_keys, files, node_keys
from xueji.ground.keys.files import KeyRing


class Side(Protocol):
    """What a comparison asks of a node. ``code``: whose node it is, None for a home that is none."""

    @property
    def code(self) -> str | None: ...

    def rows(self, question: str, values: Mapping[str, Any] | None = None) -> list[Row]:
        """The answer to one of ``QUESTIONS``."""
        ...

    def begin(self, question: str) -> Callable[[], list[Row]]:
        """Put a question about the whole; what is given back waits for the answer. The other side can be asked
        meanwhile: two databases that work at once need half the time."""
        ...

    def opened(self, organisation: UUID) -> OpenedParts:
        """Every sealed part of an organisation, opened on this side; no value of it leaves the side."""
        ...

    def begin_opened(self, organisation: UUID) -> Callable[[], OpenedParts]:
        """The same as ``begin`` is to ``rows``."""
        ...

    def opened_fields(self, organisation: UUID, students: Collection[UUID]) -> Fields:
        """The sealed fields of the state of some of its pupils, opened on this side."""
        ...


class HereSide:
    """The database in force, as the context of the caller sees it (``acting_system``).

    What it was asked about the whole it remembers, for one comparison after another: make a new one after a change.
    """

    def __init__(self) -> None:
        self._whole: dict[str, list[Row]] = {}

    @property
    def code(self) -> str | None:
        return node_keys.load().code if node_keys.exists() else None

    def rows(self, question: str, values: Mapping[str, Any] | None = None) -> list[Row]:
        if values:
            return self._ask(question, values)
        if question not in self._whole:
            self._whole[question] = self._ask(question, {})
        return self._whole[question]

    @staticmethod
    def _ask(question: str, values: Mapping[str, Any]) -> list[Row]:
        with connection.cursor() as cursor:
            cursor.execute(QUESTIONS[question], dict(values))
            return list(cursor.fetchall())

    def keys(self, subjects: Collection[UUID]) -> dict[UUID, bytes]:
        return data_keys.read(subjects, missing_ok=True)

    def files(self, digests: Collection[str]) -> dict[str, bool]:
        return {one: documents.sealed_file(one) is not None for one in digests}

    def begin(self, question: str) -> Callable[[], list[Row]]:
        return partial(self.rows, question)

    def opened(self, organisation: UUID) -> OpenedParts:
        return open_parts(self, organisation)

    def begin_opened(self, organisation: UUID) -> Callable[[], OpenedParts]:
        return partial(self.opened, organisation)

    def opened_fields(self, organisation: UUID, students: Collection[UUID]) -> Fields:
        return open_fields(self, organisation, students)


class HomeSide:
    """Another home: its database by a connection string, its keys by its folder. Close it after use."""

    def __init__(self, home: Path, conninfo: str) -> None:
        self.home = home
        self._connection = psycopg.connect(conninfo)
        self._connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        self._connection.read_only = True
        self._ring: KeyRing | None = None
        self._beside = ThreadPoolExecutor(max_workers=1)

    def close(self) -> None:
        self._beside.shutdown(cancel_futures=True)
        self._connection.close()

    @property
    def code(self) -> str | None:
        path = files.keys_directory(self.home) / node_keys.FILE
        return str(json.loads(path.read_text(encoding="utf-8"))["code"]) if path.exists() else None

    def rows(self, question: str, values: Mapping[str, Any] | None = None) -> list[Row]:
        return self._ask(QUESTIONS[question], values)

    def _ask(self, sql: str, values: Mapping[str, Any] | None) -> list[Row]:
        return self._connection.execute(sql.encode(), dict(values or {})).fetchall()

    def keys(self, subjects: Collection[UUID]) -> dict[UUID, bytes]:
        if self._ring is None:
            self._ring = files.load(files.keys_directory(self.home))
        found = self._ask(
            "SELECT subject, wrapped, master_key FROM keys_datakey WHERE subject = ANY (%(subjects)s::uuid[])",
            {"subjects": list(subjects)},
        )
        opened = {row[0]: data_keys.unwrap(self._ring, row[0], bytes(row[1]), row[2]) for row in found}
        return {subject: key for subject, key in opened.items() if key is not None}

    def files(self, digests: Collection[str]) -> dict[str, bool]:
        return {one: documents.sealed_file(one, self.home / "files") is not None for one in digests}

    def begin(self, question: str) -> Callable[[], list[Row]]:
        return self._beside.submit(self.rows, question).result

    def opened(self, organisation: UUID) -> OpenedParts:
        return open_parts(self, organisation)

    def begin_opened(self, organisation: UUID) -> Callable[[], OpenedParts]:
        return self._beside.submit(self.opened, organisation).result

    def opened_fields(self, organisation: UUID, students: Collection[UUID]) -> Fields:
        return open_fields(self, organisation, students)
