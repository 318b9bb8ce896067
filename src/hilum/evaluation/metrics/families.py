"""What a metric of labels looks at: said beside it, asked for by whoever treats a family alike."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
Family = Literal["ranking", "call", "count", "probability", "set"]


def family(name: Family) -> Callable[[F], F]:
    """Say of a metric what it looks at.

    Args:
        name: `ranking` (the order of scores), `call` (decisions at a threshold), `count` (how many images; grows with
            them), `probability` (the values themselves), `set` (an image's whole set of findings).
    """

    def marked(function: F) -> F:
        function.__family__ = name  # type: ignore[attr-defined]
        return function

    return marked


def family_of(function: Callable[..., Any]) -> str:
    """What `family` said of it."""
    return str(function.__family__)  # type: ignore[attr-defined]
