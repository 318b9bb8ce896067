"""Outcome: what became of one row, and the one place where an exception becomes a failure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hilum.schema import HilumError

RowFunction = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Outcome:
    """What became of one row: a value, or the reason why there is none.

    Args:
        row: position of the row in the table, from 0.
        value: what the function returned; None when it failed.
        failure: why it failed, in one line; None when it did not.
    """

    row: int
    value: dict[str, Any] | None
    failure: str | None


def attempt(function: RowFunction, row: int, values: dict[str, Any], retries: int) -> Outcome:
    """Call the function on one row; an exception is tried again `retries` times, then kept as the failure.

    What Hilum itself refuses (a HilumError) is refused again by every further attempt, and is not repeated.
    """
    for left in range(retries, -1, -1):
        try:
            return Outcome(row, function(values), None)
        except HilumError as error:
            return Outcome(row, None, str(error))
        except Exception as error:
            if not left:
                return Outcome(row, None, f"{type(error).__name__}: {error}")
    raise AssertionError("unreachable")
