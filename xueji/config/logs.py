"""Logs that hold no pupil's data (design §6.13)."""

from __future__ import annotations

import logging
import traceback
from types import TracebackType


class PlaceOnlyFormatter(logging.Formatter):
    """Formats an exception as its types and places.

    The text of an exception is left out: a database error quotes the row,
    a conversion error the value, and both may be an ID number or a phone.
    """

    def formatException(  # noqa: N802  (the name is logging's)
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        lines: list[str] = []
        error = ei[1]
        seen: set[int] = set()  # a cause that is raised again has its consequence as context: a circle
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            lines.append(f"{type(error).__module__}.{type(error).__qualname__}")
            frames = traceback.extract_tb(error.__traceback__)
            lines += [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
            error = error.__cause__ or error.__context__
        return "\n".join(lines)
