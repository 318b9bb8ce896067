"""How the cells of a Run's heatmaps are spread over an image's own pixels."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hilum.explain.cells import cells_of
from hilum.images.frame import Frame

KEPT = 8  # ways: images of a cohort are mostly of one size


# h w cells of a map, H W pixels of the image
@lru_cache(KEPT)
def spread_of(encoder: str, frame: Frame, shape: tuple[int, ...]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(H, h) and (W, w): by how much each cell counts at each row and column of the image.

    Args:
        encoder: whose last feature maps the cells are.
        frame: where the network's square lies on the image.
        shape: (h, w); a map of the square's own size lies on its pixels.
    """
    cells, size = cells_of(encoder), frame.preprocess.size
    if cells is None or shape == (size, size):
        return frame.spread(shape)
    rows, columns = (cells.weights(count, size).numpy() for count in shape)
    back = frame.spread((size, size))
    return back[0] @ rows, back[1] @ columns
