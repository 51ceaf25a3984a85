"""The verbs of the room ``rollcall``: keyword-only, one transaction each, ``Refused`` with sentence and basis.

* ``open_roll``: the registrar makes the term's class lists from the register; ``compare_roll`` follows it again.
* ``enter``: what the class teachers found; ``enter_rest_here``: all not yet called of a class are there;
  ``enter_workbook``: a class list that was handed out comes back filled in.
* ``log_contact``: one try to reach the family; ``settle``: how a no-show ended.
* ``add_separated``, ``settle_separated``: a pupil in class whose record is elsewhere or nowhere (人籍分离).
* ``propose_supplement``, ``decide_supplement``: how a line of a closed roll should have read, beside the list.
* ``close``: the deputy head closes; one entry without operations in the school's journal, with counts and digest.
"""

from xueji.registry.rollcall.services.closing import close, digest_of
from xueji.registry.rollcall.services.entering import enter, enter_rest_here, enter_workbook
from xueji.registry.rollcall.services.following import log_contact, settle
from xueji.registry.rollcall.services.opening import compare_roll, open_roll
from xueji.registry.rollcall.services.separating import add_separated, settle_separated
from xueji.registry.rollcall.services.supplementing import (
    Correction,
    decide_supplement,
    digest_of_supplement,
    propose_supplement,
)

__all__ = [
    "Correction",
    "add_separated",
    "close",
    "compare_roll",
    "decide_supplement",
    "digest_of",
    "digest_of_supplement",
    "enter",
    "enter_rest_here",
    "enter_workbook",
    "log_contact",
    "open_roll",
    "propose_supplement",
    "settle",
    "settle_separated",
]
