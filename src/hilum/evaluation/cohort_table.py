"""Who was measured: age, sex, view and study sizes of the images in an evaluation, as a paper's first table."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from hilum.schema.formatting import MISSING, number

WORDS = {"sex": "Sex", "view": "View"}
NAMES = {"F": "female", "M": "male"}


def cohort_table(images: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows `what`, `images`, `patients` (texts), in the order of a paper's table; what is not known says so.

    Args:
        images: the measured images, columns as in `Cohort.images`.

    >>> images = pd.DataFrame({"patient_id": ["a", "a", "b"], "sex": ["F", "F", None], "age_years": [60, 61, 40]})
    >>> [(row["what"], row["images"], row["patients"]) for row in cohort_table(images)][:2]
    [('All', '3', '2'), ('Age in years, median (quartiles)', '60 (50–60)', '50 (45–55)')]
    """
    return list(_rows(images))


def _rows(images: pd.DataFrame) -> Iterator[dict[str, Any]]:
    patients = images.drop_duplicates("patient_id")  # a patient as on the first image
    yield {"what": "All", "images": number(len(images), 0), "patients": number(len(patients), 0)}
    if "age_years" in images and images.age_years.notna().any():
        ages = {"images": _quartiles(images.age_years), "patients": _quartiles(patients.age_years)}
        yield {"what": "Age in years, median (quartiles)"} | ages
    else:
        yield {"what": "Age: not known", "images": MISSING, "patients": MISSING}
    if "age_years" in images and images.age_years.isna().any() and images.age_years.notna().any():
        yield _share("Age not known", images.age_years.isna(), patients.age_years.isna())
    for column, word in WORDS.items():
        if column not in images or not images[column].notna().any():
            yield {"what": f"{word}: not known", "images": MISSING, "patients": MISSING}
            continue
        whole = column == "sex"  # a patient has images of several views
        for value in sorted(images[column].dropna().unique()):
            name = f"{word}: {NAMES.get(value, value)}"
            yield _share(name, images[column] == value, patients[column] == value if whole else None)
        if images[column].isna().any():
            yield _share(f"{word}: not known", images[column].isna(), patients[column].isna() if whole else None)


def _quartiles(ages: "pd.Series[float]") -> str:
    low, middle, high = ages.quantile([0.25, 0.5, 0.75])
    return f"{number(middle, 0)} ({number(low, 0)}–{number(high, 0)})"


def _share(what: str, images: "pd.Series[bool]", patients: "pd.Series[bool] | None") -> dict[str, str]:
    def text(chosen: "pd.Series[bool]") -> str:
        return f"{number(int(chosen.sum()), 0)} ({100 * float(chosen.mean()):.1f} %)"

    return {"what": what, "images": text(images), "patients": MISSING if patients is None else text(patients)}
