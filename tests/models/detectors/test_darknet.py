"""YOLOv3's places, losses and anchors against worked examples."""

import math

import pytest
import torch

from hilum.models.detectors.anchors import coverage, k_means, shape_overlap
from hilum.models.detectors.darknet import Places, losses

ANCHORS = torch.tensor([[4.0, 4.0], [8.0, 8.0]])
PLACES = Places.of([(4, 4), (2, 2)], (8, 16), ANCHORS)  # an image of 32 pixels, one anchor a scale


def test_each_place_knows_its_cell_its_stride_and_its_anchor() -> None:
    assert len(PLACES.cell) == 16 + 4
    assert PLACES.cell[6].tolist() == [2, 1]  # row by row
    assert PLACES.stride[[0, 16]].flatten().tolist() == [8, 16]
    assert PLACES.anchor[[0, 16]].tolist() == [[4, 4], [8, 8]]


def test_zeros_say_the_anchor_in_the_middle_of_its_cell() -> None:
    boxes = PLACES.boxes(torch.zeros(20, 6))
    assert boxes[0].tolist() == [2, 2, 6, 6]
    assert boxes[19].tolist() == [20, 20, 28, 28]


def test_a_box_belongs_to_the_cell_of_its_center_and_the_anchor_of_its_shape() -> None:
    boxes = torch.tensor([[17.0, 9, 21, 13], [18, 2, 26, 10]])
    assert PLACES.own(boxes, ANCHORS).tolist() == [6, 17]


def test_only_the_own_place_learns_the_box_and_near_ones_learn_nothing() -> None:
    said = torch.zeros(20, 6)
    truth, kinds = torch.tensor([[2.0, 2, 6, 6]]), torch.tensor([0])  # what place 0 says already
    found = losses(said, PLACES, ANCHORS, truth, kinds)
    assert float(found["shape"]) == 0
    small = 2 - 16 / 32**2
    assert float(found["center"]) == pytest.approx(2 * small * math.log(2))  # sigmoid(0) is the middle
    assert float(found["box"]) == pytest.approx(20 * math.log(2))
    said[1, :2] = torch.tensor([-20.0, 0.0])  # now place 1 stands 4 pixels nearer: an overlap of 0 still
    said[1, 2] = math.log(3.0)  # and is 12 wide: 4 of 12 pixels are shared, less than a half
    assert float(losses(said, PLACES, ANCHORS, truth, kinds)["box"]) == pytest.approx(20 * math.log(2))
    said[1, :4] = torch.tensor([-20.0, 0.0, math.log(2.0), 0.0])  # 8 wide, from 4 to 12
    wide = torch.tensor([[2.0, 2, 12, 6]])  # which covers 8 of the 10
    own = PLACES.own(wide, ANCHORS)
    assert own.tolist() != [1]
    assert float(losses(said, PLACES, ANCHORS, wide, kinds)["box"]) == pytest.approx(19 * math.log(2))


def test_an_image_without_boxes_learns_that_there_is_none() -> None:
    found = losses(torch.zeros(20, 6), PLACES, ANCHORS, torch.zeros(0, 4), torch.zeros(0, dtype=torch.long))
    assert float(found["box"]) == pytest.approx(20 * math.log(2))
    assert float(found["center"]) == float(found["shape"]) == float(found["finding"]) == 0


def test_k_means_finds_the_shapes_that_boxes_have() -> None:
    draw = torch.Generator().manual_seed(0)
    centers = torch.tensor([[10.0, 20.0], [40.0, 40.0], [100.0, 60.0]])
    shapes = centers.repeat(30, 1) * (1 + 0.05 * torch.randn(90, 2, generator=draw))
    found = k_means(shapes, 3)
    assert found is not None
    assert found == pytest.approx(centers, rel=0.05)
    assert float(shape_overlap(shapes, found).amax(dim=1).min()) > 0.75


def test_too_few_boxes_choose_no_anchors() -> None:
    assert k_means(torch.tensor([[10.0, 20.0]] * 12), 9) is None


def test_coverage_says_how_well_anchors_fit() -> None:
    said = coverage([torch.tensor([[0.0, 0, 8, 8], [0, 0, 8, 2]])], ANCHORS)
    assert said == (
        "Anchors 4 x 4, 8 x 8 pixels: 50 % of the boxes overlap with the shape of one by half or more, 0.67 on average."
    )
