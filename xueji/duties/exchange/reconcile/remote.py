"""The side of a node at a distance: questions by HTTPS, answers sealed for this node and signed by that one."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen
from uuid import UUID

from xueji.duties.exchange import envelope, trust
from xueji.duties.exchange.envelope import altered
from xueji.duties.exchange.models import Peer
from xueji.duties.exchange.reconcile import questions
from xueji.duties.exchange.reconcile.entries import Row
from xueji.duties.exchange.reconcile.opening import Fields, OpenedParts
from xueji.duties.exchange.reconcile.questions import OPENED, OPENED_FIELDS
from xueji.duties.exchange.services.pushing import TIMEOUT, refusal_of, url_at, why_not
from xueji.ground.keys import node_keys
from xueji.pure.kernel.types import Refused

QUESTIONS = "/api/exchange/questions"
LONGEST_WAIT = 300  # seconds for one answer
_PART = 1 << 20


class RemoteSide:
    """A trusted node by its address, as its public file says it. In the system's own name. Close it after use."""

    def __init__(self, address: str) -> None:
        found = [one for one in Peer.objects.exclude(address="") if one.address.rstrip("/") == address.rstrip("/")]
        if not found:
            raise Refused(
                "exchange.no_peer",
                f"没有网址为 {address} 的受信任节点。请对方用 keys export --address 写明网址，再用 keys trust 载入。",
            )
        self.address, self._keys = address, node_keys.load()
        self.code: str | None = found[0].code
        self._over = Event()
        self._beside = ThreadPoolExecutor(max_workers=1)  # fetches; reading an answer asks this node's database

    def close(self) -> None:
        self._over.set()
        self._beside.shutdown(cancel_futures=True)

    def rows(self, question: str, values: Mapping[str, Any] | None = None) -> list[Row]:
        return self.begin(question, values)()

    def begin(self, question: str, values: Mapping[str, Any] | None = None) -> Callable[[], list[Row]]:
        raw = questions.write(self._keys, to=self.code or "", name=question, values=values or {})
        folder = tempfile.TemporaryDirectory()
        file = Path(folder.name) / "answer.xjp"
        fetching = self._beside.submit(self._fetch, raw, file)

        def answer() -> list[Row]:
            with folder:
                try:
                    fetching.result()
                except HTTPError as error:
                    raise refusal_of(error) from None
                except (URLError, OSError, ValueError) as error:
                    raise Refused("exchange.unreachable", f"{self.address}：{why_not(error)}") from None
                return self.read_answer(raw, file)

        return answer

    def _fetch(self, raw: bytes, file: Path) -> None:
        headers = {"Content-Type": "application/json"}
        request = Request(url_at(self.address, QUESTIONS), data=raw, headers=headers, method="POST")  # noqa: S310
        with urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            answer.read(_PART)
        where = url_at(self.address, f"{QUESTIONS}/{questions.digest_of(raw)}")
        deadline, pause = time.monotonic() + LONGEST_WAIT, 0.05
        while True:
            with urlopen(Request(where), timeout=TIMEOUT) as answer:  # noqa: S310
                if answer.status == 200:
                    with file.open("wb") as stream:
                        while part := answer.read(_PART):
                            stream.write(part)
                    return
            if time.monotonic() > deadline or self._over.wait(pause):
                raise TimeoutError(f"{LONGEST_WAIT} s")
            pause = min(pause * 1.5, 1.0)

    def read_answer(self, raw: bytes, file: Path) -> list[Row]:
        """The rows of an answer to this very question, from that very node."""
        opened = envelope.open_head(file)
        head, pair = opened.head, self._keys.by_id(opened.head.sealed_for)
        if (head.kind, head.sender, head.previous) != (questions.ANSWER, self.code, questions.digest_of(raw)):
            raise altered()
        if head.receiver != self._keys.code or pair is None:
            raise altered()
        trust.check_signed(opened)
        envelope.check_body(opened)
        try:
            return questions.rows_of(envelope.body_lines(opened, pair))
        except (ValueError, StopIteration, RecursionError):
            raise altered() from None

    def opened(self, organisation: UUID) -> OpenedParts:
        return self.begin_opened(organisation)()

    def begin_opened(self, organisation: UUID) -> Callable[[], OpenedParts]:
        answer = self.begin(OPENED, {"organisation": organisation})

        def opened() -> OpenedParts:
            entries: dict[tuple[UUID | None, str], str] = {}
            states: dict[UUID, str] = {}
            for part, student, field, value in answer():
                if part == "entry":
                    entries[(student, field)] = value
                else:
                    states[student] = value
            return OpenedParts(entries, states)

        return opened

    def opened_fields(self, organisation: UUID, students: Collection[UUID]) -> Fields:
        found: dict[UUID, dict[str, str]] = {}
        for student, code, value in self.rows(
            OPENED_FIELDS, {"organisation": organisation, "students": list(students)}
        ):
            found.setdefault(student, {})[code] = value
        return found
