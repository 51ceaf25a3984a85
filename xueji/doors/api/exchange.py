"""The door for packages of other nodes: put down a file, ask for its receipt. The signature inside says who sent it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from xueji.doors.api.schemas import RefusalOut
from xueji.duties.exchange.services import pushing
from xueji.duties.exchange.tasks import take_arrived

exchange = Router()
_PART = 1 << 20
_ANSWERS: dict[Any, Any] = {409: RefusalOut}


def _parts(request: HttpRequest) -> Iterator[bytes]:
    while part := request.read(_PART):
        yield part


@exchange.post("/packages", auth=None, response={202: dict[str, str], **_ANSWERS})
def put_down(request: HttpRequest) -> Any:
    """Put a package down; it is taken in by a job. 409 for what is no package of this node's."""
    digest = pushing.arrive(_parts(request))
    take_arrived.defer()
    return Status(202, {"package": digest})


@exchange.get("/packages/{digest}", auth=None, response={200: dict[str, Any], **_ANSWERS})
def receipt(request: HttpRequest, digest: str) -> Any:
    """The signed receipt of a package, null while there is none."""
    return {"package": digest, "receipt": pushing.receipt_of(digest)}
