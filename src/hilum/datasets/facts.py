"""How owners write age, sex and view, and what we make of it."""

import pandas as pd

OLDEST_YEARS = 110.0  # above it an age is a typing error that its owner left in
SEX = {"m": "M", "male": "M", "f": "F", "female": "F", "femal": "F"}
VIEW = {"pa": "PA", "ap": "AP"} | dict.fromkeys(("lateral", "lat", "l", "ll", "rl"), "LATERAL")
UNITS_A_YEAR = {"Y": 1.0, "M": 12.0, "W": 52.18, "D": 365.25}


def years(ages: "pd.Series[str] | pd.Series[float]") -> "pd.Series[float]":
    """Age in years from numbers or from DICOM's age string (`058Y`, `013M`, `028D`); missing where it is neither.

    >>> years(pd.Series(["058Y", "006M", "51", None])).tolist()
    [58.0, 0.5, 51.0, nan]
    """
    if pd.api.types.is_numeric_dtype(ages):
        return ages.astype("float64")
    parts = ages.astype("str").str.extract(r"^\s*(\d+(?:\.\d+)?)\s*([YMWD]?)\s*$")
    return pd.to_numeric(parts[0]).astype("float64") / parts[1].replace("", "Y").map(UNITS_A_YEAR)
