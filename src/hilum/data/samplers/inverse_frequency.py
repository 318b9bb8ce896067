"""A finding first, then an image that has it: rare findings as often as frequent ones, or partway."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from hilum.data.counts import presence
from hilum.data.source import Targets
from hilum.registry import register


@register
def inverse_frequency(
    targets: Targets, seed: int, *, power: Annotated[float, Field(ge=0, le=1)] = 1.0
) -> NDArray[np.intp]:
    """As many draws as there are images: a finding is drawn, then one of the images that have it.

    A finding of n images is drawn in proportion to n^(1 - power), so that each of its images has 1 / n^power of it, and
    an image of several findings the sum. Images without any finding count as one more finding. With replacement.

    Args:
        targets: of N images.
        seed: of the draws.
        power: 1 draws all findings alike, in inverse proportion to how frequent they are; 0.5 by the square root of
            that; 0 by how frequent they are.

    Source: Kang et al. 2020, arXiv:1910.09217, eq. 1, where q is 1 - power; applied to images of several findings.
    """
    present = presence(targets)  # (N, K + 1)
    sizes = present.sum(axis=0)
    share = np.divide(1.0, sizes.astype(np.float64) ** power, out=np.zeros(len(sizes)), where=sizes > 0)
    chance = present @ share
    return np.random.default_rng(seed).choice(len(present), len(present), p=chance / chance.sum())
