"""Boxes evaluated and compared: which images and boxes count, and numbers that agree with plain metrics."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hilum.evaluation import compare_boxes, evaluate_boxes, fit_box_cuts
from hilum.evaluation.box_alignment import align_boxes
from hilum.evaluation.box_measures import USUAL, checked_hit
from hilum.evaluation.box_operating_points import box_operating_points
from hilum.evaluation.matching import match_boxes
from hilum.evaluation.metrics import box_metrics
from hilum.evaluation.worst_boxes import worst_boxes
from hilum.schema import Boxes, BoxPredictions, Cohort, ConfigError, DataError, Header

NAMES = ["image_id", "finding", "x0", "y0", "x1", "y1", "score"]


def cohort_of(boxes: list[tuple[object, ...]], images: int = 6, labels: dict[str, list[float]] | None = None) -> Cohort:
    ids = [f"i{place}" for place in range(images)]
    table = pd.DataFrame({"image_id": ids, "patient_id": [f"p{place // 2}" for place in range(images)], "width": 100,
                          "height": 100, "split": "test", "sex": ["F", "M"] * (images // 2)})  # fmt: skip
    table["sex"] = [["F", "M"][place // 2 % 2] for place in range(images)]
    return Cohort("drawn", table, pd.DataFrame(labels or {}), boxes=Boxes(pd.DataFrame(boxes, columns=NAMES[:-1])))


def predicted(boxes: list[tuple[object, ...]], images: int = 6, **provenance: object) -> BoxPredictions:
    header = Header(tuple(f"i{place}" for place in range(images)), dict(provenance))
    return BoxPredictions(Boxes(pd.DataFrame(boxes, columns=NAMES)), header)


TRUE = [("i0", "Mass", 10, 10, 30, 30), ("i1", "Mass", 50, 50, 90, 90), ("i2", "Nodule", 0, 0, 10, 10)]
SAID = [
    ("i0", "mass", 10, 10, 30, 30, 0.9), ("i1", "mass", 55, 50, 120, 90, 0.6), ("i3", "mass", 0, 0, 20, 20, 0.7),
    ("i2", "Nodule", 0, 0, 10, 9, 0.8), ("i4", "Nodule", 110, 10, 120, 20, 0.9), ("i0", "mass", 10, 10, 30, 30, 0.9),
    ("i5", "Effusion", 0, 0, 9, 9, 0.5),
]  # fmt: skip


def by_chance(images: int = 60) -> tuple[Cohort, BoxPredictions]:
    draw = np.random.default_rng(0)
    true, said = [], []
    for place in range(images):
        for _ in range(draw.integers(0, 3)):
            x, y = draw.uniform(0, 60, 2)
            true.append((f"i{place}", "Mass", x, y, x + 30, y + 30))
            if draw.uniform() < 0.7:
                x, y = np.clip(np.array([x, y]) + draw.normal(0, 4, 2), 0, 69)
                said.append((f"i{place}", "Mass", x, y, x + 30, y + 30, draw.beta(4, 2)))
        if draw.uniform() < 0.5:
            x, y = draw.uniform(0, 60, 2)
            said.append((f"i{place}", "Mass", x, y, x + 20, y + 30, draw.beta(2, 4)))
    return cohort_of(true, images), predicted(said, images)


def test_what_counts_and_what_is_left_out() -> None:
    aligned = align_boxes(predicted(SAID), cohort_of(TRUE))
    assert aligned.findings.names == ("Mass", "Nodule")
    account = aligned.account
    assert account["boxes_left_out"] == {"cut": 1, "beside": 1, "twice": 1}
    assert account["findings_not_labeled"] == ["Effusion"]
    assert account["findings"]["Mass"] == {"present": 2, "absent": 4, "boxes": 2, "predicted": 3, "unknown": 0}
    text = " ".join(account["notes"])
    for words in (
        "1 predicted boxes reach over",
        "1 predicted boxes lie beside",
        "1 predicted boxes stand twice",
        "Effusion",
    ):
        assert words in text
    mass = aligned.matches[0]
    assert mass.found(0.4).tolist() == [True, True, False]  # cut at its edge, the second overlaps 35 * 40 / 1600


def test_a_label_without_a_box_is_no_absence() -> None:
    labels = {"Mass": [1, 1, 0, 1, -1, np.nan], "Nodule": [0, 0, 1, 0, 0, 0]}
    aligned = align_boxes(predicted(SAID), cohort_of(TRUE, labels=labels))
    mass, nodule = aligned.matches
    assert mass.rows.tolist() == [0, 1, 2]  # boxes, boxes, absent; present without a box, uncertain, not mentioned
    assert len(nodule.rows) == 6
    assert "Mass: 3 images are left out" in " ".join(aligned.account["notes"])
    assert aligned.images.present[:, 0].tolist() == pytest.approx([1, 1, 0, np.nan, np.nan, np.nan], nan_ok=True)


def test_what_cannot_be_evaluated_is_refused() -> None:
    cohort = cohort_of(TRUE)
    with pytest.raises(DataError, match="has no boxes"):
        evaluate_boxes(predicted(SAID), replace(cohort, boxes=None))
    with pytest.raises(DataError, match="share no finding"):
        evaluate_boxes(predicted(SAID[-1:]), cohort)
    with pytest.raises(DataError, match="None of the 1 predicted images"):
        evaluate_boxes(BoxPredictions(Boxes(pd.DataFrame(columns=NAMES)), Header(("x",))), cohort)
    with pytest.raises(ConfigError, match="no points"):
        evaluate_boxes(predicted(SAID), cohort, metrics=["rsna_score@0.5"])
    with pytest.raises(ConfigError, match="no number"):
        evaluate_boxes(predicted(SAID), cohort, metrics=["froc_sensitivity@half"])
    for wrong in ("0", "1.5", "middle"):
        with pytest.raises(ConfigError, match="hit by"):
            checked_hit(wrong)
    assert (checked_hit("0.2"), checked_hit("center")) == (0.2, "center")


def test_who_finds_nothing_anywhere_is_evaluated() -> None:
    empty = BoxPredictions(Boxes(pd.DataFrame(columns=NAMES)), Header(("i0", "i1", "i2", "i3")))
    found = evaluate_boxes(empty, cohort_of(TRUE), replicates=10)
    assert found.value("rsna_score", "Mass") == 0
    assert found.value("froc_score", "Nodule") == 0
    assert found.value("image_auroc", "Mass") == 0.5


def test_numbers_are_those_of_the_plain_metrics() -> None:
    cohort, predictions = by_chance()
    found = evaluate_boxes(predictions, cohort, threshold=0.4, hit="center", replicates=60, subgroups=["sex"])
    assert cohort.boxes is not None
    match = match_boxes(predictions, cohort.boxes, "Mass")
    rows = found.rows[(found.rows.finding == "Mass") & (found.rows.subgroup == "all")].set_index("metric")
    assert list(rows.index) == list(USUAL)
    assert rows.value["rsna_score"] == pytest.approx(box_metrics["rsna_score"](match, threshold=0.4))
    assert rows.value["froc_sensitivity@0.25"] == pytest.approx(
        box_metrics["froc_sensitivity"](match, false_boxes=0.25, hit="center")
    )
    assert rows.value["coco_average_precision@0.5"] == pytest.approx(
        box_metrics["coco_average_precision"](match, hit=0.5)
    )
    assert ((rows.low <= rows.value) & (rows.value <= rows.high)).all()
    assert (rows.low < rows.high).all()
    assert set(found.rows.subgroup) == {"all", "sex=F", "sex=M"}
    assert found.value("rsna_score") == rows.value["rsna_score"]  # of one finding the mean is its own
    assert found.provenance["notes"][0].startswith("60 images of 30 patients")
    assert len(found.curves["Mass"]["froc"]["sensitivity"]) > 5


def test_the_mean_is_over_findings_with_a_true_box() -> None:
    found = evaluate_boxes(predicted(SAID), cohort_of(TRUE), replicates=20, metrics=["box_average_precision"])
    values = [found.value("box_average_precision", name) for name in ("Mass", "Nodule")]
    assert found.value("box_average_precision") == pytest.approx(np.mean(values))


@pytest.mark.parametrize("rule", list(box_operating_points))
def test_the_cut_is_the_best_of_all(rule: str) -> None:
    cohort, predictions = by_chance()
    assert cohort.boxes is not None
    points = fit_box_cuts(predictions, cohort, split="test", rule=rule)
    (cut,) = points.thresholds.values()
    match = match_boxes(predictions, cohort.boxes, "Mass")

    def worth(threshold: float) -> float:
        options = {"threshold": threshold}
        if rule == "best_rsna_score":
            return float(box_metrics["rsna_score"](match, **options))
        if rule == "fixed_false_boxes":
            return -threshold if box_metrics["false_boxes"](match, **options) <= 0.25 else -np.inf
        both = [box_metrics[name](match, **options) for name in ("box_sensitivity", "box_precision")]
        return float(2 * np.prod(both) / max(np.sum(both), 1e-9))

    assert worth(cut) == pytest.approx(max(worth(score) for score in match.score))
    assert points.points[0].fitted
    assert points.points[0].sensitivity == pytest.approx(box_metrics["box_sensitivity"](match, threshold=cut))
    assert type(points).from_dict(points.to_dict()).thresholds == points.thresholds


def test_a_cut_travels_with_the_predictions() -> None:
    cohort, predictions = by_chance()
    points = fit_box_cuts(predictions, cohort, split=None)
    header = replace(
        predictions.header, provenance={"operating_points": points.to_dict() | {"thresholds": points.thresholds}}
    )
    found = evaluate_boxes(replace(predictions, header=header), cohort, replicates=5, metrics=["rsna_score"])
    other = evaluate_boxes(predictions, cohort, threshold=points.thresholds, replicates=5, metrics=["rsna_score"])
    assert found.value("rsna_score") == other.value("rsna_score")
    none = fit_box_cuts(predicted([], provenance=1), cohort_of(TRUE), split=None)
    assert [point.fitted for point in none.points] == [False, False]
    with pytest.raises(ConfigError, match="no option hits"):
        fit_box_cuts(predictions, cohort, split=None, options={"hits": 1.0})


def test_differences_are_paired() -> None:
    cohort, predictions = by_chance()
    table = predictions.boxes.table
    worse = replace(predictions, boxes=Boxes(table.assign(x0=table.x0 + 9, x1=table.x1 + 9)))
    found = compare_boxes({"ours": predictions, "same": predictions, "worse": worse}, cohort, replicates=100)
    rows = found.table[found.table.finding == "Mass"].set_index(["metric", "model"])
    assert rows.difference[("rsna_score", "same")] == 0
    assert rows.p[("rsna_score", "same")] == 1
    gap = rows.loc[("coco_average_precision", "worse")]
    assert gap.difference_high < 0
    assert gap.p_corrected < 0.05
    fewer = replace(predictions, boxes=predictions.boxes.among(pd.Series(["i0", "i1"])), header=Header(("i0", "i1")))
    short = compare_boxes({"ours": predictions, "fewer": fewer}, cohort, replicates=5)
    assert short.provenance["images"] == 2
    assert "58 images that it read are not compared" in short.provenance["notes"][0]
    with pytest.raises(ConfigError, match="two or more"):
        compare_boxes({"ours": predictions}, cohort)


def test_worst_images_come_first() -> None:
    aligned = align_boxes(predicted(SAID), cohort_of(TRUE))
    rows = worst_boxes(aligned, [0.65, 0.65])
    assert [(row["image_id"], row["missed"], row["false"]) for row in rows] == [("i1", 1, 0), ("i3", 0, 1)]
    assert rows[1]["surest_false"] == 0.7
