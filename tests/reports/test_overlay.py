import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image as Picture

from hilum.images import Image
from hilum.reports import overlay_png
from hilum.reports.overlay import FOOT, blend
from hilum.schema import DataError, Explanation


def opened(content: bytes) -> np.ndarray:
    return np.asarray(Picture.open(io.BytesIO(content)).convert("RGB")).astype(int)


def explained(image: Image, rows: slice, columns: slice) -> Explanation:
    heatmap = np.zeros(image.pixels.shape, np.float32)
    heatmap[rows, columns] = 1
    return Explanation(image.image_id, "Effusion", heatmap, "cam")


def test_color_lies_where_the_heat_is_and_nowhere_else(image: Image) -> None:
    picture = opened(overlay_png(image, explained(image, slice(200, 280), slice(20, 120))))
    assert picture.shape == (300 + FOOT, 400, 3)
    colored = np.ptp(picture[:300], axis=2) > 8
    assert colored[200:280, 20:120].all()
    assert not colored[:190].any()
    assert not colored[:, 130:].any()


def test_the_image_stays_as_it_is_without_evidence(image: Image) -> None:
    picture = opened(overlay_png(image, explained(image, slice(0, 0), slice(0, 0))))
    np.testing.assert_array_equal(picture[:300, :, 0], image.gray)


def test_a_box_is_drawn_on_its_edges(image: Image) -> None:
    boxes = pd.DataFrame({"x0": [100.0], "y0": [150.0], "x1": [180.0], "y1": [250.0]})
    plain = opened(overlay_png(image, explained(image, slice(0, 0), slice(0, 0))))
    boxed = opened(overlay_png(image, explained(image, slice(0, 0), slice(0, 0)), boxes))
    rows, columns = np.nonzero((plain != boxed).any(axis=2))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (150, 249, 100, 179)
    assert (boxed[150, 100:180] == 255).all()
    assert (boxed[170:230, 120:160] == plain[170:230, 120:160]).all()


def test_boxes_and_heat_shrink_with_the_image(image: Image) -> None:
    boxes = pd.DataFrame({"x0": [200.0], "y0": [100.0], "x1": [300.0], "y1": [200.0]})
    half = opened(overlay_png(image, explained(image, slice(0, 0), slice(0, 0)), boxes, width=200))
    assert half.shape[:2] == (150 + FOOT, 256)
    assert (half[50, 100:150] == 255).all()


def test_the_notice_is_burnt_in(image: Image) -> None:
    picture = opened(overlay_png(image, explained(image, slice(0, 0), slice(0, 0))))
    assert (picture[300:] > 128).any(axis=2).sum() > 200


def test_a_heatmap_of_another_size_is_refused(image: Image) -> None:
    with pytest.raises(DataError, match=r"\(7, 7\), the image image_1 \(300, 400\)"):
        overlay_png(image, Explanation("image_1", "Effusion", np.zeros((7, 7), np.float32), "cam"))


def test_more_heat_is_more_color() -> None:
    gray = np.full((1, 3), 0.5, np.float32)
    picture = blend(gray, np.array([[0.0, 0.5, 1.0]], np.float32)).astype(int)
    assert picture[0, 0].tolist() == [128, 128, 128]
    assert np.ptp(picture[0, 0]) < np.ptp(picture[0, 1]) < np.ptp(picture[0, 2])
