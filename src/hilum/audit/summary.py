"""Summary: what is in a cohort, as numbers that a page can be drawn from."""

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hilum.audit.owners import remarks
from hilum.audit.tables import OLDEST_YEARS, no_finding
from hilum.schema import Cohort, DataError
from hilum.schema.files import without_nan, write_json
from hilum.schema.findings import key

AGE_EDGES = tuple(range(0, 115, 5))  # years; the histogram
AGE_GROUPS = {"0-17": (0, 18), "18-39": (18, 40), "40-59": (40, 60), "60-79": (60, 80), "80+": (80, OLDEST_YEARS + 1)}
UNKNOWN = "unknown"
MOST_SIZES = 10
SIZES = (("width", "height"), ("scan_width", "scan_height"))
SPACINGS = ("spacing_mm_x", "spacing_mm_y")


@dataclass(frozen=True)
class Summary:
    """What is in a cohort.

    Args:
        numbers: JSON values; see `summary` for the keys.
    """

    numbers: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.numbers[name]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write as JSON."""
        write_json(path, self.numbers)


def summary(cohort: Cohort) -> Summary:
    """Count a cohort. Two cohorts stand side by side as two summaries, as the keys are the same.

    Returns:
        Numbers under these keys. Counts are of images unless they say otherwise; `unknown` stands for missing values.

        - `cohort` (its name), `notes` (the cohort's own, and what is often stated of it but not so).
        - `images`, `patients`, `studies`, `files` (images whose file is there).
        - `sex`: `{"images": {"F": n, "M": n, "unknown": n}, "patients": {…}}`; a patient counts as on the first image.
        - `age_years`: for `images`, and for `patients` at their first image: `known`, `mean`, `deviation`, `least`,
          `median`, `most`; ages below 0 or above 110 are left out and counted as `impossible`.
        - `age_by_sex`: `edges` (years; one more than bars) and, for `images` and `patients`, `{"F": [n, …], "M": …}`.
        - `labels_per_image`: `{"0": n, "1": n, …}`: how many findings are present on how many images.
        - `label_counts`: `one_label` = `no_finding` + `one_finding`; `several`; `no_label` (the owner says nothing, or
          nothing but uncertain or not mentioned findings). The four without `one_label` add up to `images`.
        - `findings`: a list of `finding`, `present`, `absent`, `uncertain`, `not_mentioned`, `alone` (present and no
          other), `with_others`, `share` (present of all images) and `patients` (with it on at least one image).
        - `co_occurrence`: `findings` and `counts`, a square table: images on which both are present; the diagonal holds
          the images with that finding.
        - `view`, `split`: images of each value.
        - `images_per_patient`: `counts` of patients (`{"1": n, "2": n, …}`), `mean`, `median`, `most`, `with_several`.
        - `follow_up`: `counts`: images by the owner's order (`sequence`), `{"0": n, "1": n, …}`; empty when not known.
        - `sizes`: for the image as published and for the detector (`image`, `detector`), a list of `width`, `height`
          (pixels), `images`, the ten most frequent; `distinct_image`, `distinct_detector` how many there are.
        - `spacing_mm`: of the detector: `known`, `least`, `median`, `most` (across); empty when not known.
        - `missing`: column to how many images have no value there; columns that are whole are left out.
        - `by_sex`, `by_age`, `by_view`: `{group: {"images": n, "present": {finding: n}, "share": {finding: 0 … 1}}}`.
        - `boxes`: `count`, `images`, `by_finding`; `masks`: `count`, `images`, `by_structure`.

    Raises:
        DataError: when the cohort has no images.
    """
    if not len(cohort):
        raise DataError(
            f"Cohort '{cohort.name}' has no images, so there is nothing to sum up. Expected at least one row in its "
            "table; look at the file it was read from."
        )
    images = cohort.images
    own = [name for name in cohort.findings if key(name) != key("No Finding")]
    present = (cohort.labels[own] == 1).astype(np.int64)
    first = images.sort_values("sequence", kind="stable").groupby("patient_id", sort=False).head(1)
    numbers = {
        "cohort": cohort.name,
        "notes": list(cohort.notes),
        "images": len(images),
        "patients": cohort.patients,
        "studies": int(images.study_id.nunique()),
        "files": int(images.path.notna().sum()),
        "sex": {"images": _counts(images.sex, "F", "M"), "patients": _counts(first.sex, "F", "M")},
        "age_years": {"images": _ages(images.age_years), "patients": _ages(first.age_years)},
        "age_by_sex": {"edges": list(AGE_EDGES), "images": _age_by_sex(images), "patients": _age_by_sex(first)},
        "labels_per_image": _by_number(present.sum(axis=1)),
        "label_counts": _label_counts(present, cohort),
        "findings": [_finding(cohort, present, name) for name in own],
        "co_occurrence": {"findings": own, "counts": (present.T.to_numpy() @ present.to_numpy()).tolist()},
        "view": _counts(images["view"], "PA", "AP", "FRONTAL", "LATERAL"),
        "split": _counts(images.split, "train", "val", "test"),
        "images_per_patient": _images_per_patient(images),
        "follow_up": {"counts": _by_number(images.sequence.dropna())},
        **_sizes(images),
        "spacing_mm": _spread(images[SPACINGS[0]].dropna()) if SPACINGS[0] in images else {},
        "missing": {str(column): int(count) for column, count in images.isna().sum().items() if count},
        "by_sex": _by_group(present, images.sex.fillna(UNKNOWN)),
        "by_age": _by_group(present, _age_group(images.age_years)),
        "by_view": _by_group(present, images["view"].fillna(UNKNOWN)),
        **_drawn(cohort),
    }
    numbers["notes"] += remarks(cohort.name, numbers)
    return Summary(without_nan(numbers))


def _counts(values: "pd.Series[str]", *expected: str) -> dict[str, int]:
    """Images of each value: the expected ones first, in order, if there are any; then others, then the unknown ones."""
    found = values.fillna(UNKNOWN).value_counts()
    order = [*expected, *sorted(set(found.index) - {*expected, UNKNOWN}), UNKNOWN]
    return {name: int(found[name]) for name in order if name in found}


def _by_number(values: "pd.Series[int]") -> dict[str, int]:
    found = values.astype(int).value_counts().sort_index()
    return {str(number): int(count) for number, count in found.items()}


def _spread(values: "pd.Series[float]") -> dict[str, float]:
    least, middle, most = (values.min(), values.median(), values.max()) if len(values) else [float("nan")] * 3
    return {"known": len(values), "least": least, "median": middle, "most": most}


def _ages(ages: "pd.Series[float]") -> dict[str, float]:
    possible = ages[ages.between(0, OLDEST_YEARS)]
    impossible = int(ages.notna().sum()) - len(possible)
    moments = {"mean": possible.mean(), "deviation": possible.std(), "impossible": impossible}
    return _spread(possible) | moments


def _age_by_sex(images: pd.DataFrame) -> dict[str, list[int]]:
    groups = images.sex.fillna(UNKNOWN)
    return {
        str(sex): np.histogram(images.age_years[groups == sex].dropna(), AGE_EDGES)[0].tolist()
        for sex in sorted(groups.unique())
    }


def _age_group(ages: "pd.Series[float]") -> "pd.Series[str]":
    group = pd.Series(UNKNOWN, ages.index, dtype="str")
    for name, (low, high) in AGE_GROUPS.items():
        group[(ages >= low) & (ages < high)] = name
    return group


def _label_counts(present: pd.DataFrame, cohort: Cohort) -> dict[str, int]:
    several, one = int((present.sum(axis=1) > 1).sum()), int((present.sum(axis=1) == 1).sum())
    said = no_finding(cohort)
    if not said.any():  # an owner without the words No Finding means it by denying all that is asked
        said = (cohort.labels == 0).all(axis=1) & (cohort.labels.shape[1] > 0)
    none = int((said & (present.sum(axis=1) == 0)).sum())
    rest = len(cohort) - several - one - none
    return {"one_label": none + one, "no_finding": none, "one_finding": one, "several": several, "no_label": rest}


def _finding(cohort: Cohort, present: pd.DataFrame, name: str) -> dict[str, Any]:
    label, here = cohort.labels[name], present[name] == 1
    alone = int((here & (present.sum(axis=1) == 1)).sum())
    return {
        "finding": name,
        "present": int(here.sum()),
        "absent": int((label == 0).sum()),
        "uncertain": int((label == -1).sum()),
        "not_mentioned": int(label.isna().sum()),
        "alone": alone,
        "with_others": int(here.sum()) - alone,
        "share": float(here.mean()),
        "patients": int(cohort.images.patient_id[here].nunique()),
    }


def _images_per_patient(images: pd.DataFrame) -> dict[str, Any]:
    each = images.patient_id.value_counts()
    several = int((each > 1).sum())
    spread = {"mean": each.mean(), "median": each.median(), "most": int(each.max()) if len(each) else 0}
    return {"counts": _by_number(each), "with_several": several, **spread}


def _sizes(images: pd.DataFrame) -> dict[str, Any]:
    sizes: dict[str, Any] = {}
    distinct: dict[str, int] = {}
    for name, pair in zip(("image", "detector"), SIZES, strict=True):
        known = images[list(pair)].dropna() if set(pair) <= set(images) else pd.DataFrame(columns=list(pair))
        found = known.value_counts()
        distinct[f"distinct_{name}"] = len(found)
        frequent = found.head(MOST_SIZES).reset_index().to_numpy().astype(int).tolist()
        sizes[name] = [dict(zip(("width", "height", "images"), row, strict=True)) for row in frequent]
    return {"sizes": sizes | distinct}


def _by_group(present: pd.DataFrame, group: "pd.Series[str]") -> dict[str, Any]:
    images, sums = group.value_counts(), present.groupby(group.to_numpy()).sum()
    order = [name for name in ("F", "M", *AGE_GROUPS, "PA", "AP", "FRONTAL", "LATERAL") if name in images.index]
    order += sorted(set(images.index) - {*order, UNKNOWN}) + [UNKNOWN] * (UNKNOWN in images.index)
    return {
        name: {
            "images": int(images[name]),
            "present": sums.loc[name].to_dict(),
            "share": (sums.loc[name] / images[name]).to_dict(),
        }
        for name in order
    }


def _drawn(cohort: Cohort) -> dict[str, Any]:
    boxes = cohort.boxes.table if cohort.boxes is not None else pd.DataFrame(columns=["image_id", "finding"])
    masks = cohort.masks if cohort.masks is not None else pd.DataFrame(columns=["image_id", "structure"])
    return {
        "boxes": {"count": len(boxes), "images": int(boxes.image_id.nunique()), "by_finding": _counts(boxes.finding)},
        "masks": {
            "count": len(masks),
            "images": int(masks.image_id.nunique()),
            "by_structure": _counts(masks.structure),
        },
    }
