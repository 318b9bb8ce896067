"""Ages as people write them, in years: the one reading of them for tables and DICOM headers."""

import re

import numpy as np
import pandas as pd

from hilum.schema.errors import listed
from hilum.schema.table_files import as_cells

DAYS_A_YEAR = 365.25
YEARS_IN = {"y": 1.0, "m": 1 / 12, "w": 7 / DAYS_A_YEAR, "d": 1 / DAYS_A_YEAR}
LONGEST = 40  # letters; what is longer is no age
UNIT = r"years?|yrs?|yo|y|months?|mos?|mths?|mns?|m|weeks?|wks?|w|days?|dys?|d"
PART = re.compile(rf"(\d+(?:[.,]\d+)?)(?!\d)[\s-]*({UNIT})?\.?(?![a-z])")
AGE = re.compile(
    rf"(?P<above>>=?|≥|over|above)?\s*(?P<parts>{PART.pattern}(?:\s*(?:,|and|&)?\s*{PART.pattern})*)\s*(?P<more>\+)?"
    rf"(?:\s*(?P<unit>{UNIT}))?[\s-]*(?:old|of age)?"
)


def age_in_years(text: str) -> float:
    """One age in years: a bare number of years, DICOM's age string, or a number with its unit in words.

    `>89`, as ages above 89 are written where patients must not be told apart, is the least whole age above it.

    Returns:
        Years, never negative; nan where the text is no age.

    >>> [age_in_years(text) for text in ("057Y", "51", "3 months", "61 yrs", ">89", "90+", "-44", "old")]
    [57.0, 51.0, 0.25, 61.0, 90.0, 90.0, nan, nan]
    """
    match = AGE.fullmatch(" ".join(text.lower().split())) if len(text) <= LONGEST else None
    if match is None:
        return float("nan")
    parts = PART.findall(match["parts"])
    units = [unit or (match["unit"] if len(parts) == 1 else "") or "y" for _, unit in parts]
    if len(parts) > 1 and ("" in [unit for _, unit in parts] or len({unit[0] for unit in units}) < len(units)):
        return float("nan")  # two numbers are one age only as 1 year 6 months
    numbers = [float(number.replace(",", ".")) for number, _ in parts]
    years = sum(number * YEARS_IN[unit[0]] for number, unit in zip(numbers, units, strict=True))
    return years + 1 if match["above"] in (">", "over", "above") else years


def is_bound(text: str) -> bool:
    """Whether an age is given as a least one, as `>89` or `90+`."""
    return bool(re.match(r"\s*(>|≥|over|above)", text.lower())) or "+" in text


def ages_in_years(ages: "pd.Series[str] | pd.Series[float]") -> tuple["pd.Series[float]", list[str]]:
    """A column of ages in years, and what is to be noted of it.

    Args:
        ages: numbers of years, or texts; missing where nothing is known.

    Returns:
        Years, missing where nothing is known or readable; and sentences that count what could not be read and what
        was given as a least age, each with examples.

    >>> years, sentences = ages_in_years(pd.Series(["061Y", ">89", "-44"]))
    >>> years.tolist(), len(sentences)
    ([61.0, 90.0, nan], 2)
    """
    codes, texts = pd.factorize(as_cells(ages), use_na_sentinel=True)
    each = np.array([age_in_years(text) for text in texts] + [np.nan])  # code -1, the empty cell, is the last
    years = pd.Series(each[codes], ages.index, "float64")
    counts = np.bincount(codes[codes >= 0], minlength=len(texts))
    sentences = []
    unread = [place for place, text in enumerate(texts) if np.isnan(each[place])]
    if unread:
        cells = listed(f"'{texts[place]}' {counts[place]:,} times" for place in unread)
        sentences.append(
            f"{counts[unread].sum():,} of {len(ages):,} ages cannot be read and count as not known: {cells}."
        )
    bounds = [place for place, text in enumerate(texts) if not np.isnan(each[place]) and is_bound(text)]
    if bounds:
        cells = listed(f"'{texts[place]}' as {each[place]:g}" for place in bounds)
        sentences.append(f"{counts[bounds].sum():,} ages are given as a least age, and taken at it: {cells}.")
    return years, sentences
