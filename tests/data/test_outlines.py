"""Outlines of boxes: onto the square, moved along by augmentation, filled against independent references."""

import cv2
import numpy as np
import pandas as pd
import pytest
import torch

from hilum.data import Batch
from hilum.data.outlines import filled, outline_rows, without_boxes
from hilum.data.registries import transforms
from hilum.images import Preprocess
from hilum.schema.run_lengths import encode_runs

SIZE = 48
DIAMOND = torch.tensor([[24.0, 6.3], [41.7, 24], [24, 40.2], [7.1, 24]])
AROUND = torch.tensor([[7.1, 6.3, 41.7, 40.2]])


def rows(*polygons: torch.Tensor, box: int = 0) -> torch.Tensor:
    return torch.cat(
        [
            torch.cat([torch.tensor([[box, number]]).expand(len(one), 2), one], dim=1)
            for number, one in enumerate(polygons)
        ]
    )


def test_a_pixel_is_inside_where_its_center_is() -> None:
    mask = filled(AROUND, rows(DIAMOND), SIZE)[0].numpy()
    shape = DIAMOND.numpy().reshape(-1, 1, 2)
    for row, column in np.ndindex(SIZE, SIZE):
        assert mask[row, column] == (cv2.pointPolygonTest(shape, (column + 0.5, row + 0.5), False) > 0)


def test_parts_are_joined_and_a_box_without_any_is_filled() -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10], [20, 20, 30.4, 24]])
    square = torch.tensor([[2.0, 2], [6, 2], [6, 6], [2, 6]])
    masks = filled(boxes, rows(square, square + 2), SIZE)
    assert int(masks[0].sum()) == 16 + 16 - 4  # the two overlap, and do not cancel each other out
    assert masks[1, 20:24, 20:30].all()
    assert int(masks[1].sum()) == 40
    nothing = rows(torch.tensor([[2.1, 2.1], [2.2, 2.1], [2.2, 2.2]]))  # between the centers of pixels
    assert int(filled(boxes[:1], nothing, SIZE).sum()) == 100


def test_run_lengths_and_polygons_come_to_the_same_place() -> None:
    mask = np.zeros((80, 40), bool)
    mask[20:60, 10:30] = True
    drawn = "10 20 30 20 30 60 10 60"
    table = pd.DataFrame({"outline": [drawn, None, None], "rle": [None, encode_runs(mask), None]})
    boxes = torch.tensor([[12.0, 12, 36, 36]] * 3)
    preprocess = Preprocess(size=SIZE)
    found = outline_rows(table, 80, 40, preprocess)
    polygon, runs, box = filled(boxes, found, SIZE)
    assert torch.equal(polygon, box)
    inside = int(runs.sum()) / int(box.sum())
    assert 0.9 < inside <= 1  # through the centers of the outermost pixels
    assert sorted(found[:, 0].unique().tolist()) == [0, 1]


def test_a_crop_does_not_bend_a_polygon() -> None:
    table = pd.DataFrame({"outline": ["-20 50 50 -20 120 50 50 120"]})
    found = outline_rows(table, 100, 100, Preprocess(size=100, center_crop=0.5))
    assert found[0].tolist() == [0, 0, -90, 50]


def test_boxes_that_are_dropped_take_their_outlines_along() -> None:
    outlines = torch.cat([rows(DIAMOND, box=0), rows(DIAMOND, box=2)])
    kept = without_boxes(outlines, torch.tensor([False, True, True]))
    assert kept[:, 0].tolist() == [1.0] * 4
    assert torch.equal(kept[:, 2:], DIAMOND)
    assert without_boxes(torch.zeros(0, 4), torch.tensor([True])).shape == (0, 4)


@pytest.mark.parametrize(
    ("name", "settings"),
    [("affine", {"degrees": 30, "translate": 0.2, "scale": 0.3}), ("flip", {"chance": 1.0})],
)
def test_augmentation_moves_outlines_as_it_moves_pixels(name: str, settings: dict[str, float]) -> None:
    drawn = filled(AROUND, rows(DIAMOND), SIZE).float()
    batch = Batch(("a",), {"image": drawn[None]}, {"boxes": [AROUND], "outlines": [rows(DIAMOND)]})
    moved = transforms[name](batch, torch.Generator().manual_seed(1), **settings)
    again = filled(moved.targets["boxes"][0], moved.targets["outlines"][0], SIZE)[0].float()
    seen = (moved.inputs["image"][0, 0] > 0.5).float()
    assert float((again * seen).sum() / torch.maximum(again, seen).sum()) > 0.97
    assert float(again.sum()) > 200
