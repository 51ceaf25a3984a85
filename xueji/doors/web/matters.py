"""What a case is about, for lists that mix them: its words and the page that it leads to.

A case's subject is an application unless its kind says otherwise: an act on schools, a request for attestation, a seal.
"""

from __future__ import annotations

from uuid import UUID

from django.urls import reverse

from xueji.duties.certificates.services import CASE as ATTESTATION
from xueji.duties.certificates.services import SEAL_CASE
from xueji.pure.kernel.rulebook import Rulebook
from xueji.registry.reorganisation.plans import KINDS as REORGANISATIONS

_PAGES = {ATTESTATION: "web:attestation", SEAL_CASE: "web:seal", **dict.fromkeys(REORGANISATIONS, "web:reorganisation")}
_OTHERS = {ATTESTATION: "证书验印", SEAL_CASE: "电子印章"}


def matter_titles(book: Rulebook) -> dict[str, str]:
    """The kinds of matter that a case may be about, with their words."""
    return {**{kind: change.title for kind, change in book.changes.items()}, **_OTHERS}


def matter_url(kind: str, subject: UUID) -> str:
    """The page of the thing that a case is about."""
    return reverse(_PAGES.get(kind, "web:application"), args=[subject])


def own_page(kind: str) -> bool:
    """Whether a kind has a page of its own, instead of the application's."""
    return kind in _PAGES
