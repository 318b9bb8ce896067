"""Heatmaps kept as cells lie where they lay when each was brought to the image's size over the network's square."""

from typing import Literal

import numpy as np
import pytest
import torch

from hilum.explain.cells import cells_of
from hilum.images import Preprocess
from hilum.images.frame import Frame
from hilum.inference.spread import spread_of
from hilum.schema import Explanation

ENCODER = "test_resnet"  # its cells look up and left of an even division


@pytest.mark.parametrize("fit", ["squash", "pad", "crop"])
@pytest.mark.parametrize("side", [3, 64])
def test_cells_lie_where_the_square_lay(fit: Literal["squash", "pad", "crop"], side: int) -> None:
    frame = Frame(90, 120, Preprocess(size=64, fit=fit, center_crop=0.9))
    maps = np.random.default_rng(0).random((side, side), np.float32)
    cells = cells_of(ENCODER)
    assert cells is not None
    square = cells.spread(torch.from_numpy(maps), 64).numpy()
    one = Explanation("a", "Mass", maps, "cam", spread_of(ENCODER, frame, maps.shape))
    assert one.shape == (90, 120)
    np.testing.assert_allclose(one.heatmap, frame.heatmap_to_original(square).clip(0, 1), atol=1e-6)


def test_images_of_one_size_share_it() -> None:
    frames = [Frame(90, 120, Preprocess(size=64)) for _ in range(2)]
    one, other = (spread_of(ENCODER, frame, (2, 2)) for frame in frames)
    assert one is other
