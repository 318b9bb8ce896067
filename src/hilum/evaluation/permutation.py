"""The permutation test: what a difference would be if it did not matter which model is which. For any metric."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from hilum.evaluation.cuts import at
from hilum.evaluation.metrics import of_family
from hilum.evaluation.metrics.sums import Values, Weights
from hilum.evaluation.study import Study, mean_over


def shuffled(ours: Study, theirs: Study) -> dict[tuple[str, str], Values]:
    """(R,) differences of every metric, by finding or mean and metric, with some patients' predictions swapped.

    Metrics of order are shuffled by ranks: two models may rank alike on different scales. The means over findings use
    the same shuffles in each finding.

    Args:
        ours: one model.
        theirs: the other, on the same images.
    """
    draws, aligned = ours.draws, ours.aligned
    generator = np.random.default_rng(draws.seed)
    swapped = generator.random((draws.patients, draws.replicates)) < 0.5
    both = ours.both_classes(np.arange(len(aligned)))
    found: dict[tuple[str, str], Values] = {}
    for k, finding in enumerate(aligned.findings):
        held = _differences(ours, theirs, aligned.known(k), np.array([k]), swapped)
        found.update({(finding, name): values for name, values in held.items()})
    support = [np.full(draws.replicates, (aligned.present[:, k] == 1).sum(), dtype=np.float64) for k in both]
    for name in ours.single:
        each = [found[aligned.findings[k], name] for k in both]
        found["macro", name], found["weighted", name] = mean_over(each), mean_over(each, support)
    place, columns = np.nonzero(~np.isnan(aligned.present))
    pooled = _differences(ours, theirs, place, columns, swapped)
    cuts = np.concatenate([np.broadcast_to(one.thresholds, aligned.present.shape) for one in (ours, theirs)])
    pooled |= permuted_differences(
        ours.whole_functions(cuts), aligned.present, [ours.aligned.score, theirs.aligned.score], draws.patient, swapped
    )
    return found | {("micro", name): values for name, values in pooled.items()}


def permutation_p(observed: float, permuted: Values) -> float:
    """Two-sided p of a difference: how often one at least as large arises when the models' names are shuffled.

    Args:
        observed: the difference.
        permuted: (R,) differences with shuffled names.
    """
    known = permuted[~np.isnan(permuted)]
    if np.isnan(observed) or not len(known):
        return float("nan")
    return float((1 + (np.abs(known) >= abs(observed) - 1e-12).sum()) / (1 + len(known)))


def permuted_differences(
    metrics: Mapping[str, Callable[..., Any]],
    present: Values,
    scores: Sequence[Values],
    patient: NDArray[np.intp],
    swapped: NDArray[np.bool_],
) -> dict[str, Values]:
    """The difference of each metric when some patients' predictions change hands between the two models.

    All images of a patient change hands together. Both models' rows stand in one table, and a weight of 0 or 1 says
    whose they are, so a thousand shuffles cost no more than two thousand replicates.

    Args:
        metrics: functions of (present, score, weight).
        present: (N,) or (N, K) labels.
        scores: of the one and of the other model, each like `present`; on one scale.
        patient: (N,) which of the P patients.
        swapped: (P, R) whether the patient's predictions change hands.
    """
    labels, both = np.concatenate([present, present]), np.concatenate(scores)
    group = np.concatenate([patient, patient + len(swapped)])
    swap = swapped.astype(np.float64)
    halves = [Weights(np.concatenate(pair), group) for pair in ((1 - swap, swap), (swap, 1 - swap))]
    held = {name: [np.asarray(metric(labels, both, half)) for half in halves] for name, metric in metrics.items()}
    return {name: ours - theirs for name, (ours, theirs) in held.items()}


def as_ranks(score: Values) -> Values:
    """(N,) scores as ranks in (0, 1), so that two models' scores lie on one scale without a change of order."""
    return np.asarray((rankdata(score) - 0.5) / max(len(score), 1))


def _differences(
    ours: Study, theirs: Study, rows: NDArray[np.intp], k: NDArray[np.intp], swapped: NDArray[np.bool_]
) -> dict[str, Values]:
    """Metrics of single findings: those of order on ranks, the others on the probabilities themselves."""
    present, patient = ours.aligned.present[rows, k], ours.draws.patient[rows]
    scores = [study.aligned.score[rows, k] for study in (ours, theirs)]
    cuts = [np.broadcast_to(at(study.thresholds, rows, k), present.shape) for study in (ours, theirs)]
    functions = ours.functions(np.concatenate(cuts))
    ranking = of_family("ranking")
    by_order = {name: function for name, function in functions.items() if name in ranking}
    by_value = {name: function for name, function in functions.items() if name not in by_order}
    return {
        **permuted_differences(by_order, present, [as_ranks(score) for score in scores], patient, swapped),
        **permuted_differences(by_value, present, scores, patient, swapped),
    }
