"""Whose leavers an organisation issues papers about: its own, and those of closed schools whose records it keeps.

The last school keeps a pupil's record for ever; of a closed or merged one whoever the bureau named does, and issues
in its stead (clause B3, custody).
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.pure.kernel.types import Actor, Level, Role

#: The posts of a bureau that have to do with papers.
BUREAU = frozenset({Role.CLERK, Role.HEAD})


def places_of(organisation: UUID) -> frozenset[UUID]:
    """The organisation and the closed ones whose records it keeps today."""
    return frozenset({organisation, *(one.id for one in organisations.kept_by(organisation))})


def archives_of(organisation: UUID) -> dict[UUID, str]:
    """The schools whose paper archives it holds, by name: its own where it is a school, then the closed ones'."""
    known = organisations.by_ids(places_of(organisation)).values()
    schools = [one for one in known if one.level == Level.SCHOOL]
    return {one.id: one.name for one in sorted(schools, key=lambda one: (one.id != organisation, one.code))}


def places_for(kind: CertificateKind, organisation: UUID) -> frozenset[UUID]:
    """At which schools a registration may have been of which it issues papers of this kind: of one in force its own."""
    return places_of(organisation) if kind.ended_by else frozenset({organisation})


def places_for_each(kinds: Mapping[UUID, CertificateKind]) -> dict[UUID, frozenset[UUID]]:
    """The same of many organisations, by the kind that each issues."""
    kept = organisations.kept_by_each(one for one, kind in kinds.items() if kind.ended_by)
    return {one: frozenset({one, *(closed.id for closed in kept.get(one, ()))}) for one in kinds}


def keeps_records(actor: Actor) -> bool:
    """Whether the post is of a bureau that keeps a closed school's records: it then issues papers about these."""
    return actor.role in BUREAU and bool(organisations.kept_by(actor.organisation))


def may_request(actor: Actor) -> bool:
    """Whether the post asks for attestation: a school's registrar, or the clerk of a bureau that keeps records."""
    if actor.role is Role.REGISTRAR:
        return actor.level is Level.SCHOOL
    return actor.role is Role.CLERK and keeps_records(actor)
