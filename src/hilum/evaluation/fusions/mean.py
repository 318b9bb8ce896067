"""The mean of several predictions."""

import numpy as np

from hilum.evaluation.fusions.sources import Sources, Values
from hilum.registry import register


@register
def mean(sources: Sources) -> Values:
    """Mean of the probabilities."""
    there = ~np.isnan(sources.scores)
    total = np.where(there, sources.scores, 0.0).sum(axis=0)
    return np.asarray(np.where(there.any(axis=0), total / there.sum(axis=0).clip(1), np.nan))
