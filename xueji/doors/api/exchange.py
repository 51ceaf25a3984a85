"""The door for other nodes: packages and their receipts, questions of a comparison and their answers.

What is put down is judged by a job; the signature inside says who sent it. An answer is sealed for who asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from django.http import FileResponse, HttpRequest
from ninja import Path, Router, Status

from xueji.doors.api.schemas import RefusalOut
from xueji.duties.exchange.reconcile import answering, questions
from xueji.duties.exchange.services import arriving
from xueji.duties.exchange.tasks import answer_questions, take_arrived
from xueji.pure.kernel.types import Refused

exchange = Router()
_PART = 1 << 20
Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
_ANSWERS: dict[Any, Any] = {409: RefusalOut}


def _parts(request: HttpRequest) -> Iterator[bytes]:
    while part := request.read(_PART):
        yield part


@exchange.post("/packages", auth=None, response={202: dict[str, str], **_ANSWERS})
def put_down(request: HttpRequest) -> Any:
    """Put a package down; it is taken in by a job. 409 for what is no package of this node's."""
    digest = arriving.arrive(_parts(request))
    take_arrived.defer()
    return Status(202, {"package": digest})


@exchange.get("/packages/{digest}", auth=None, response={200: dict[str, Any], **_ANSWERS})
def receipt(request: HttpRequest, digest: str) -> Any:
    """The signed receipt of a package, null while there is none."""
    return {"package": digest, "receipt": arriving.receipt_of(digest)}


@exchange.post("/questions", auth=None, response={202: dict[str, str], **_ANSWERS})
def put_question(request: HttpRequest) -> Any:
    """Put a question of a comparison down; a job answers it. 409 for what is no question to this node."""
    raw = request.read(questions.LARGEST + 1)
    if len(raw) > questions.LARGEST:
        raise Refused("exchange.bloated", "核对问题超过允许的大小，没有接收。")
    digest = answering.put_down(raw)
    answer_questions.defer()
    return Status(202, {"question": digest})


@exchange.get("/questions/{digest}", auth=None, response={200: Any, 202: dict[str, str], **_ANSWERS})
def answer(request: HttpRequest, digest: Digest) -> Any:
    """The sealed answer to a question; 202 while there is none, 409 where it was refused and why."""
    found = answering.answer_to(digest)
    if found is None:
        return Status(202, {"question": digest})
    return FileResponse(found.open("rb"), content_type="application/octet-stream")
