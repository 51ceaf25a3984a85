"""Where a notice leads: to the application, the act or the request it speaks of, or to what a school sees of an act."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.urls import reverse

from xueji.duties.certificates.selectors import which_are_orders, which_are_seals
from xueji.pure.kernel.types import Actor, Level
from xueji.registry.applications import selectors as applications
from xueji.registry.cases.types import NoticeView
from xueji.registry.reorganisation.plans import MOVING
from xueji.registry.reorganisation.selectors import which_are_acts

REORGANISED = "reorganised"
SUPPLEMENTED = "rollcall_supplemented"
BETWEEN_NODES = "node_transfer_"
FOUND_BETWEEN_NODES = "node_finding"
OF_FILINGS = "filing_"


def notice_urls(actor: Actor, notices: Iterable[NoticeView]) -> dict[UUID, str]:
    """The address of each notice that leads somewhere for this post. Five queries at most.

    An act on schools is its bureau's own: a school is led to the ledger of the pupils who moved, or, where nobody did
    (a new name, another bureau), to itself as it is now.
    """
    found = list(notices)
    about = {one.subject for one in found if one.subject}
    seen = set(applications.several(about)) if about else set()
    acts = which_are_acts(about - seen) if about - seen else set()
    orders = which_are_orders(about - seen - acts) if about - seen - acts else set()
    left = about - seen - acts - orders
    seals = which_are_seals(left) if left else set()
    urls: dict[UUID, str] = {}
    for one in found:
        if one.subject in seen:
            urls[one.id] = reverse("web:application", args=[one.subject])
        elif one.subject in acts:
            urls[one.id] = reverse("web:reorganisation", args=[one.subject])
        elif one.subject in orders:
            urls[one.id] = reverse("web:attestation", args=[one.subject])
        elif one.subject in seals:
            urls[one.id] = reverse("web:seal", args=[one.subject])
        elif one.code == REORGANISED and actor.level is Level.SCHOOL:
            moved, own = one.about in MOVING, reverse("web:organisation", args=[actor.organisation])
            urls[one.id] = reverse("web:ledger", args=["reorganisations"]) if moved else own
        elif one.code.startswith(BETWEEN_NODES) and one.subject:
            urls[one.id] = reverse("web:node-transfer", args=[one.subject])
        elif one.code == FOUND_BETWEEN_NODES:
            urls[one.id] = reverse("web:exchange")
        elif one.code.startswith(OF_FILINGS):
            urls[one.id] = reverse("web:filings")
        elif one.code == SUPPLEMENTED and one.subject:
            urls[one.id] = reverse("web:rollcall-roll", args=[one.subject])
    return urls
