"""Segment: targets, steps and records of drawn chests; left is the patient's left throughout."""

from pathlib import Path

import numpy as np
import pytest
import torch

from hilum.data import Batch
from hilum.datasets import datasets
from hilum.images import Preprocess
from hilum.images.frame import Frame
from hilum.images.mask_tables import PredictedMasks
from hilum.phantom import layouts
from hilum.runs import load_recipe
from hilum.schema import Cohort, ConfigError, DataError, Findings, MaskPredictions
from hilum.tasks import Task
from hilum.tasks.decoders.masks import masks
from hilum.tasks.segment import segment
from hilum.training import train

NAMES = ("left_lung", "right_lung", "heart")
SQUARE = Preprocess(size=32)
TASK = segment(findings=Findings(NAMES))


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    folder = tmp_path_factory.mktemp("wingspan")
    layouts["wingspan"](folder, images=12, seed=1, size=64, workers=0)
    found: Cohort = datasets["wingspan"](folder)
    return found


def logits_of(cohort: Cohort, rows: list[int]) -> torch.Tensor:
    """What a model gives that knows the truth."""
    truth = TASK.targets(cohort, SQUARE)["masks"].gathered(np.array(rows))
    return (truth.float() - 0.5) * 20


class Says(torch.nn.Module):
    def __init__(self, logits: torch.Tensor) -> None:
        super().__init__()
        self.logits = torch.nn.Parameter(logits)

    def forward(self, *, image: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"masks": self.logits}


def test_it_is_a_task() -> None:
    assert isinstance(TASK, Task)
    assert TASK.outputs() == {"masks": 3}
    assert TASK.has_sides
    assert not segment(findings=Findings(("Pneumothorax",))).has_sides


def test_structures_that_are_not_known_teach_nothing(cohort: Cohort) -> None:
    five = segment(findings=Findings((*NAMES, "left_clavicle", "right_clavicle")))
    targets = {"masks": five.targets(cohort, SQUARE)["masks"].gathered(np.arange(2))}
    model = Says(torch.zeros(2, 5, 32, 32))
    losses = five.step(model, Batch(("a", "b"), {"image": torch.zeros(2, 1, 32, 32)}, targets))
    losses["loss"].backward()
    assert losses["weight"] == 6
    assert model.logits.grad is not None
    assert (model.logits.grad[:, 3:] == 0).all()
    assert (model.logits.grad[:, :3] != 0).any()


def test_a_batch_that_teaches_nothing_has_no_loss_but_a_gradient() -> None:
    model = Says(torch.zeros(2, 3, 8, 8))
    targets = {"masks": torch.full((2, 3, 8, 8), 255, dtype=torch.uint8)}
    losses = TASK.step(model, Batch(("a", "b"), {"image": torch.zeros(2, 1, 8, 8)}, targets))
    losses["loss"].backward()
    assert losses["loss"] == 0
    assert losses["weight"] == 0


def test_what_knows_the_truth_is_decoded_to_it(cohort: Cohort) -> None:
    rows = list(range(len(cohort)))
    frames = [Frame(64, 64, SQUARE)] * len(rows)
    records = TASK.decode({"masks": logits_of(cohort, rows).numpy()}, frames)
    predictions = TASK.predictions(cohort.images.image_id.tolist(), records)
    assert TASK.monitor(predictions, cohort)["dice"] > 0.95
    assert predictions.table.score.min() > 0.99
    left, right = (PredictedMasks(predictions, name) for name in NAMES[:2])
    for image_id in left:
        assert np.argwhere(right[image_id])[:, 1].mean() < np.argwhere(left[image_id])[:, 1].mean()


def test_nothing_found_is_a_row_less_and_no_image_less() -> None:
    records = TASK.decode({"masks": np.full((2, 3, 8, 8), -9.0)}, [Frame(16, 16, Preprocess(size=16))] * 2)
    predictions = TASK.predictions(["a", "b"], records)
    assert isinstance(predictions, MaskPredictions)
    assert len(predictions) == 2
    assert predictions.table.empty
    assert isinstance(TASK.predictions([], []), MaskPredictions)


def test_a_structure_is_one_part_without_holes_unless_asked_otherwise() -> None:
    logits = np.full((1, 1, 16, 16), -9.0)
    logits[0, 0, 2:10, 2:10] = 9
    logits[0, 0, 5:7, 5:7] = -9
    logits[0, 0, 13:15, 13:15] = 9
    frames = [Frame(16, 16, Preprocess(size=16))]
    (whole,), (parts,) = (masks(logits, frames, ("heart",), whole=one)[0] for one in (True, False))
    assert sum(map(int, whole["rle"].split()[1::2])) == 64
    assert sum(map(int, parts["rle"].split()[1::2])) == 64 - 4 + 4
    assert whole["score"] > parts["score"] - 0.2


def test_doubt_and_margin_grow_with_a_soft_edge() -> None:
    x = np.linspace(-1, 1, 64)[None, None, None, :].repeat(64, axis=2)
    frames = [Frame(128, 128, Preprocess(size=64))]
    sharp, soft = (masks((0.5 - np.abs(x)) * steep, frames, ("heart",))[0][0] for steep in (100, 8))
    assert sharp["score"] > soft["score"]
    assert soft["margin"] == pytest.approx(
        np.log(3) / 8 * 64, rel=0.35
    )  # p = 3/4 at log 3 over the slope, 64 px a unit
    assert sharp["margin"] < 2


def test_what_cannot_be_learned_is_said_or_refused(cohort: Cohort) -> None:
    five = segment(findings=Findings((*NAMES, "left_clavicle")))
    targets = five.targets(cohort, SQUARE)
    notes = five.check(targets, targets)
    assert notes[0] == "Masks to learn from: left_lung 12, right_lung 12, heart 12, left_clavicle 0."
    assert any("left_clavicle" in note and "not learned" in note for note in notes[1:])
    alone = segment(findings=Findings(("left_clavicle",)))
    with pytest.raises(DataError, match="No train image has a mask of left_clavicle"):
        alone.check(alone.targets(cohort, SQUARE), alone.targets(cohort, SQUARE))


RECIPE = """\
findings: [left_lung, right_lung, heart]
task: segment
model: {name: unet, encoder: test_resnet, depth: 3, widths: [16, 8]}
preprocess: {size: 32}
data: {dataset: wingspan, val_fraction: 0.3}
augment: {affine: {}}
training: {batch_size: 4, precision: fp32, phases: [{epochs: 2, lr: 1e-2}]}
"""


def test_a_run_learns_and_says_masks(cohort: Cohort, tmp_path: Path) -> None:
    from hilum.inference import Predictor

    (tmp_path / "r.yaml").write_text(RECIPE)
    run = train(load_recipe(tmp_path / "r.yaml"), cohort, tmp_path / "run")
    assert run.log.loss.iloc[-1] < run.log.loss.iloc[0]
    predictions = Predictor.open(run).predict(cohort, workers=0)
    assert isinstance(predictions, MaskPredictions)
    assert len(predictions) == 12


def test_mirrored_images_are_refused_where_there_are_sides(cohort: Cohort, tmp_path: Path) -> None:
    for augment in ("{flip: {}}", "{random: {of: {flip: {}}}}"):
        (tmp_path / "r.yaml").write_text(RECIPE.replace("{affine: {}}", augment))
        with pytest.raises(
            ConfigError, match=r"augment\.flip: it mirrors images, and the recipe tells left from right"
        ):
            train(load_recipe(tmp_path / "r.yaml"), cohort, tmp_path / "run")
