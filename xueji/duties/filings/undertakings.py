"""Undertakings (承诺书): whose stand, whose are lacking; and the documents of the regime in force."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from xueji.duties.filings.models import RegimeDocument, Undertaking
from xueji.ground.accounts.models import PostHolding
from xueji.ground.accounts.selectors import holdings_of
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.staffing import RegimeKind, UndertakingText
from xueji.pure.kernel.types import Role


@dataclass(frozen=True, slots=True)
class Signing:
    """A holder and the undertaking in force as signed; None while it is lacking."""

    holding: PostHolding
    signed: Undertaking | None


@dataclass(frozen=True, slots=True)
class Regime:
    """A document that an organisation keeps: its versions, the one in force first (none yet: empty)."""

    kind: RegimeKind
    documents: tuple[RegimeDocument, ...]

    @property
    def current(self) -> RegimeDocument | None:
        """The version in force."""
        return self.documents[0] if self.documents else None

    @property
    def versions(self) -> int:
        """How many there were."""
        return len(self.documents)


def text_in_force() -> UndertakingText | None:
    """The confidentiality undertaking that is asked for today."""
    return parameters.rulebook(today()).staffing.undertakings.get("confidentiality")


def signed_persons(persons: Iterable[UUID]) -> set[UUID]:
    """Those of these persons who signed the text in force."""
    text = text_in_force()
    if text is None:
        return set()
    found = Undertaking.objects.filter(person__in=set(persons), undertaking=text.undertaking, version=text.version)
    return set(found.values_list("person", flat=True))


def signings(places: Iterable[UUID]) -> list[Signing]:
    """Every holder at these organisations, each person once an organisation, those who have not signed first."""
    text = text_in_force()
    held: dict[tuple[UUID, UUID], PostHolding] = {}
    for one in holdings_of(places).exclude(post__role=Role.RESEARCH.value):
        held.setdefault((one.post.organisation_id, one.account_id), one)
    stand: dict[UUID, Undertaking] = {}
    if text is not None:
        for signed in Undertaking.objects.filter(
            person__in={person for _, person in held}, undertaking=text.undertaking, version=text.version
        ):
            stand[signed.person] = signed
    found = [Signing(one, stand.get(one.account_id)) for one in held.values()]
    return sorted(found, key=lambda one: one.signed is not None)


def regime_of(organisation: UUID, level: str) -> list[Regime]:
    """The documents that an organisation of this level keeps."""
    kinds = [one for one in parameters.rulebook(today()).staffing.regime.values() if level in one.levels]
    documents: dict[str, list[RegimeDocument]] = {}
    for one in RegimeDocument.objects.filter(organisation=organisation).order_by("-dated_on", "-recorded_at"):
        documents.setdefault(one.kind, []).append(one)
    return [Regime(kind, tuple(documents.get(kind.document, ()))) for kind in kinds]


def lacking_regime(places: Iterable[tuple[UUID, str]]) -> dict[UUID, list[str]]:
    """By organisation (id, level) the titles of documents that are not there yet; one query."""
    wanted = list(places)
    kinds = parameters.rulebook(today()).staffing.regime.values()
    there = set(
        RegimeDocument.objects.filter(organisation__in=[one for one, _ in wanted]).values_list("organisation", "kind")
    )
    found = {
        place: [kind.title for kind in kinds if level in kind.levels and (place, kind.document) not in there]
        for place, level in wanted
    }
    return {place: titles for place, titles in found.items() if titles}
