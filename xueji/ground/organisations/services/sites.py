"""Teaching points: sites of the school whose code they use, with no journal of their own (clause B3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from xueji.ground.journals.services import NewEntry, lock
from xueji.ground.organisations.authority import require_school
from xueji.ground.organisations.models import Site
from xueji.ground.organisations.selectors import competent_bureau
from xueji.ground.organisations.state import SITE_FIELD, write
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.operations import SetOrganisationFields
from xueji.pure.kernel.types import Actor, Refused


def open_sites(*, actor: Actor, school: UUID, names: Sequence[str], effective_on: date) -> list[Site]:
    """Open teaching points of a school; they are numbered on from its last one. One entry in the school's journal."""
    with transaction.atomic():
        lock([school])
        require_school(actor, school, competent_bureau(school, effective_on))
        taken = set(Site.objects.filter(school=school).values_list("name", flat=True))
        double = sorted(taken & set(names)) or [name for name in names if list(names).count(name) > 1]
        if double:
            raise Refused("organisations.site_name", f"已有名为“{double[0]}”的教学点，请换一个名称。", "通知二.3")
        last = Site.objects.filter(school=school).aggregate(last=Max("code_no"))["last"] or 0
        fields = {
            f"{SITE_FIELD}{environment().new_id()}": {"name": name, "code_no": last + number, "kind": "teaching_point"}
            for number, name in enumerate(names, start=1)
        }
        operation = SetOrganisationFields(school, fields)
        write(actor=actor, entries=[NewEntry(school, "open_sites", effective_on, (operation,))])
        return list(Site.objects.filter(school=school, name__in=names).order_by("code_no"))
