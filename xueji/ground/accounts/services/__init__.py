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
from xueji.ground.accounts.services.locks import lock_holder, record_trainings, unlock_holder
from xueji.ground.accounts.services.machines import (
    MachineCode,
    bind,
    fits_binding,
    name_machine,
    register_machine,
    revoke_machine,
)
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
from xueji.ground.accounts.services.unused import deactivate_unused, mark_all_used, note_use

__all__ = [
    "READ_ONLY",
    "MachineCode",
    "PostDraft",
    "RosterOutcome",
    "RosterRow",
    "Slip",
    "activate_many",
    "add_parties",
    "admit_roster",
    "appoint",
    "begin_second_factor",
    "bind",
    "can_act",
    "change_password",
    "confirm_second_factor",
    "deactivate",
    "deactivate_unused",
    "delegate",
    "drop_parties",
    "end_holding",
    "end_substitution",
    "fits_binding",
    "has_second_factor",
    "issue_activation",
    "lock_holder",
    "mark_all_used",
    "name_machine",
    "name_substitute",
    "note_use",
    "open_accounts",
    "open_posts",
    "read_roster",
    "record_training",
    "record_trainings",
    "refresh_access",
    "register_machine",
    "reset_password",
    "revoke_machine",
    "slips_pdf",
    "sweep_grants",
    "unlock_holder",
    "verify_second_factor",
]
