"""Added log-odds: what two readers with independent errors say together."""

import numpy as np
from scipy.special import expit, logit

from hilum.evaluation.fusions.sources import SMALLEST, Sources, Values
from hilum.registry import register


@register
def log_odds(sources: Sources) -> Values:
    """Log-odds added up, the prior taken away once for each source too many; right when errors are independent.

    The prior of a finding is the mean probability that the sources give it over all images.
    """
    there = ~np.isnan(sources.scores)
    prior = logit(np.nanmean(sources.scores, axis=(0, 1)).clip(SMALLEST, 1 - SMALLEST))  # (K,)
    evidence = np.where(there, sources.log_odds - prior, 0.0).sum(axis=0)
    return np.asarray(np.where(there.any(axis=0), expit(prior + evidence), np.nan))
