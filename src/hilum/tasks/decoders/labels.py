"""Logits to probabilities."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Table = NDArray[np.float32]


def probabilities(logits: NDArray[Any], contrasts: Table | None = None, paths: Table | None = None) -> Table:
    """(N, W) logits to (N, K) float32 probabilities: the only sigmoid between a model and a reader.

    Args:
        logits: of N images.
        contrasts: (K, W), the sum of logits that speaks for each finding; None where each has one logit. Of a finding
            with logits of absent, present and uncertain it is present less absent, since
            sigmoid(present - absent) = p(present) / (p(absent) + p(present)).
        paths: (K, K), 1 where the second finding is the first one or stands above it: the logits are then those of
            findings given their parents, and a probability is the product along the path; None for no hierarchy.

    >>> probabilities(np.array([[0.0]], np.float32))
    array([[0.5]], dtype=float32)
    >>> probabilities(np.array([[1.0, 1.0, 9.0]]), np.array([[-1, 1, 0]], np.float32))
    array([[0.5]], dtype=float32)
    >>> probabilities(np.zeros((1, 2)), paths=np.array([[1, 0], [1, 1]], np.float32))
    array([[0.5 , 0.25]], dtype=float32)
    """
    evidence = np.asarray(logits, np.float32)
    evidence = evidence if contrasts is None else evidence @ contrasts.T
    if paths is None:
        return np.asarray(expit(evidence), np.float32)
    return np.asarray(np.exp(-np.logaddexp(0, -evidence) @ paths.T), np.float32)
