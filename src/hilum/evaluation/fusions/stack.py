"""A logistic regression over several predictions, each image judged by one that other patients taught."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit

from hilum.evaluation.fusions.log_odds import log_odds
from hilum.evaluation.fusions.sources import Sources, Values
from hilum.registry import register
from hilum.schema import ConfigError


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
