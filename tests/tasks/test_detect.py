"""The task of boxes: what a cohort teaches, what a step learns, what is said in whose pixels."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from hilum.data import Batch
from hilum.images import Preprocess
from hilum.images.frame import Frame
from hilum.schema import Boxes, Cohort, DataError, Findings
from hilum.tasks import Task
from hilum.tasks.detect import Detect

FINDINGS = Findings(("Mass", "Nodule"))
TASK = Detect(FINDINGS)


def cohort(labels: list[list[float]], boxes: list[tuple[Any, ...]], **images: Any) -> Cohort:
    ids = [f"i{number}" for number in range(len(labels))]
    table = pd.DataFrame({"image_id": ids, "patient_id": ids, "width": 200, "height": 100} | images)
    drawn = pd.DataFrame(boxes, columns=["image_id", "finding", "x0", "y0", "x1", "y1"])
    return Cohort("own", table, pd.DataFrame(labels, columns=list(FINDINGS)), boxes=Boxes(drawn))


TWO = cohort([[1, 0], [0, 0], [0, 1]], [("i0", "Mass", 20, 10, 60, 50)])


class Recorder(nn.Module):
    """Learns nothing, and keeps what it was given."""

    inputs, notes = ("image",), ()

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.boxes: list[Tensor] = []
        self.classes: list[Tensor] = []

    def forward(self, *, image: Tensor, boxes: list[Tensor], classes: list[Tensor]) -> dict[str, Tensor]:
        self.boxes, self.classes = boxes, classes
        return {"first": self.weight.sum(), "second": 2 * self.weight.sum()}


def test_it_is_a_task() -> None:
    assert isinstance(TASK, Task)
    assert TASK.outputs() == {"scores": 2}


def test_boxes_move_to_the_square_and_images_without_boxes_have_empty_tables() -> None:
    targets = TASK.targets(TWO, Preprocess(size=50))
    assert targets["boxes"][0].tolist() == [[5, 5, 15, 25]]
    assert targets["classes"][0].tolist() == [0]
    assert targets["boxes"][1].shape == (0, 4)
    assert targets["labels"].tolist() == [[1, 0], [0, 0], [0, 0]]


def test_an_image_that_shows_a_finding_without_a_box_teaches_nothing() -> None:
    targets = TASK.targets(TWO, Preprocess(size=50))
    assert targets["whole"].tolist() == [True, True, False]
    assert any("1 training images show a finding without a box" in note for note in TASK.check(targets, targets))


def test_a_box_outside_the_crop_is_none() -> None:
    corner = cohort([[1, 0]], [("i0", "Mass", 0, 0, 15, 5)])
    targets = TASK.targets(corner, Preprocess(size=50, center_crop=0.5))
    assert targets["boxes"][0].shape == (0, 4)


def test_without_boxes_there_is_nothing_to_learn() -> None:
    empty = cohort([[0, 0], [0, 0]], [])
    targets = TASK.targets(empty, Preprocess(size=50))
    with pytest.raises(DataError, match="No training image has a box of Mass, Nodule"):
        TASK.check(targets, targets)


def test_boxes_on_an_image_of_unknown_size_are_refused() -> None:
    unknown = cohort([[1, 0]], [("i0", "Mass", 20, 10, 60, 50)], width=np.nan)
    with pytest.raises(DataError, match="size of 1 images with boxes is not known: i0"):
        TASK.targets(unknown, Preprocess(size=50))


def test_a_step_sums_the_models_losses_over_the_images_that_can_teach() -> None:
    model, targets = Recorder(), TASK.targets(TWO, Preprocess(size=50))
    targets["boxes"][1] = torch.tensor([[0.0, 0.0, 0.4, 9.0]])  # what augmentation left of one
    targets["classes"][1] = torch.tensor([1])
    batch = Batch(("i0", "i1", "i2"), {"image": torch.zeros(3, 1, 50, 50)}, targets)
    losses = TASK.step(model, batch)
    assert (losses["loss"].item(), float(losses["weight"])) == (3.0, 2.0)
    assert [len(boxes) for boxes in model.boxes] == [len(kinds) for kinds in model.classes] == [1, 0]


class MaskRecorder(Recorder):
    """Is given masks too."""

    learns_masks = True

    def forward(self, *, image: Tensor, boxes: list[Tensor], classes: list[Tensor], masks: list[Tensor] | None = None):  # type: ignore[override]
        self.masks = masks
        return super().forward(image=image, boxes=boxes, classes=classes)


def test_a_model_that_learns_masks_gets_outlines_where_they_are_drawn_and_filled_boxes_elsewhere() -> None:
    drawn = TWO.boxes.table.assign(outline="20 10 60 10 60 50")  # half of its box
    below = drawn.assign(finding="Nodule", y0=60, y1=90, outline=np.nan)
    tiny = drawn.assign(x1=20.5, y1=10.5)  # too small to be a box on the square
    some = replace(TWO, boxes=Boxes(pd.concat([tiny, drawn, below])))
    targets = TASK.targets(some, Preprocess(size=50))
    batch = Batch(("i0", "i1", "i2"), {"image": torch.zeros(3, 1, 50, 50)}, targets)
    model = MaskRecorder()
    TASK.step(model, batch)
    assert [len(masks) for masks in model.masks] == [2, 0]
    half, whole = model.masks[0]
    assert int(whole.sum()) == 10 * 15
    assert int(half.sum()) == pytest.approx(10 * 20 / 2, abs=10)
    assert half[6, 13] == 1
    assert half[23, 6] == 0
    plain = Recorder()
    TASK.step(plain, batch)  # which does not know the word
    assert len(plain.boxes[0]) == 2


def test_a_step_of_images_that_teach_nothing_moves_nothing() -> None:
    model, targets = Recorder(), TASK.targets(TWO, Preprocess(size=50))
    batch = Batch(("i0", "i1", "i2"), {"image": torch.zeros(3, 1, 50, 50)}, targets).take([2])
    losses = TASK.step(model, batch)
    losses["loss"].backward()
    assert model.weight.grad is not None
    assert float(model.weight.grad) == float(losses["weight"]) == 0


def test_what_is_said_lies_in_the_images_pixels_and_on_the_canvas_of_the_cohort() -> None:
    frame = Frame(50, 100, Preprocess(size=50))  # a copy of half the canvas' size
    raw = {"boxes": np.array([[[5.0, 5, 15, 25]]]), "scores": np.array([[[4.0, -np.inf]]])}
    predictions = TASK.predictions(["i0"], TASK.decode(raw, [frame]), provenance={"run": "own"})
    assert predictions.boxes.table[["x0", "y0", "x1", "y1"]].to_numpy().tolist() == [[10, 5, 30, 25]]
    placed = predictions.on_canvas(TWO.images)
    assert placed.boxes.table[["x0", "y0", "x1", "y1"]].to_numpy().tolist() == [[20, 10, 60, 50]]
    assert placed.on_canvas(TWO.images).boxes.table.equals(placed.boxes.table)
    assert TASK.monitor(predictions, TWO.where([True, False, False], "one"))["box_average_precision"] == 1.0


def test_masks_are_decoded_too_and_no_image_gives_no_row() -> None:
    masks = np.full((1, 2, 10, 10), -9.0)
    masks[0, 1, 2:6, 2:6] = 4.0
    (found,) = TASK.decode({"masks": masks}, [Frame(100, 200, Preprocess(size=50))])
    assert found.boxes.tolist() == [[40, 20, 120, 60]]
    assert found.classes.tolist() == [1]
    assert (
        len(TASK.predictions([], []).boxes)
        == len(TASK.predictions(["i0"], TASK.decode({"masks": -abs(masks)}, [Frame(9, 9, Preprocess(size=50))])).boxes)
        == 0
    )
