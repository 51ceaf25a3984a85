"""Papers by the API: the same service as the page and the command, its refusals with it."""

from __future__ import annotations

import base64
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from xueji.doors.api.auth import actor_of
from xueji.doors.api.schemas import RefusalOut
from xueji.duties.certificates import services
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.types import Refused
from xueji.registry.register.selectors import numbers_in_use

certificates = Router()


class IssueIn(Schema):
    """Which paper for which pupil (19 digits); ``purpose`` stands on it."""

    kind: str
    registration_number: str
    purpose: str = ""


class IssueOut(Schema):
    """The paper: its number, the text of its code, the PDF in base64."""

    certificate: str
    number: str
    statement: str
    pdf: str


@certificates.post("", response={200: IssueOut, 409: RefusalOut})
def issue_certificate(request: HttpRequest, wanted: IssueIn) -> Any:
    """Issue a paper in the post's school."""
    actor = actor_of(request)
    with acting(actor):
        known = numbers_in_use([wanted.registration_number.strip()]).get(wanted.registration_number.strip())
        if known is None or known.student is None:
            raise Refused("certificate.unknown", "没有这名学生的学籍档案，不能出具证明。", "通知二.3")
        made = services.issue(actor=actor, kind=wanted.kind, student=known.student, purpose=wanted.purpose)
    return {
        "certificate": str(made.id),
        "number": made.number,
        "statement": made.statement,
        "pdf": base64.b64encode(made.pdf).decode(),
    }
