"""Ages in every spelling, and those that are none."""

import numpy as np
import pandas as pd
import pytest

from hilum.schema.ages import age_in_years, ages_in_years

AGES = {
    "057Y": 57, "51": 51, "51.0": 51, " 7 ": 7, "0": 0, "000Y": 0, "414": 414, "61,5": 61.5, "61 yrs": 61, "61 yr": 61,
    "61 years": 61, "61yo": 61, "61-year-old": 61, "61 Years Old": 61, "018M": 1.5, "3 months": 0.25, "6 mo": 0.5,
    "16month": 16 / 12, "1 year 6 months": 1.5, "1y6m": 1.5, "026W": 182 / 365.25, "2 weeks": 14 / 365.25,
    "365D": 365 / 365.25, "10 days": 10 / 365.25, ">89": 90, "> 89": 90, ">89 years": 90, "over 89": 90, ">=90": 90,
    "≥ 90": 90, "90+": 90,
}  # fmt: skip
NONE = ["", "-44", "-5Y", "old", "nan", "inf", "NA", "n/a", "?", "60-70", "12 34", "about 50", "61 parsecs", "1" * 60]


@pytest.mark.parametrize("text", AGES)
def test_ages(text: str) -> None:
    assert age_in_years(text) == pytest.approx(AGES[text])


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_age(text: str) -> None:
    assert np.isnan(age_in_years(text))


def test_a_column_says_what_it_could_not_read() -> None:
    years, sentences = ages_in_years(pd.Series(["061Y", ">89", ">89", "-44", None, " ", "61 yrs"], dtype="str"))
    assert years.fillna(-1).tolist() == [61, 90, 90, -1, -1, -1, 61]
    assert sentences == [
        "1 of 7 ages cannot be read and count as not known: '-44' 1 times.",
        "2 ages are given as a least age, and taken at it: '>89' as 90.",
    ]


def test_numbers_are_years() -> None:
    years, sentences = ages_in_years(pd.Series([51, 0.5, -44, np.inf, np.nan]))
    assert years.fillna(-1).tolist() == [51, 0.5, -1, -1, -1]
    assert len(sentences) == 1
    assert "2 of 5 ages" in sentences[0]
    assert ages_in_years(pd.Series([51, 52]))[1] == []
