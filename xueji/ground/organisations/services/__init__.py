"""The verbs of the room ``organisations``. Each appends entries, refolds, and returns what came of it."""

from xueji.ground.organisations.services.bureaus import close_bureau, open_bureau
from xueji.ground.organisations.services.classes import ClassDraft, promote_cohorts, set_class_groups
from xueji.ground.organisations.services.codes import confirm_codes, confirm_on_first_number, correct_drafted_code
from xueji.ground.organisations.services.relations import relate
from xueji.ground.organisations.services.reorganising import reorganise
from xueji.ground.organisations.services.schools import (
    SchoolDraft,
    SiteDraft,
    close_school,
    open_school,
    open_schools,
    set_fields,
)
from xueji.ground.organisations.services.sites import open_sites
from xueji.ground.organisations.state import rebuild, refold

__all__ = [
    "ClassDraft",
    "SchoolDraft",
    "SiteDraft",
    "close_bureau",
    "close_school",
    "confirm_codes",
    "confirm_on_first_number",
    "correct_drafted_code",
    "open_bureau",
    "open_school",
    "open_schools",
    "open_sites",
    "promote_cohorts",
    "rebuild",
    "refold",
    "relate",
    "reorganise",
    "set_class_groups",
    "set_fields",
]
