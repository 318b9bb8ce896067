"""What several models say of the same images, as one; and how much each is to count.

Means of probabilities and of logits are the linear and the logarithmic opinion pool.

Source: Genest & Zidek 1986, Statistical Science 1:114-135; deep ensembles: Lakshminarayanan et al. 2017,
arXiv:1612.01474.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import LinearConstraint, minimize
from scipy.special import expit, logit

from hilum.schema import DataError

SMALLEST = 1e-7  # probabilities are held this far inside (0, 1) before the logarithm: float32 gives exact zeros
LEAST = 1e-6  # smallest weight: the only member that speaks of a finding is still heard
Values = NDArray[np.float64]


# M members, N images, K findings
def pooled(scores: ArrayLike, weights: ArrayLike, combine: Literal["probabilities", "logits"]) -> Values:
    """The weighted mean of the members' probabilities, or of their logits.

    Args:
        scores: (M, N, K) probabilities; NaN where a member does not speak of a finding, whose share goes to the others.
        weights: (M,) >= 0.
        combine: the mean of `probabilities`, or of `logits`.

    Returns:
        (N, K) probabilities; NaN where no member with a weight speaks.

    >>> pooled([[[0.2]], [[0.6]]], [0.5, 0.5], "probabilities").round(3).tolist()
    [[0.4]]
    >>> pooled([[[0.2]], [[0.8]]], [0.5, 0.5], "logits").round(3).tolist()
    [[0.5]]
    """
    given = np.asarray(scores, np.float64)
    share = np.asarray(weights, np.float64)[:, None, None] * ~np.isnan(given)  # (M, N, K)
    total = share.sum(axis=0)
    share = np.divide(share, total, out=np.zeros_like(share), where=total > 0)
    values = given if combine == "probabilities" else logit(given.clip(SMALLEST, 1 - SMALLEST))
    mean = (np.nan_to_num(values) * share).sum(axis=0)
    return np.where(total > 0, mean if combine == "probabilities" else expit(mean), np.nan)


def fitted_weights(scores: ArrayLike, labels: ArrayLike, combine: Literal["probabilities", "logits"]) -> Values:
    """The weights, above 0 and 1 together, that make the pooled probabilities' log loss least.

    Both problems are convex. Weights say how useful a member is beside the others: of two equal ones any share fits.

    Args:
        scores: (M, N, K) probabilities of validation images; NaN where a member does not speak.
        labels: (N, K) 1 present, 0 absent; anything else is left aside.
        combine: as for `pooled`.

    Returns:
        (M,), adding up to 1.

    Raises:
        DataError: when no label is 0 or 1.
    """
    given, truth = np.asarray(scores, np.float64), np.asarray(labels, np.float64)
    known = ((truth == 0) | (truth == 1)) & ~np.isnan(given).all(axis=0)
    if not known.any():
        raise DataError("No validation image has a label, present or absent, that weights could be chosen by.")
    each, present = given[:, known][:, :, None], truth[known] == 1  # (M, L, 1), (L,)
    members = len(each)

    def loss(weights: Values) -> float:
        told = pooled(each, weights.clip(LEAST), combine)[:, 0].clip(SMALLEST, 1 - SMALLEST)
        return float(-np.log(np.where(present, told, 1 - told)).mean())

    found = minimize(
        loss,
        np.full(members, 1 / members),
        method="SLSQP",
        bounds=[(LEAST, 1.0)] * members,
        constraints=LinearConstraint(np.ones((1, members)), 1, 1),
        options={"ftol": 1e-10, "maxiter": 200},
    )
    weights: Values = np.asarray(found.x, np.float64).clip(LEAST)
    return np.asarray(weights / weights.sum())
