"""The verbs of the room ``certificates``: issue, print again, void. Reading a paper's code is ``verification``."""

from xueji.duties.certificates.checking import refusals, register_check
from xueji.duties.certificates.services.issuing import ISSUERS, PROOF, Issued, issue, kind_of, reprint
from xueji.duties.certificates.services.voiding import void

__all__ = ["ISSUERS", "PROOF", "Issued", "issue", "kind_of", "refusals", "register_check", "reprint", "void"]
