"""Fusion: several Predictions of the same images become one, finding by finding.

Two readers whose errors are independent are joined by adding their log-odds and taking the prior away once: that needs
no labels. `stack` learns from labels how far each is to be trusted, each image from other patients' images only.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.evaluation.fusions import fusions
from hilum.evaluation.fusions.sources import Sources, Values
from hilum.schema import Cohort, ConfigError, DataError, Features, Findings, LabelPredictions
from hilum.schema.errors import listed

__all__ = ["fuse", "fusions"]


def fuse(
    predictions: Sequence[LabelPredictions],
    *,
    method: str = "log_odds",
    cohort: Cohort | None = None,
    features: Features | None = None,
    folds: int = 5,
    seed: int = 0,
    precision: float = 10.0,
) -> LabelPredictions:
    """Join the predictions of several models for the same images.

    Args:
        predictions: two or more; the images are those of the first, the findings those that all speak of, spelled as
            the first does. Where another is silent about an image, the rest decides.
        method: a name in `fusions`: `mean`, `log_odds`, `stack`.
        cohort: images with labels and patients; `stack` learns from them.
        features: further columns for `stack`: one called `<word>_<finding>` is used for that finding, one that ends in
            no finding's name for all of them. `hilum.features.errors_before` makes some.
        folds: parts into which `stack` divides the patients; no image is judged by what was learned on its own part.
        seed: of that division.
        precision: how strongly `stack` holds to the log-odds fusion where images are few; from 4 to 30 it hardly
            matters (benchmarks/results/history-fusion.md).
    """
    if len(predictions) < 2:
        raise ConfigError(f"{len(predictions)} predictions were given to fuse. Expected two or more.")
    function: Callable[[Sources], Values] = fusions[method.replace("-", "_")]
    findings, images = predictions[0].findings, predictions[0].table.image_id
    for other in predictions[1:]:
        findings = findings.shared(other.findings)
    if not len(findings):
        raise DataError("The predictions share no finding. Expected columns of the same findings.")
    scores = np.stack([_scores(one, images, findings) for one in predictions])
    if np.isnan(scores[1:]).all():
        raise DataError(
            f"No image of the first predictions ({listed(images, 2)}) stands in the others. "
            "Expected the same image ids."
        )
    labels, fold = (None, np.empty(0, np.intp)) if cohort is None else _known(cohort, images, findings, folds, seed)
    sources = Sources(scores, labels, fold, _columns(features, images, findings), precision)
    joined = pd.DataFrame(function(sources), columns=list(findings))
    joined.insert(0, "image_id", images)
    silent = np.isnan(scores).all(axis=2).sum(axis=1)
    provenance: dict[str, Any] = {
        "fusion": function.__name__,
        "of": [one.provenance for one in predictions],
        "images_without_a_word": silent.tolist(),
        "notes": sources.notes,
    }
    if function.__name__ == "stack":
        extra = [] if features is None else list(features.names)
        provenance |= {
            "folds": folds,
            "seed": seed,
            "precision": precision,
            "cohort": cohort.name if cohort else "",
            "features": extra,
        }
    return LabelPredictions(joined, provenance, predictions[0].failures)


def _scores(predictions: LabelPredictions, images: "pd.Series[str]", findings: Findings) -> Values:
    own = [predictions.findings[predictions.findings.position(name)] for name in findings]
    return predictions.table.set_index("image_id")[own].reindex(images).to_numpy(np.float64)


def _known(
    cohort: Cohort, images: "pd.Series[str]", findings: Findings, folds: int, seed: int
) -> tuple[Values, NDArray[np.intp]]:
    """Labels of the images, and the part of the patients that each belongs to."""
    rows = pd.Index(cohort.images.image_id).get_indexer(pd.Index(images))
    if (rows < 0).any():
        raise DataError(
            f"{int((rows < 0).sum()):,} predicted images are not in cohort '{cohort.name}': "
            f"{listed(images[rows < 0])}. Expected predictions of its images."
        )
    if folds < 2:
        raise ConfigError(f"stack: {folds} folds. Expected two or more.")
    labels = cohort.labels_for(findings)[rows].astype(np.float64)
    patient, names = pd.factorize(cohort.images.patient_id.iloc[rows], sort=True)
    part = np.random.default_rng(seed).permutation(len(names)) % folds
    return np.where(labels >= 0, labels, np.nan), part[patient]


def _columns(features: Features | None, images: "pd.Series[str]", findings: Findings) -> list[Values]:
    """Per finding the columns of its own and those of none."""
    if features is None:
        return [np.empty((len(images), 0))] * len(findings)
    owner = [next((name for name in findings if column.endswith(f"_{name}")), None) for column in features.names]
    values = features.aligned(images).astype(np.float64)
    return [values[:, [who in (name, None) for who in owner]] for name in findings]
