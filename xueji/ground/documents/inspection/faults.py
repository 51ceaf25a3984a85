"""Why a file is not taken: the code is the answer's, ``detail`` stands in the sentence."""

from __future__ import annotations


class Faulty(Exception):
    """A file that is not taken."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail
