"""Boxes and heatmaps to the square and back."""

import cv2
import numpy as np
import pytest

from hilum.images import Preprocess

SHAPES = [(512, 512), (601, 430), (97, 64), (64, 301)]
WAYS = [
    Preprocess(size=size, center_crop=crop, fit=fit)
    for size in (64, 224)
    for crop in (1.0, 0.875, 0.5)
    for fit in ("squash", "pad")
]


@pytest.mark.parametrize("shape", SHAPES)
def test_boxes_inside_the_crop_come_back(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0)
    height, width = shape
    for way in WAYS:
        margin = (1 - way.center_crop) / 2 + 0.02
        corners = np.sort(noise.uniform(margin, 1 - margin, (50, 2, 2)), axis=1).reshape(50, 4)
        boxes = corners * (width, height, width, height)
        square = way.boxes_from_original(boxes, height, width)
        assert ((square >= 0) & (square <= way.size)).all()
        np.testing.assert_allclose(way.boxes_to_original(square, height, width), boxes, rtol=1e-9)


def test_a_box_outside_the_crop_loses_its_area() -> None:
    way = Preprocess(size=100, center_crop=0.5)
    boxes = way.boxes_from_original(np.array([[0, 0, 100, 100], [0, 300, 400, 1000]]), 1000, 1000)
    assert boxes.tolist() == [[0, 0, 0, 0], [0, 10, 30, 100]]


def test_no_boxes() -> None:
    assert Preprocess().boxes_from_original(np.zeros((0, 4)), 100, 100).shape == (0, 4)
    assert Preprocess().boxes_to_original(np.zeros((0, 4)), 100, 100).shape == (0, 4)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_box_lies_on_what_it_framed(way: Preprocess, shape: tuple[int, int]) -> None:
    height, width = shape
    image = np.zeros(shape, np.uint8)
    box = np.array([[0.4 * width, 0.45 * height, 0.6 * width, 0.7 * height]]).round()
    x0, y0, x1, y1 = box[0].astype(int)
    image[y0:y1, x0:x1] = 255
    rows, columns = np.nonzero(way.shrink(image) > 127)
    found = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    np.testing.assert_allclose(way.boxes_from_original(box, height, width)[0], found, atol=1)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_heatmap_goes_back_to_where_the_image_was_bright(way: Preprocess, shape: tuple[int, int]) -> None:
    height, width = shape
    rows, columns = np.mgrid[:height, :width]
    spread = 0.15 * min(shape)
    center = (0.45 * height, 0.6 * width)
    image = np.exp(-((rows + 0.5 - center[0]) ** 2 + (columns + 0.5 - center[1]) ** 2) / (2 * spread**2))
    back = way.heatmap_to_original(way.shrink(image.astype(np.float32)) / 255, height, width)
    assert back.shape == shape
    assert back.dtype == np.float32
    bright = back > 0.8
    found = rows[bright].mean() + 0.5, columns[bright].mean() + 0.5
    np.testing.assert_allclose(found, center, atol=1.5)
    cut = [int((1 - way.center_crop) / 2 * length) for length in shape]
    cell = 1 + max(shape) // way.size  # where an image is padded, its outermost cell blends into the black beside it
    inner = np.s_[cut[0] + cell : height - cut[0] - cell, cut[1] + cell : width - cut[1] - cell]
    assert np.abs(back - image)[inner].max() < 0.1
    outside = back.copy()
    outside[cut[0] : height - cut[0], cut[1] : width - cut[1]] = 0
    assert not outside.any()


@pytest.mark.parametrize("cells", [(7, 7), (1, 1), (14, 10)])
def test_a_coarse_heatmap_is_enlarged_as_opencv_does(cells: tuple[int, int]) -> None:
    heatmap = np.random.default_rng(0).random(cells, np.float32)
    ours = Preprocess(size=224).heatmap_to_original(heatmap, 300, 400)
    np.testing.assert_allclose(ours, cv2.resize(heatmap, (400, 300), interpolation=cv2.INTER_LINEAR), atol=1e-5)


def test_a_heatmap_of_ones_is_one_inside_the_crop_and_zero_outside() -> None:
    back = Preprocess(size=64, center_crop=0.5, fit="pad").heatmap_to_original(np.ones((7, 7)), 100, 200)
    assert back[25:75, 50:150].min() == pytest.approx(1)
    assert back.sum() == pytest.approx(50 * 100)


@pytest.mark.parametrize("shape", [(300, 200), (200, 301)])
def test_what_was_cropped_to_a_square_lies_in_the_middle(shape: tuple[int, int]) -> None:
    way, (height, width) = Preprocess(size=64, fit="crop"), shape
    down, right = ((length - 200) // 2 for length in shape)
    boxes = np.array([[right + 20.0, down + 30.0, right + 120.0, down + 90.0]])
    square = way.boxes_from_original(boxes, height, width)
    np.testing.assert_allclose(square, np.array([[20, 30, 120, 90]]) * 64 / 200)
    np.testing.assert_allclose(way.boxes_to_original(square, height, width), boxes)
    back = way.heatmap_to_original(np.ones((2, 2)), height, width)
    assert back[down : down + 200, right : right + 200].min() == pytest.approx(1)
    assert back.sum() == pytest.approx(200 * 200)
