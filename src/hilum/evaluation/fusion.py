"""Fusion: several Predictions of the same images become one, finding by finding.

Two readers whose errors are independent are joined by adding their log-odds and taking the prior away once: that needs
no labels. `stack` learns from labels how far each is to be trusted, each image from other patients' images only.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

from hilum.registry import Registry, register
from hilum.schema import Cohort, ConfigError, DataError, Features, Findings, Predictions
from hilum.schema.errors import listed

fusions = Registry("hilum.evaluation.fusion", "fusion")
Values = NDArray[np.float64]
SMALLEST = 1e-6  # probabilities are held this far inside (0, 1) before the logarithm


# S sources, N images, K findings, C columns
@dataclass(frozen=True)
class Sources:
    """What is to be joined.

    Args:
        scores: (S, N, K) probabilities; NaN where a source says nothing.
        labels: (N, K) 1 or 0; NaN where not known. None when no cohort was given.
        fold: (N,) which part of the patients each image belongs to, in 0 … folds - 1; empty without a cohort.
        columns: per finding (N, C) further numbers to learn from; NaN where not known.
        precision: of the stack's prior.
        notes: sentences for the provenance, filled on the way.
    """

    scores: Values
    labels: Values | None
    fold: NDArray[np.intp]
    columns: Sequence[Values]
    precision: float
    notes: list[str] = field(default_factory=list)

    @property
    def log_odds(self) -> Values:
        """(S, N, K), finite, NaN where a source says nothing."""
        return np.asarray(logit(self.scores.clip(SMALLEST, 1 - SMALLEST)))


def fuse(
    predictions: Sequence[Predictions],
    *,
    method: str = "log_odds",
    cohort: Cohort | None = None,
    features: Features | None = None,
    folds: int = 5,
    seed: int = 0,
    precision: float = 10.0,
) -> Predictions:
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
            f"No image of the first predictions ({listed(images, 2)}) stands in the others. Expected the same ids."
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
    if function is stack:
        extra = [] if features is None else list(features.names)
        provenance |= {
            "folds": folds,
            "seed": seed,
            "precision": precision,
            "cohort": cohort.name if cohort else "",
            "features": extra,
        }
    return Predictions(joined, provenance, predictions[0].failures)


@register
def mean(sources: Sources) -> Values:
    """Mean of the probabilities."""
    there = ~np.isnan(sources.scores)
    total = np.where(there, sources.scores, 0.0).sum(axis=0)
    return np.asarray(np.where(there.any(axis=0), total / there.sum(axis=0).clip(1), np.nan))


@register
def log_odds(sources: Sources) -> Values:
    """Log-odds added up, the prior taken away once for each source too many; right when errors are independent.

    The prior of a finding is the mean probability that the sources give it over all images.
    """
    there = ~np.isnan(sources.scores)
    prior = logit(np.nanmean(sources.scores, axis=(0, 1)).clip(SMALLEST, 1 - SMALLEST))  # (K,)
    evidence = np.where(there, sources.log_odds - prior, 0.0).sum(axis=0)
    return np.asarray(np.where(there.any(axis=0), expit(prior + evidence), np.nan))


@register
def stack(sources: Sources) -> Values:
    """A logistic regression about the log-odds fusion, each image judged by one fitted on other patients' images."""
    if sources.labels is None:
        raise ConfigError("stack learns from labels. Give the dataset and its root, or choose log_odds or mean.")
    out = np.full(sources.scores.shape[1:], np.nan)
    plain = log_odds(sources)
    for place in range(sources.scores.shape[2]):
        columns, present = _regressors(sources, place), sources.labels[:, place]
        for part in np.unique(sources.fold):
            judged, learned = sources.fold == part, (sources.fold != part) & ~np.isnan(present)
            if len(np.unique(present[learned])) < 2:
                sources.notes.append(f"Finding {place + 1}, part {part + 1}: one class to learn from; log_odds stands.")
                out[judged, place] = plain[judged, place]
            else:
                weigh = _regression(columns[learned], present[learned], len(sources.scores), sources.precision)
                out[judged, place] = weigh(columns[judged])
    return out


def _regressors(sources: Sources, place: int) -> Values:
    """(N, C) of one finding: log-odds, where a source is silent, further columns and where they are not known."""
    given = np.concatenate([sources.log_odds[:, :, place].T, sources.columns[place]], axis=1)
    gaps = np.isnan(given)
    return np.concatenate([np.where(gaps, 0.0, given), gaps[:, gaps.any(axis=0)]], axis=1)


def _regression(columns: Values, present: Values, sources: int, precision: float) -> Callable[[Values], Values]:
    """A logistic regression with a normal prior about the log-odds fusion, fitted.

    Columns are standardized; the prior's mean is a weight of 1 for each source's log-odds (the first columns) and 0 for
    anything else: a finding with forty images says little, and then the fusion that needs no labels stands.
    """
    center, spread = columns.mean(axis=0), columns.std(axis=0)
    spread[spread < 1e-9] = 1.0
    scaled, prior = (columns - center) / spread, np.where(np.arange(len(spread)) < sources, spread, 0.0)

    def loss(weights: Values) -> tuple[float, Values]:
        log_odds, away = scaled @ weights[:-1] + weights[-1], weights[:-1] - prior
        wrong = expit(log_odds) - present
        value = np.logaddexp(0, log_odds).sum() - present @ log_odds + precision / 2 * away @ away
        return float(value), np.append(scaled.T @ wrong + precision * away, wrong.sum())

    start = np.append(prior, logit(present.mean()))
    weights = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 1000}).x
    return lambda asked: np.asarray(expit((asked - center) / spread @ weights[:-1] + weights[-1]))


def _scores(predictions: Predictions, images: "pd.Series[str]", findings: Findings) -> Values:
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
