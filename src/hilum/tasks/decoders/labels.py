"""Logits to probabilities."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit


def probabilities(logits: NDArray[Any]) -> NDArray[np.float32]:
    """(N, K) logits to (N, K) float32 probabilities: the only sigmoid between a model and a reader.

    >>> probabilities(np.array([[0.0]], np.float32))
    array([[0.5]], dtype=float32)
    """
    return np.asarray(expit(np.asarray(logits, np.float32)), np.float32)
