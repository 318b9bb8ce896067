"""Heatmaps drawn at a page's size are those of the image's size, made smaller or larger."""

import base64
import io

import numpy as np
import pytest
from PIL import Image as Picture

from hilum.images import Preprocess
from hilum.reports.shown_image import heat_at, heat_uri, resized
from hilum.schema import Explanation


def drawn(height: int, width: int, cells: int = 7) -> Explanation:
    heatmap = np.random.default_rng(0).random((cells, cells), np.float32)
    return Explanation("a", "Mass", heatmap, "cam", Preprocess(fit="crop").spread((cells, cells), height, width))


@pytest.mark.parametrize("size", [(150, 200), (77, 103), (300, 400), (450, 600)])
def test_a_size_of_its_own_is_the_images_size_resized(size: tuple[int, int]) -> None:
    one = drawn(300, 400)
    whole = Explanation("a", "Mass", one.heatmap, "cam")
    np.testing.assert_allclose(heat_at(one, *size), resized(one.heatmap, *size), atol=1e-5)
    np.testing.assert_array_equal(heat_at(whole, *size), resized(one.heatmap, *size))


@pytest.mark.parametrize(("cells", "size"), [(7, (112, 84)), (14, (192, 144)), (200, (192, 144)), (2, (32, 24))])
def test_a_layer_has_no_more_pixels_than_can_be_told_apart(cells: int, size: tuple[int, int]) -> None:
    layer = Picture.open(io.BytesIO(base64.b64decode(heat_uri(drawn(400, 300, cells)).partition(",")[2])))
    assert layer.size[::-1] == size
    assert layer.mode == "P"
