"""The code on a printed form or slip: which file a scan of it belongs to. It says nothing about a child.

``XJF1.A.<id>`` is the form of an application (``.slip``, ``.notice``, ``.sheet``, ``.letter``: another paper of it; of
the transfer sheet the receipt that comes back),
``XJF1.P.<id>.<kind>`` a form printed for a pupil before it is lodged, ``XJF1.K.<kind>`` a blank one. Ids are the 32
hexadecimal digits of a UUID: who may open the file is asked there, the code alone opens nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from uuid import UUID

_FORM = re.compile(
    r"XJF1\.(?:A\.(?P<application>[0-9a-f]{32})(?:\.(?P<paper>slip|notice|sheet|letter))?"
    r"|P\.(?P<student>[0-9a-f]{32})\.(?P<of>[a-z_]{1,32})"
    r"|K\.(?P<kind>[a-z_]{1,32}))"
)


@dataclass(frozen=True, slots=True)
class PaperCode:
    """What a paper's code names: an application, or a kind of change (for a pupil, or blank).

    ``paper``: ``slip``, ``notice``, ``sheet`` or ``letter`` of an application; '' its form.
    """

    application: UUID | None = None
    student: UUID | None = None
    kind: str = ""
    paper: str = ""

    def text(self) -> str:
        """As it stands in the QR code."""
        if self.application is not None:
            return f"XJF1.A.{self.application.hex}" + (f".{self.paper}" if self.paper else "")
        if self.student is not None:
            return f"XJF1.P.{self.student.hex}.{self.kind}"
        return f"XJF1.K.{self.kind}"


def read(text: str) -> PaperCode | None:
    """The code of a text, None where it is no paper's of this house."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        return None
    application, student = found["application"], found["student"]
    return PaperCode(
        UUID(application) if application else None,
        UUID(student) if student else None,
        found["of"] or found["kind"] or "",
        found["paper"] or "",
    )


def receipt_number(application: UUID, lodged_on: date) -> str:
    """受理号: the day and the last eight digits of the id, short enough to be read out on the telephone."""
    return f"{lodged_on:%Y%m%d}-{application.hex[-8:].upper()}"
