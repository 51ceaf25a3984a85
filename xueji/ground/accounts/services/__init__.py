"""The verbs of the room ``accounts``."""

from xueji.ground.accounts.services.access import add_parties, drop_parties, refresh_access, sweep_grants
from xueji.ground.accounts.services.accounts import (
    Slip,
    activate_many,
    change_password,
    deactivate,
    issue_activation,
    open_accounts,
    reset_password,
)
from xueji.ground.accounts.services.acts import READ_ONLY, can_act
from xueji.ground.accounts.services.posts import PostDraft, appoint, end_holding, open_posts, record_training
from xueji.ground.accounts.services.roster import RosterOutcome, RosterRow, admit_roster, read_roster
from xueji.ground.accounts.services.second_factor import (
    begin_second_factor,
    confirm_second_factor,
    has_second_factor,
    verify_second_factor,
)
from xueji.ground.accounts.services.slips import slips_pdf
from xueji.ground.accounts.services.substitutions import delegate, end_substitution, name_substitute

__all__ = [
    "READ_ONLY",
    "PostDraft",
    "RosterOutcome",
    "RosterRow",
    "Slip",
    "activate_many",
    "add_parties",
    "admit_roster",
    "appoint",
    "begin_second_factor",
    "can_act",
    "change_password",
    "confirm_second_factor",
    "deactivate",
    "delegate",
    "drop_parties",
    "end_holding",
    "end_substitution",
    "has_second_factor",
    "issue_activation",
    "name_substitute",
    "open_accounts",
    "open_posts",
    "read_roster",
    "record_training",
    "refresh_access",
    "reset_password",
    "slips_pdf",
    "sweep_grants",
    "verify_second_factor",
]
