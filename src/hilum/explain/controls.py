"""Maps that know nothing of the model: what a heatmap must be better than."""

import numpy as np
from numpy.typing import NDArray

SPREAD = 0.25  # of the centered Gaussian, standard deviation as a share of each side
TILES = 8  # a side, of maps whose places are shuffled


def centered(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """(H, W) a Gaussian in the middle of the image, the same for every image and finding: where lungs and heart are."""
    down, across = (np.exp(-0.5 * (((np.arange(side) + 0.5) / side - 0.5) / SPREAD) ** 2) for side in shape)
    found = down[:, None] * across[None]
    return np.asarray(found / found.max(), np.float32)


def box_elsewhere(
    shape: tuple[int, ...], box: NDArray[np.float64], generator: np.random.Generator
) -> NDArray[np.float32]:
    """(H, W) a box of the same size at a random place inside the image, highest in its middle and 0 outside.

    Args:
        shape: of the image.
        box: (4,) x0 y0 x1 y1 in pixels.
        generator: draws the place.
    """
    width, height = (max(1, round(side)) for side in (box[2] - box[0], box[3] - box[1]))
    left, top = (int(generator.integers(0, most + 1)) for most in (shape[1] - width, shape[0] - height))
    found = np.zeros(shape, np.float32)
    down, across = (1 - np.abs((np.arange(side) + 0.5) / side - 0.5) for side in (height, width))  # 0.5 at the edge
    found[top : top + height, left : left + width] = 0.75 + 0.25 * down[:, None] * across[None]
    return np.asarray(found / found.max())


def tiles_shuffled(heatmap: NDArray[np.float32], generator: np.random.Generator) -> NDArray[np.float32]:
    """The same map with its tiles at random places: as much heat, as coarse, in no place that means anything.

    Args:
        heatmap: (H, W), cut into 8 by 8 tiles; rows and columns that do not fill one stay where they are.
        generator: draws the places.
    """
    height, width = (side // TILES for side in heatmap.shape)
    found, (rows, columns) = heatmap.copy(), (height * TILES, width * TILES)
    tiles = heatmap[:rows, :columns].reshape(TILES, height, TILES, width).swapaxes(1, 2).reshape(-1, height, width)
    shuffled = tiles[generator.permutation(len(tiles))].reshape(TILES, TILES, height, width).swapaxes(1, 2)
    found[:rows, :columns] = shuffled.reshape(rows, columns)
    return found
