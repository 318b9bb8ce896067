"""Studies or patients instead of images: one row each, with one probability and one label a finding."""

from dataclasses import replace

import numpy as np
import pandas as pd

from hilum.evaluation.aggregates import aggregates
from hilum.schema import Cohort, ConfigError, DataError, LabelPredictions
from hilum.schema.errors import listed

LEVELS = {"study": "study_id", "patient": "patient_id"}
ORDER = {1.0: 3, -1.0: 2, 0.0: 1}  # of labels of several images: present, uncertain, absent, not mentioned


def cohort_at(cohort: Cohort, level: str) -> Cohort:
    """The cohort with one row a study or patient, under its id.

    A finding is present where it is on any of the images, else uncertain where it is on any, else absent where it is on
    any. Age, sex, view and further columns stay where all of the images agree. Images have no file any more.

    Args:
        cohort: the images.
        level: `study` or `patient`.

    Raises:
        DataError: for images without a study, or a study of two patients.
    """
    column = _column(level)
    unit = cohort.images[column]
    if unit.isna().any():
        raise DataError(
            f"Cohort '{cohort.name}': {int(unit.isna().sum()):,} of {len(cohort):,} images name no {level}. "
            "Expected a study_id for each; `hilum evaluate` without --level looks at images."
        )
    by = cohort.images.groupby(unit.to_numpy(), sort=False)
    several = by.patient_id.nunique()
    if (several > 1).any():
        raise DataError(
            f"Cohort '{cohort.name}': {listed(several.index[several > 1], 2)} are studies of more than one patient. "
            "Expected ids that name one study: join them with the patient's id."
        )
    kept = [name for name in cohort.images if name not in ("image_id", "path", "width", "height", "sequence")]
    one, facts = by[kept].nunique(dropna=False) == 1, by[kept].first()
    images = facts.where(one | np.array([name in ("patient_id", column) for name in kept]))
    images.insert(0, "image_id", images.index.astype("str"))
    labels = _labels(cohort.labels, unit)
    many = int((by.size() > 1).sum())
    note = f"{len(cohort):,} images as {len(images):,} {_plural(level)}, {many:,} of them with several images."
    return Cohort(cohort.name, images.reset_index(drop=True), labels, root=cohort.root, notes=(*cohort.notes, note))


def predictions_at(
    predictions: LabelPredictions, cohort: Cohort, level: str, aggregate: str = "mean"
) -> LabelPredictions:
    """The predictions with one row a study or patient; what stands under such an id already stays.

    Args:
        predictions: of images, or of studies.
        cohort: the images, before `cohort_at`.
        level: `study` or `patient`.
        aggregate: a name of the registry: `mean` or `max`.

    Raises:
        DataError: where a study is predicted itself and by its images.
    """
    own = cohort.images.set_index("image_id")[_column(level)]
    ids = predictions.table.image_id
    unit = ids.map(own)
    already = unit.isna() & ids.isin(own)
    twice = set(ids[already]) & set(unit.dropna())
    if twice:
        raise DataError(f"{listed(sorted(twice), 2)}: predicted both as a {level} and by image. Expected one of them.")
    unit = unit.where(unit.notna(), ids)
    table = aggregates[aggregate](predictions.table[list(predictions.findings)], unit)
    table.insert(0, "image_id", table.index.astype("str"))
    held = {name: value for name, value in predictions.provenance.items() if name != "run_folder"}
    return replace(predictions, table=table.reset_index(drop=True), provenance=held | {level: aggregate})


def _column(level: str) -> str:
    if level not in LEVELS:
        raise ConfigError(f"There is no level '{level}'. Expected {listed(LEVELS)}; left out, images are looked at.")
    return LEVELS[level]


def _labels(labels: pd.DataFrame, unit: "pd.Series[str]") -> pd.DataFrame:
    """The strongest label of each unit."""
    ranks = labels.apply(lambda column: column.astype(float).map(ORDER).fillna(0))
    back = {rank: label for label, rank in ORDER.items()} | {0: np.nan}
    strongest = ranks.groupby(unit.to_numpy(), sort=False).max().reset_index(drop=True)
    labels = strongest.apply(lambda column: column.map(back))
    return labels.astype("float32")


def _plural(level: str) -> str:
    return "studies" if level == "study" else f"{level}s"
