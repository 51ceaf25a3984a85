"""Two persons, one document number: an exception that both bureaus approve (domain.md §2)."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from xueji.pure.kernel.types import Refused
from xueji.registry.register.models import SharedNumber


def share_document(
    *,
    student: UUID,
    other: UUID,
    bureau: UUID,
    bureau_entry: UUID,
    other_bureau: UUID,
    other_bureau_entry: UUID,
) -> None:
    """Record that ``student`` may bear the document number that ``other`` bears too.

    The entries are the approvals in the journals of the two competent bureaus (one and the same where they are
    one). To be called before ``student`` is refolded. Raises ``Refused`` ``register.shared_already``.
    """
    with transaction.atomic():
        if SharedNumber.objects.filter(student=student).exists():
            raise Refused("register.shared_already", "该学生的证件号共用已经核准过，不必再次办理。")
        SharedNumber.objects.create(
            student=student,
            other=other,
            bureau=bureau,
            bureau_entry=bureau_entry,
            other_bureau=other_bureau,
            other_bureau_entry=other_bureau_entry,
        )
