"""The cut of a detector's scores: chosen on validation images, kept in the Run, and what is refused."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from hilum.runs import Run
from hilum.schema import Boxes, BoxPredictions, Cohort, ConfigError, Header, RunError
from hilum.schema.split import hold_out
from hilum.workflows import calibrate
from hilum.workflows.calibrate import choose_cut

UNET = {"name": "box_unet", "encoder": "test_resnet", "width": 32, "norm": "group"}
NAMES = ["image_id", "finding", "x0", "y0", "x1", "y1"]


@pytest.fixture
def detector(make_run: Callable[..., Run]) -> Run:
    return make_run("detector", findings=["Mass"], task="detect", model=UNET)


@pytest.fixture
def boxed(tiny_cohort: Cohort, monkeypatch: pytest.MonkeyPatch) -> Cohort:
    """True boxes on every image; a detector that finds each with a score of 0.6, and draws a false one with 0.3."""
    cohort = hold_out(tiny_cohort, fraction=0.25, seed=0)
    rows = [(image_id, "Mass", 1.0, 1.0, 9.0, 9.0) for image_id in cohort.images.image_id]
    cohort = replace(cohort, boxes=Boxes(pd.DataFrame(rows, columns=NAMES)))

    def drawn(_run: Run, chosen: Cohort, **_where: object) -> BoxPredictions:
        ids = chosen.images.image_id.tolist()
        true = [(image_id, "Mass", 1.0, 1.0, 9.0, 9.0, 0.6) for image_id in ids]
        false = [(image_id, "Mass", 12.0, 12.0, 15.0, 15.0, 0.3) for image_id in ids]
        table = pd.DataFrame([*true, *false], columns=[*NAMES, "score"])
        return BoxPredictions(Boxes(table), Header(tuple(ids)))

    monkeypatch.setattr(calibrate, "predict", drawn)
    return cohort


@pytest.mark.parametrize("rule", ["best_rsna_score", "best_box_f1"])
def test_the_cut_lies_between_false_and_true_and_is_kept(detector: Run, boxed: Cohort, rule: str) -> None:
    points = choose_cut(detector, boxed, rule=rule)
    assert 0.3 < points.thresholds["Mass"] <= 0.6
    held = Run.open(detector.folder).artifact("operating_points")
    assert held["rule"] == rule
    assert held["fitted_on"]["split"] == "val"
    assert held["fitted_on"]["images"] == (boxed.images.split == "val").sum()


def test_false_boxes_may_be_allowed(detector: Run, boxed: Cohort) -> None:
    points = choose_cut(detector, boxed, rule="fixed_false_boxes", options={"false_boxes": 1.0})
    assert points.thresholds["Mass"] <= 0.3


@pytest.mark.parametrize("split", ["train", "test"])
def test_images_that_it_learned_from_or_that_figures_are_quoted_for_are_refused(
    detector: Run, boxed: Cohort, split: str
) -> None:
    with pytest.raises(RunError, match=f"asked for on '{split}'"):
        choose_cut(detector, boxed, split=split)
    assert Run.open(detector.folder).artifact("operating_points") is None


def test_an_unknown_rule_is_named(detector: Run, boxed: Cohort) -> None:
    with pytest.raises(ConfigError, match="best_box_f1"):
        choose_cut(detector, boxed, rule="best_box_f2")
