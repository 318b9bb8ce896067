"""Every image once, shuffled."""

import numpy as np
from numpy.typing import NDArray

from hilum.data.source import Targets
from hilum.registry import register


@register
def shuffle(targets: Targets, seed: int) -> NDArray[np.intp]:
    """Every image once, in an order drawn with the seed."""
    return np.random.default_rng(seed).permutation(len(next(iter(targets.values()))))
