"""How often 95 % intervals drawn by the bootstrap hold the truth: for `coverage.py`.

MCC and Cohen's kappa of one model, their paired differences, and a model at a reader's operating
point. The cohorts are those of `coverage_pairs.py`; the true values follow from the normal distribution.
"""

import numpy as np
import pandas as pd
from coverage_pairs import THRESHOLD, Pair, cohort, pairs, shape
from scipy.optimize import brentq
from scipy.stats import norm

from hilum.evaluation.bootstrap import draw
from hilum.evaluation.matched import recall_at
from hilum.evaluation.metrics.decisions import Decisions
from hilum.evaluation.metrics.labels.cohen_kappa import cohen_kappa
from hilum.evaluation.metrics.labels.mcc import mcc
from hilum.evaluation.metrics.sums import Values, Weights, ratio

REPLICATES = 500
Named = dict[tuple[str, str], Values]


def drawn_pairs() -> list[Pair]:
    """The cells: without those of AUROC 0.85 and 0.80, whose like the others are."""
    return [pair for pair in pairs() if pair.areas != (0.85, 0.80)]


def recall(pair: Pair, model: int, threshold: float) -> float:
    """True recall at a threshold."""
    chance, hit = shape(pair.areas[model], pair.missed)
    return float((1 - chance) * norm.sf(threshold - hit) + chance * norm.sf(threshold))


def truths(pair: Pair, model: int) -> dict[str, float]:
    """The true MCC and kappa."""
    share, found, alarms = pair.positive / pair.patients, recall(pair, model, THRESHOLD), float(norm.sf(THRESHOLD))
    tp, fp = share * found, (1 - share) * alarms
    fn, tn, called = share - tp, 1 - share - fp, tp + fp
    spread = np.sqrt(called * (1 - called) * share * (1 - share))
    agreed = called * share + (1 - called) * (1 - share)
    return {
        "mcc": (tp * tn - fp * fn) / spread,
        "cohen_kappa": (tp + tn - agreed) / (1 - agreed),
    }


def at_the_reader(pair: Pair) -> dict[str, float]:
    """The true differences of model 0 from reader 1, who calls at the threshold."""
    theirs = recall(pair, 1, THRESHOLD)
    point = brentq(lambda threshold: recall(pair, 0, threshold) - theirs, -6, 8)
    return {
        "recall at the reader's specificity": recall(pair, 0, THRESHOLD) - theirs,
        "specificity at the reader's recall": float(norm.cdf(point) - norm.cdf(THRESHOLD)),
    }


def measured(present: Values, scores: list[Values], weights: Weights) -> Named:
    """(C,) of everything, by name and kind."""
    held: Named = {}
    for name, function in (("mcc", mcc), ("cohen_kappa", cohen_kappa)):
        ours, theirs = (np.asarray(function(present, score, weights, threshold=THRESHOLD)) for score in scores)
        held[name, "one model"], held[name, "difference"] = ours, ours - theirs
    model, reader = scores
    n = Decisions.of(present, reader, weights, THRESHOLD)
    found, spared = ratio(n.tp, n.tp + n.fn), ratio(n.tn, n.tn + n.fp)
    held["recall at the reader's specificity", "difference"] = recall_at(present, model, weights, 1 - spared) - found
    held["specificity at the reader's recall", "difference"] = (
        recall_at(1 - present, -model, weights, 1 - found) - spared
    )
    return held


def true_of(pair: Pair) -> dict[tuple[str, str], float]:
    """The true value of everything that `measured` gives."""
    one, other = truths(pair, 0), truths(pair, 1)
    held = {(name, "one model"): value for name, value in one.items()}
    held |= {(name, "difference"): value - other[name] for name, value in one.items()}
    return held | {(name, "difference"): value for name, value in at_the_reader(pair).items()}


def simulate(chosen: list[Pair], count: int) -> pd.DataFrame:
    """One row a cell, measure and kind, as `coverage_pairs.simulate` gives them."""
    rows = []
    for place, pair in enumerate(chosen):
        rng, true = np.random.default_rng([3, place]), true_of(pair)
        held: dict[tuple[str, str], list[tuple[float, float]]] = {key: [] for key in true}
        for turn in range(count):
            patient, present, scores = cohort(pair, rng)
            draws = draw(patient, replicates=REPLICATES, seed=turn)
            weights = Weights(draws.weights.astype(np.float64), draws.patient)
            fewest = min(len(np.unique(patient[present == label])) for label in (0, 1))
            for key, values in measured(present, scores, weights).items():
                held[key].append(draws.interval(values, patients=fewest))
        for (metric, kind), ends in held.items():
            low, high = np.array(ends).T
            truth = true[metric, kind]
            inside = (low <= truth + 1e-9) & (truth - 1e-9 <= high)
            equal = kind == "difference" and abs(truth) < 1e-9
            found = {"coverage": inside.mean(), "width": (high - low).mean(), "equal": equal}
            rows.append({**vars(pair), "metric": metric, "kind": kind, **found})
    return pd.DataFrame(rows)
