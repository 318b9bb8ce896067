"""Cells of text as numbers: what is no number is found, never guessed."""

import numpy as np
import pandas as pd

NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"


def as_numbers(cells: "pd.Series[str] | pd.Series[float]", decimal: str = ".") -> tuple[pd.Series, pd.Series]:
    """A column as numbers, and which of its cells are none.

    Args:
        cells: texts or numbers; an empty or missing cell is a missing number, not an unreadable one.
        decimal: the sign before the fraction, `.` or `,`.

    Returns:
        Finite numbers (float64), missing elsewhere; and true where a cell holds something that is no such number, the
        words nan and inf among them.

    >>> [column.tolist() for column in as_numbers(pd.Series(["1", "2.5", "wide", ""]))]
    [[1.0, 2.5, nan, nan], [False, False, True, False]]
    """
    if pd.api.types.is_numeric_dtype(cells):
        numbers = cells.astype("float64")
        unreadable = pd.Series(np.isinf(numbers), cells.index)
        return numbers.where(~unreadable), unreadable
    texts = cells.astype("str").str.strip()
    good = texts.str.fullmatch(NUMBER if decimal == "." else NUMBER.replace(r"\.", ",")).fillna(False).astype("bool")
    numbers = pd.Series(np.nan, cells.index, "float64")
    numbers[good] = texts[good].str.replace(decimal, ".", regex=False).astype("float64")
    return numbers, texts.notna() & (texts != "") & ~good
