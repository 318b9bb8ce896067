"""Similar cases: reports of other patients whose findings are most like what was said. Never this image's text."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hilum.schema import Cohort, DataError, Reading

HEAD = (
    "Similar cases: reports of OTHER patients in {name}, chosen because their coded findings are most like this "
    "reading's. Nothing below describes this image. No physician has reviewed the choice."
)
TEXTS = ("indication", "findings_text", "impression")


def similar_cases(reading: Reading, reports: Cohort, *, most: int = 3) -> str:
    """The reports whose coded findings are most like the findings called present.

    Args:
        reading: of the image.
        reports: a cohort whose images carry `findings_text` and `impression`, as `datasets["openi"]` gives.
        most: so many reports.

    Raises:
        DataError: when the cohort has no such texts, or no finding in common with the reading.
    """
    texts = [name for name in TEXTS if name in reports.images]
    shared = [each for each in reading.assessments if each.finding in reports.findings]
    if not texts or not shared:
        raise DataError(f"Cohort '{reports.name}' has no reports with findings of this reading. Expected Open-i.")
    columns = [reports.findings.position(each.finding) for each in shared]
    coded = reports.labels.to_numpy(np.float64)
    likeness = likeness_of(coded[:, columns], np.array([each.call == "present" for each in shared]))
    first = ~reports.images.study_id.duplicated().to_numpy()
    order = [place for place in np.argsort(-likeness, kind="stable") if first[place] and not np.isnan(likeness[place])]
    cases = [_case(reports, int(place), texts) for place in order[:most]]
    return "\n\n".join([HEAD.format(name=reports.name), *cases]) + "\n"


def likeness_of(labels: NDArray[np.float64], present: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(N,) Jaccard index of each report's findings and those called present; 1 where both are none.

    Args:
        labels: (N, K) 1 present, others not; a row with NaN, a report that was not indexed, gives NaN.
        present: (K,) which findings the reading calls present.

    >>> likeness_of(np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]]), np.array([True, False])).tolist()
    [0.5, 1.0, 0.0]
    """
    coded = labels == 1
    both, either = (coded & present).sum(axis=1), (coded | present).sum(axis=1)
    likeness = np.where(either > 0, both / np.maximum(either, 1), 1.0)
    return np.where(np.isnan(labels).any(axis=1), np.nan, likeness)


def _case(reports: Cohort, place: int, texts: Sequence[str]) -> str:
    row, labels = reports.images.iloc[place], reports.labels.iloc[place]
    coded = [finding for finding in reports.findings if labels[finding] == 1]
    parts = [
        f"{name.removesuffix('_text').capitalize()}: {row[name]}" for name in texts if str(row[name]) not in ("", "nan")
    ]
    return "\n".join([f"--- another patient, report {row.study_id} (coded: {', '.join(coded) or 'none'})", *parts])
