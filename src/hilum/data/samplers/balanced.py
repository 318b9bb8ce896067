"""Images with rare findings more often."""

import numpy as np
from numpy.typing import NDArray

from hilum.data.counts import presence
from hilum.data.source import Targets
from hilum.registry import register


@register
def balanced(targets: Targets, seed: int) -> NDArray[np.intp]:
    """As many draws as there are images, each in inverse proportion to how frequent its rarest present finding is.

    Images without any finding count as one more finding. With replacement, so that an epoch holds some images several
    times and others not at all.
    """
    present = presence(targets)  # (N, K + 1)
    share = np.where(present, present.mean(axis=0), np.inf).min(axis=1)
    chance = 1 / share
    return np.random.default_rng(seed).choice(len(present), len(present), p=chance / chance.sum())
