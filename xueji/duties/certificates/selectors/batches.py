"""Reads of batches of cards. Row-level security of the caller applies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import Q, QuerySet

from xueji.duties.certificates.models import Batch, BatchPart
from xueji.duties.certificates.paper import class_groups
from xueji.duties.certificates.selectors.blanks import serials_of
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.registry.photos.selectors import pupils


def batches(schools: Iterable[UUID] | None) -> QuerySet[Batch]:
    """The batches of cards of these schools (None: of all in reach), the newest first."""
    found = Batch.objects.filter(leaving_year__isnull=True).order_by("-ordered_at", "-id")
    return found if schools is None else found.filter(organisation__in=set(schools))


def diploma_batches(bureau: UUID) -> QuerySet[Batch]:
    """The orders of diplomas of a bureau, the newest first."""
    return Batch.objects.filter(organisation=bureau, leaving_year__isnull=False).order_by("-ordered_at", "-id")


def batch(wanted: UUID) -> Batch | None:
    """One batch, or None where there is none in reach."""
    return Batch.objects.filter(pk=wanted).first()


def batch_parts(wanted: UUID) -> list[BatchPart]:
    """The classes of a batch in order, without their files (``held``: whether these are still there)."""
    found = BatchPart.objects.filter(batch=wanted).annotate(held=Q(roll__isnull=False)).defer("sheets", "roll")
    return list(found.order_by("row_no"))


def blanks_of(parts: Sequence[BatchPart]) -> dict[UUID, tuple[str, str]]:
    """By part the first and the last blank on which its papers stand, in page order; one query."""
    serials = serials_of(UUID(one) for part in parts for one in part.certificates)
    found = {part.id: [serials[UUID(one)] for one in part.certificates if UUID(one) in serials] for part in parts}
    return {part: (listed[0], listed[-1]) for part, listed in found.items() if listed}


def classes_of(school: UUID) -> dict[str, UUID]:
    """By shown name the classes in which pupils are registered today, in the order of the school."""
    day = today()
    stages = parameters.rulebook(day).stages
    groups = class_groups(one.class_group for one in pupils(school, day))
    ordered = sorted(groups.values(), key=lambda one: (-one.intake_year, one.class_no))
    return {organisations.class_display_name(one, day, stages=stages): one.id for one in ordered}
