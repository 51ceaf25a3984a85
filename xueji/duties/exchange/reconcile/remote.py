"""The side of a node at a distance: questions by HTTPS, answers sealed for this node and signed by that one."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen
from uuid import UUID

from xueji.duties.exchange import envelope, trust
from xueji.duties.exchange.envelope import altered
from xueji.duties.exchange.models import Peer
from xueji.duties.exchange.reconcile import questions
from xueji.duties.exchange.reconcile.entries import Row
from xueji.duties.exchange.reconcile.opening import OpenedParts
from xueji.duties.exchange.reconcile.questions import OPENED
from xueji.duties.exchange.services.pushing import TIMEOUT, refusal_of, url_at, why_not
from xueji.ground.keys import node_keys
from xueji.pure.kernel.types import Refused

QUESTIONS = "/api/exchange/questions"
LONGEST_WAIT = 300  # seconds for one answer
_PART = 1 << 20


class RemoteSide:
    """A trusted node by its address, as its public file says it. In the system's own name."""

    def __init__(self, address: str) -> None:
        found = [one for one in Peer.objects.exclude(address="") if one.address.rstrip("/") == address.rstrip("/")]
        if not found:
            raise Refused(
                "exchange.no_peer",
                f"没有网址为 {address} 的受信任节点。请对方用 keys export --address 写明网址，再用 keys trust 载入。",
            )
        self.address, self._keys = address, node_keys.load()
        self.code: str | None = found[0].code

    def rows(self, question: str, values: Mapping[str, Any] | None = None) -> list[Row]:
        raw = questions.write(self._keys, to=self.code or "", name=question, values=values or {})
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "answer.xjp"
            try:
                self._fetch(raw, file)
            except HTTPError as error:
                raise refusal_of(error) from None
            except (URLError, OSError, ValueError) as error:
                raise Refused("exchange.unreachable", f"{self.address}：{why_not(error)}") from None
            return self.read_answer(raw, file)

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
            if time.monotonic() > deadline:
                raise TimeoutError(f"{LONGEST_WAIT} s")
            time.sleep(pause)
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
        entries: dict[tuple[UUID | None, str], str] = {}
        states: dict[UUID, dict[str, str]] = {}
        for part, student, field, value in self.rows(OPENED, {"organisation": organisation}):
            if part == "entry":
                entries[(student, field)] = value
            else:
                states.setdefault(student, {}).update({field: value} if field else {})
        return OpenedParts(entries, states)
