"""Sets of features that look at each image by itself."""

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def alone(function: F) -> F:
    """Mark a set whose columns of an image depend on that image alone: of chosen rows, no others are computed.

    All other sets are given the whole cohort, as a patient's history lies in images that were not chosen.
    """
    function.alone = True  # type: ignore[attr-defined]
    return function


def is_alone(function: Callable[..., Any]) -> bool:
    """Whether a set looks at each image by itself."""
    return getattr(function, "alone", False)
