"""Whom a school may ask papers for: who left it of late, with what stands in the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from xueji.duties.certificates.claims import claims_of, in_the_way
from xueji.duties.certificates.custody import places_for
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.registry.register.models import Registration


@dataclass(frozen=True, slots=True)
class Candidate:
    """A leaver; ``why`` says why no paper can be asked for ('' where it can). ``gaps``: what his record lacks that
    forbids nothing."""

    student: UUID
    name: str
    gender: str
    class_name: str
    number: str
    ended_on: str
    why: str
    gaps: tuple[str, ...] = ()


def candidates(school: UUID, kind: CertificateKind, on: date) -> list[Candidate]:
    """The leavers of a school, and of closed ones whose records it keeps, of whom a kind of paper speaks, by number;
    some twelve queries, however many.

    Of a kind that follows a lost diploma only those who were given one.
    """
    looked_back = timedelta(days=int(parameters.rulebook(on).settings["leavers_asked_days"]))
    left = Registration.objects.filter(
        school__in=places_for(kind, school), voided=False, how_ended__in=kind.ended_by,
        ended_on__gt=on - looked_back, ended_on__lte=on,
    )  # fmt: skip
    claims = claims_of(left.order_by("number", "id").values_list("student", flat=True), kind, school, on)
    there = in_the_way([one.registration for one in claims.values()], kind)
    return [
        Candidate(
            student,
            one.facts.get("name", ""),
            one.facts.get("gender", ""),
            one.facts.get("class_name", ""),
            one.facts.get("registration_number", ""),
            one.facts.get("ended_on", ""),
            "".join(refused.message for refused in one.refusals) or there.get(one.registration, ""),
            one.gaps,
        )
        for student, one in claims.items()
        if all(refused.code != "certificate.no_diploma" for refused in one.refusals)
    ]
