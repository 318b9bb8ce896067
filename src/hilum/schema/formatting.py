"""Numbers as people read them, in tables and pages."""

import math
from typing import SupportsFloat, TypeGuard

MISSING = "–"


def number(value: SupportsFloat, places: int = 3) -> str:
    """A number with a true minus sign and thousands apart; a count with `places=0`.

    >>> number(25596, 0), number(-0.02), number(-0.0002)
    ('25,596', '−0.020', '0.000')
    """
    return f"{float(value):z,.{places}f}".replace("-", "−")


def ends(low: object, high: object, places: int = 3, *, too_few: bool = False) -> str:
    """An interval in brackets; nothing where there is none. `too_few`: say that too few patients stand behind it.

    >>> ends(0.79, 0.8333), ends(-0.02, 0.005), ends(float("nan"), float("nan"))
    ('(0.790–0.833)', '(−0.020 to 0.005)', '')
    >>> ends(0.5, 0.97, too_few=True)
    '(0.500–0.970, too few)'
    """
    if not (is_number(low) and is_number(high)):
        return ""
    joint = " to " if low < 0 else "–"
    return f"({number(low, places)}{joint}{number(high, places)}{', too few' if too_few else ''})"


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value was measured: a number, and not NaN."""
    return isinstance(value, (int, float)) and not math.isnan(value)
