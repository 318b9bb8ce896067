"""Candidates of fixed shape become boxes on the image, each once, in bounded time."""

import time

import numpy as np
import pytest

from hilum.images import Preprocess
from hilum.images.frame import Frame
from hilum.tasks.decoders.boxes import boxes_of
from hilum.tasks.decoders.regions import regions

SQUARE = Frame(100, 100, Preprocess(size=100))
SETTINGS = {"floor": 0.01, "overlap": 0.3, "most": 100}
SURE, LESS = 2.0, 1.0


def test_a_surer_box_of_the_same_finding_strikes_out_its_double() -> None:
    boxes = np.array([[[10, 10, 50, 50], [12, 10, 50, 50], [12, 10, 50, 50], [60, 60, 90, 90]]], float)
    logits = np.array([[[LESS, -np.inf], [SURE, -np.inf], [-np.inf, LESS], [LESS, -np.inf]]])
    (found,) = boxes_of(boxes, logits, [SQUARE], **SETTINGS)
    assert found.boxes.tolist() == [[12, 10, 50, 50], [60, 60, 90, 90], [12, 10, 50, 50]]
    assert found.classes.tolist() == [0, 0, 1]
    assert found.scores == pytest.approx(1 / (1 + np.exp([-SURE, -LESS, -LESS])))


@pytest.mark.parametrize("fit", ["squash", "pad", "crop"])
def test_boxes_come_back_to_a_rectangular_image(fit: str) -> None:
    preprocess = Preprocess(size=64, fit=fit)
    original = np.array([[120.0, 40, 200, 100]])
    on_square = preprocess.boxes_from_original(original, 150, 300)
    (found,) = boxes_of(on_square[None], np.full((1, 1, 1), SURE), [Frame(150, 300, preprocess)], **SETTINGS)
    assert found.boxes == pytest.approx(original, abs=1e-4)
    assert (found.height, found.width) == (150, 300)


def test_boxes_on_the_black_border_of_a_padded_image_are_none() -> None:
    frame = Frame(50, 100, Preprocess(size=100, fit="pad"))  # the image lies in rows 25 to 75
    (found,) = boxes_of(np.array([[[10.0, 0, 40, 20]]]), np.full((1, 1, 1), SURE), [frame], **SETTINGS)
    assert not len(found.boxes)


def test_empty_places_and_low_scores_give_no_box() -> None:
    boxes, logits = np.tile([0.0, 0, 9, 9], (1, 2, 1)), np.array([[[-np.inf], [-9.0]]])
    (found,) = boxes_of(boxes, logits, [SQUARE], floor=0.0, overlap=0.3, most=9)
    assert len(found.boxes) == 1
    (found,) = boxes_of(boxes, logits, [SQUARE], **SETTINGS)
    assert found.boxes.shape == (0, 4)


def test_five_thousand_candidates_take_bounded_time() -> None:
    draw = np.random.default_rng(0)
    low = draw.uniform(0, 80, (1, 5000, 2))
    boxes = np.concatenate([low, low + draw.uniform(2, 20, (1, 5000, 2))], axis=2)
    began = time.process_time()
    (found,) = boxes_of(boxes, draw.normal(size=(1, 5000, 1)), [SQUARE], **SETTINGS)
    assert len(found.boxes) == 100
    assert (np.diff(found.scores) <= 0).all()
    assert time.process_time() - began < 2


def test_regions_of_a_mask_are_boxes_with_their_mean_probability() -> None:
    mask = np.full((1, 2, 20, 20), -9.0)
    mask[0, 1, 4:10, 2:8] = 3.0
    mask[0, 1, 19, 19] = 3.0  # one pixel is no region
    ((boxes, logits),) = regions(mask, 100, cuts=(0.5,), least=0.01)
    assert boxes.tolist() == [[10, 20, 40, 50]]
    assert logits.tolist() == [[-np.inf, pytest.approx(3.0)]]


def test_a_lower_cut_joins_two_regions_and_both_are_said() -> None:
    mask = np.full((1, 1, 20, 20), -9.0)
    mask[0, 0, 4:8, 2:18] = -0.5  # probability 0.38
    mask[0, 0, 4:8, 2:8] = mask[0, 0, 4:8, 12:18] = 2.0
    ((boxes, _),) = regions(mask, 20, cuts=(0.3, 0.5), least=0.01)
    assert sorted(boxes.tolist()) == [[2, 4, 8, 8], [2, 4, 18, 8], [12, 4, 18, 8]]
