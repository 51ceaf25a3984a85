from __future__ import annotations

import sys

from xueji.config.logs import PlaceOnlyFormatter


def _formatted(error: BaseException) -> str:
    return PlaceOnlyFormatter().formatException((type(error), error, error.__traceback__))


def test_the_log_names_type_and_place_and_not_what_was_in_the_row() -> None:
    try:
        raise ValueError("110105200201010019")
    except ValueError as error:
        text = _formatted(error)
    assert "builtins.ValueError" in text
    assert "test_logs.py" in text
    assert "110105200201010019" not in text


def test_a_cause_that_is_raised_again_is_told_once() -> None:
    """psycopg's error inside Django's, raised bare by the job queue: each is the other's reason."""
    cause = KeyError("row")
    try:
        try:
            raise RuntimeError("wrapped") from cause
        except RuntimeError:
            raise cause  # noqa: B904  (what the queue does)
    except KeyError:
        caught = sys.exc_info()[1]
    assert caught is not None
    assert caught.__context__ is not None
    assert caught.__context__.__cause__ is caught
    assert _formatted(caught).count("builtins.KeyError") == 1
