"""A tiny Run that learned bright squares: its heatmaps must find them, and beat controls that know nothing."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hilum.inference import Predictor
from hilum.runs import Recipe, Run
from hilum.schema import Boxes, BoxPredictions, Cohort, ConfigError, DataError, Evaluation
from hilum.schema.run_lengths import encode_runs
from hilum.training import train
from hilum.workflows import predict
from hilum.workflows.evaluate import evaluate
from hilum.workflows.heatmap_checks import Checks
from hilum.workflows.heatmap_truth import with_truth
from hilum.workflows.heatmaps import heatmaps, score
from hilum.workflows.localize import HeatmapSettings, localize

SQUARES = {"Mass": [8.0, 10, 24, 26], "Nodule": [40.0, 38, 56, 54]}


@pytest.fixture(scope="module")
def run(tiny_recipe: Recipe, tiny_cohort: Cohort, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """As `tiny_run`, of images large enough for 4 by 4 cells."""
    values = tiny_recipe.model_dump(mode="json")
    values["preprocess"]["size"] = 128
    return train(Recipe.model_validate(values), tiny_cohort, tmp_path_factory.mktemp("runs") / "cells")


@pytest.fixture(scope="module")
def boxed(tiny_cohort: Cohort, run: Run) -> Cohort:
    rows = [
        [image_id, name, *SQUARES[name]]
        for name in SQUARES
        for image_id in tiny_cohort.images.image_id[tiny_cohort.labels[name] == 1]
    ]
    boxes = Boxes(pd.DataFrame(rows, columns=["image_id", "finding", "x0", "y0", "x1", "y1"]))
    return run.with_split(replace(tiny_cohort, boxes=boxes))


@pytest.fixture(scope="module")
def predictor(run: Run) -> Predictor:
    return Predictor.open(run, device="cpu")


def test_boxes_lie_on_the_squares_and_score_by_probability(predictor: Predictor, boxed: Cohort, tmp_path: Path) -> None:
    found = localize(predictor, boxed, HeatmapSettings(threshold=0.5, parts="largest"))
    assert len(found) == len(boxed)
    table = found.boxes.table
    assert table.score.between(0, 1).all()
    middles = table.assign(x=(table.x0 + table.x1) / 2, y=(table.y0 + table.y1) / 2)
    for name, labels in boxed.labels.items():
        ids = boxed.images.image_id[labels == 1]
        own = middles[middles.image_id.isin(ids) & (middles.finding == name)]
        others = middles[~middles.image_id.isin(ids) & (middles.finding == name)]
        assert own.score.mean() > others.score.mean()
    assert found.provenance["heatmaps"]["method"] == "cam"
    assert found.provenance["regions"] == {"threshold": 0.5, "parts": "largest", "smallest": 0.001}
    found.save(tmp_path / "boxes.parquet")
    assert len(BoxPredictions.load(tmp_path / "boxes.parquet").boxes) == len(table)


def test_thresholds_are_chosen_on_validation_patients_alone(predictor: Predictor, boxed: Cohort) -> None:
    settings = HeatmapSettings(threshold="validation")
    cut = settings.cut(predictor, boxed)
    assert set(cut.threshold) == {"Mass", "Nodule"}
    val = set(boxed.images.image_id[boxed.images.split == "val"])
    only_val = replace(boxed, boxes=boxed.boxes.among(pd.Series(sorted(val), dtype="str")))
    assert settings.cut(predictor, only_val).threshold == cut.threshold
    without = replace(boxed, boxes=boxed.boxes.among(boxed.images.image_id[~boxed.images.image_id.isin(val)]))
    with pytest.raises(DataError, match="--threshold otsu"):
        settings.cut(predictor, without)


@pytest.mark.parametrize("wrong", ["otso", 1.5])
def test_a_threshold_that_is_none_is_refused(predictor: Predictor, boxed: Cohort, wrong: object) -> None:
    with pytest.raises(ConfigError, match="otsu"):
        localize(predictor, boxed, HeatmapSettings(threshold=wrong))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def evaluation(
    predictor: Predictor, boxed: Cohort, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Evaluation, Path]:
    out = tmp_path_factory.mktemp("heatmaps")
    few = Checks(faithfulness=4, randomization=4, agreement=2, steps=5)
    return heatmaps(predictor, boxed, out, HeatmapSettings(method="gradcam"), few, replicates=50), out


def test_scores_stand_beside_every_control_with_intervals(evaluation: tuple[Evaluation, Path], boxed: Cohort) -> None:
    rows = evaluation[0].rows
    pooled = rows[(rows.finding == "all") & (rows.metric == "pointing_game")]
    assert pooled["map"].tolist()[:3] == ["gradcam", "random box", "center"]
    assert set(pooled["map"].tolist()[3:]) <= {"another finding", "another image"}
    assert pooled["map"].size >= 4
    assert int(pooled.present.iloc[0]) == len(boxed.boxes or ())
    assert (pooled.low <= pooled.value).all()
    assert (pooled.value <= pooled.high).all()
    assert (pooled.ahead.iloc[1:] > 0).any()
    assert {"deletion_mean", "insertion_blur"} <= set(rows.metric)


def test_what_weights_and_other_methods_say_is_kept(evaluation: tuple[Evaluation, Path]) -> None:
    held = evaluation[0].curves
    assert held["randomization"]["rows"][0]["layers"] == "head"
    agreement = np.array(held["agreement"]["rows"])
    np.testing.assert_allclose(np.diag(agreement), 1, atol=1e-3)
    methods = held["agreement"]["methods"]
    assert "attention_rollout" not in methods  # it says nothing of a convolutional network
    assert agreement[methods.index("cam"), methods.index("gradcam")] == pytest.approx(1, abs=1e-3)


def test_page_and_file_are_written_and_say_what_was_seen_before(evaluation: tuple[Evaluation, Path]) -> None:
    made, out = evaluation
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "learned from" in page  # the images of training among those that are scored
    assert "Whole lines: true boxes" in page
    assert "/tmp" not in page
    assert len(Evaluation.load(out / "heatmaps.json").rows) == len(made.rows)
    assert len(pd.read_parquet(out / "pairs.parquet"))


def test_a_cohort_without_boxes_is_refused(predictor: Predictor, tiny_cohort: Cohort, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no image has a true box"):
        heatmaps(predictor, tiny_cohort, tmp_path)


def test_a_box_without_a_finding_is_left_out_and_said(predictor: Predictor, boxed: Cohort) -> None:
    assert boxed.boxes is not None
    table = boxed.boxes.table.copy()
    table.loc[0, "finding"] = np.nan
    chosen = with_truth(replace(boxed, boxes=Boxes(table)), predictor.run.findings)
    assert len(chosen.boxes or ()) == len(table) - 1
    assert f"Boxes that name no finding: 1 of {len(table)} left out." in chosen.notes


def test_boxes_of_other_findings_alone_are_refused(predictor: Predictor, boxed: Cohort, tmp_path: Path) -> None:
    assert boxed.boxes is not None
    other = replace(boxed, boxes=Boxes(boxed.boxes.table.assign(finding="Fracture")))
    with pytest.raises(DataError, match="Fracture"):
        heatmaps(predictor, other, tmp_path)


def test_an_evaluation_shows_how_well_heatmaps_find_outlines(run: Run, boxed: Cohort, tmp_path: Path) -> None:
    """The squares as outlines: thresholds and cuts from validation images, scores of the others alone."""
    assert boxed.boxes is not None
    table = boxed.boxes.table
    rows = [
        {"image_id": row.image_id, "structure": row.finding, "rle": encode_runs(square(row)), "height": 64, "width": 64}
        for row in table.itertuples()
    ]
    outlined = replace(boxed, boxes=None, masks=pd.DataFrame(rows))
    predictions = predict(run, outlined)
    evaluate(
        predictions,
        outlined,
        tmp_path,
        split="train",
        run=run.folder,
        metrics=["auroc"],
        replicates=5,
        heatmaps="cam",
    )
    found = Evaluation.load(tmp_path / "heatmaps.json")
    assert found.provenance["chosen_on"] == "val"
    cuts = found.provenance["full_set"]["cuts"]
    assert set(cuts) == {"Mass", "Nodule"}
    pairs = pd.read_parquet(tmp_path / "pairs.parquet")
    train = set(boxed.images.image_id[boxed.images.split == "train"])
    assert set(pairs.image_id) == train & set(table.image_id)
    pooled = found.rows[(found.rows.finding == "all") & (found.rows["map"] == "cam")].set_index("metric")
    probability = predictions.table.set_index("image_id")
    wrong = sum(
        probability.loc[image_id, name] >= cuts[name]
        for name in SQUARES
        for image_id in train
        if (image_id, name) not in set(zip(pairs.image_id, pairs.finding, strict=True))
    )
    own = pairs[pairs["map"] == "cam"]
    called = [probability.loc[row.image_id, row.finding] >= cuts[row.finding] for row in own.itertuples()]
    assert pooled.value["miou_full_set"] == pytest.approx(own.miou[called].sum() / (len(own) + wrong))
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "mIoU, full set" in page
    assert 'href="#heatmaps"' in page


def square(row: Any) -> np.ndarray:
    mask = np.zeros((64, 64), bool)
    mask[int(row.y0) : int(row.y1), int(row.x0) : int(row.x1)] = True
    return mask


def test_heatmaps_that_cannot_be_had_are_refused_before_the_work(run: Run, boxed: Cohort, tmp_path: Path) -> None:
    predictions = predict(run, boxed)
    strange = replace(predictions, provenance={})
    with pytest.raises(ConfigError, match="--run"):
        evaluate(strange, boxed, tmp_path, heatmaps="cam")
    with pytest.raises(ConfigError, match="--level"):
        evaluate(predictions, boxed, tmp_path, run=run.folder, level="patient", heatmaps="cam")


def test_images_that_thresholds_were_chosen_on_are_not_scored(predictor: Predictor, boxed: Cohort) -> None:
    made = score(predictor, boxed, HeatmapSettings(threshold="validation"), replicates=5)
    val = set(boxed.images.image_id[boxed.images.split == "val"])
    assert not val & set(made.pairs.image_id)
    assert val & set(score(predictor, boxed, replicates=5).pairs.image_id)
