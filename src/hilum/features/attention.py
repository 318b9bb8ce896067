"""Attention maps as an input of networks: small square maps in [0, 1], as `hilum attention` writes them."""

import math

from hilum.features.alone import alone
from hilum.features.stored import stored
from hilum.registry import register
from hilum.schema import Cohort, DataError, Features


@register
@alone
def attention(cohort: Cohort, *, path: str = "") -> Features:
    """A map an image, which networks that ask for `attention` are fed as it is, not standardized.

    Args:
        cohort: the images.
        path: a Parquet file of maps, one row an image, cells row by row; must be given.

    Raises:
        DataError: when its columns are no square.
    """
    found = stored(cohort, path=(path,) if path else ())
    if math.isqrt(len(found.names)) ** 2 != len(found.names):
        raise DataError(f"{path}: {len(found.names)} columns. Expected the cells of a square map, row by row.")
    return found
