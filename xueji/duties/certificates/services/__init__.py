"""The verbs of the room ``certificates``. Reading a paper's code is ``verification``.

* ``issue``, ``issue_to_guest``, ``reprint``: papers that the school issues by itself; ``void``: any paper.
* ``roll``: of an attested order, a paper with a number of its own (``may_roll``).
* 验印: ``request``, ``resubmit``, ``retract`` (school), ``agree``, ``send_back``, ``refuse`` (each step's post).
* 版式: ``preview``, ``decide_template`` (a bureau's head; the rest in ``templating``).
* 成批: ``order_batch``, ``order_diplomas``, ``carry_out``, ``part_files``.
* 电子印章: ``propose`` (whose seal it is), ``agree_to_seal``, ``refuse_seal``, ``withdraw_seal`` (the bureau).
* 套打: ``print_papers``, ``sample_sheet``, ``keep_printer``; ``receive_blanks``, ``spoil_blank``.
"""

from xueji.duties.certificates.checking import refusals, register_check
from xueji.duties.certificates.rolls import PartFiles
from xueji.duties.certificates.services.attesting import AttestResult, Decided, agree, agree_each, refuse, send_back
from xueji.duties.certificates.services.batching import (
    Progress,
    carry_out,
    go_on,
    order_batch,
    part_files,
    progress_of,
    progress_of_many,
    start_batch,
    start_diplomas,
)
from xueji.duties.certificates.services.blanks import Received, receive_blanks, spoil_blank
from xueji.duties.certificates.services.carding import Issued
from xueji.duties.certificates.services.diploma_batches import order_diplomas
from xueji.duties.certificates.services.guesting import issue_to_guest
from xueji.duties.certificates.services.issuing import ISSUERS, PROOF, issue, kind_of, may_issue
from xueji.duties.certificates.services.printing import Printed, keep_printer, may_print, print_papers, sample_sheet
from xueji.duties.certificates.services.replacing import replace_card
from xueji.duties.certificates.services.requesting import CASE, Requested, attested_kind, request, resubmit, retract
from xueji.duties.certificates.services.rolling import may_roll, reprint, roll, roll_of_pupil
from xueji.duties.certificates.services.seal_samples import sample_with_seal
from xueji.duties.certificates.services.sealing import (
    SEAL_BASIS,
    SEAL_CASE,
    Proposal,
    agree_to_seal,
    approver_of,
    may_propose,
    may_withdraw,
    propose,
    refuse_seal,
    retract_seal,
    withdraw_seal,
)
from xueji.duties.certificates.services.templating import Wanted, decide_template, preview
from xueji.duties.certificates.services.voiding import void

__all__ = [
    "CASE",
    "ISSUERS",
    "PROOF",
    "SEAL_BASIS",
    "SEAL_CASE",
    "AttestResult",
    "Decided",
    "Issued",
    "PartFiles",
    "Printed",
    "Progress",
    "Proposal",
    "Received",
    "Requested",
    "Wanted",
    "agree",
    "agree_each",
    "agree_to_seal",
    "approver_of",
    "attested_kind",
    "carry_out",
    "decide_template",
    "go_on",
    "issue",
    "issue_to_guest",
    "keep_printer",
    "kind_of",
    "may_issue",
    "may_print",
    "may_propose",
    "may_roll",
    "may_withdraw",
    "order_batch",
    "order_diplomas",
    "part_files",
    "preview",
    "print_papers",
    "progress_of",
    "progress_of_many",
    "propose",
    "receive_blanks",
    "refusals",
    "refuse",
    "refuse_seal",
    "register_check",
    "replace_card",
    "reprint",
    "request",
    "resubmit",
    "retract",
    "retract_seal",
    "roll",
    "roll_of_pupil",
    "sample_sheet",
    "sample_with_seal",
    "send_back",
    "spoil_blank",
    "start_batch",
    "start_diplomas",
    "void",
    "withdraw_seal",
]
