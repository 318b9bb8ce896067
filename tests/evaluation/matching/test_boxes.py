"""Boxes matched by hand: 10-pixel squares on three images."""

import numpy as np
import pandas as pd
import pytest

from hilum.evaluation.bootstrap import draw, measure
from hilum.evaluation.matching import BoxMatch, match_boxes
from hilum.evaluation.metrics import box_metrics
from hilum.evaluation.metrics.sums import Weights
from hilum.schema import Boxes, BoxPredictions, ConfigError, DataError, Header
from hilum.schema.boxes import overlaps

# image a: two true boxes; the surest box fits the first, the second fits it too (too late), the third the other.
# image b: one true box, missed by a box beside it. image c: none true, one false box.
TRUE = [("a", "Mass", 0, 0), ("a", "Mass", 50, 50), ("b", "Mass", 0, 0), ("b", "Nodule", 30, 30)]
DRAWN = [
    ("a", "Mass", 0, 0, 0.9),
    ("a", "Mass", 1, 0, 0.8),
    ("a", "Mass", 50, 52, 0.3),
    ("b", "Mass", 0, 8, 0.6),
    ("c", "Mass", 0, 0, 0.7),
    ("b", "Nodule", 30, 30, 0.95),
]


def boxes(rows: list[tuple[object, ...]]) -> Boxes:
    columns = ["image_id", "finding", "x0", "y0", "score"][: len(rows[0])]
    table = pd.DataFrame(rows, columns=columns)
    return Boxes(table.assign(x1=table.x0 + 10, y1=table.y0 + 10))


@pytest.fixture
def match() -> BoxMatch:
    return match_boxes(BoxPredictions(boxes(DRAWN), Header(("a", "b", "c"))), boxes(TRUE), "Mass")


def test_overlap_is_shared_area_over_joint_area() -> None:
    first = np.array([[0.0, 0, 10, 10]])
    others = np.array([[0.0, 0, 10, 10], [5, 0, 15, 10], [10, 0, 20, 10], [2, 2, 4, 4]])
    assert overlaps(first, others)[0] == pytest.approx([1, 50 / 150, 0, 4 / 100])


def test_each_true_box_is_found_once_by_the_surest(match: BoxMatch) -> None:
    assert match.image.tolist() == [0, 0, 0, 1, 2]
    assert match.found(0.4).tolist() == [True, False, True, False, False]
    assert match.actual.tolist() == [2, 1, 0]


def test_order_of_rows_does_not_matter(match: BoxMatch) -> None:
    turned = BoxPredictions(boxes(DRAWN[::-1]), Header(("a", "b", "c")))
    again = match_boxes(turned, boxes(TRUE[::-1]), "Mass")
    pairs = [sorted(zip(one.score, one.found(0.4), strict=True)) for one in (again, match)]
    assert pairs[0] == pairs[1]


def test_the_rule_of_a_hit_decides(match: BoxMatch) -> None:
    assert match.found(0.9).tolist() == [True, False, False, False, False]
    assert match.found(0.1).tolist() == [True, False, True, True, False]
    assert match.found("center").tolist() == [True, False, True, False, False]  # at (5, 13) no box of image b lies
    for wrong in (0, 1.5, "middle"):
        with pytest.raises(ConfigError, match="IoU"):
            match.found(wrong)


def test_the_surest_box_chooses_the_nearest_free_one() -> None:
    true = boxes([("a", "Mass", 0, 0), ("a", "Mass", 4, 0)])
    drawn = boxes([("a", "Mass", 2, 0, 0.5), ("a", "Mass", 1, 0, 0.9), ("a", "Mass", 3, 0, 0.4)])
    match = match_boxes(BoxPredictions(drawn, Header(("a",))), true, "Mass")
    assert match.turns().tolist() == [1, 0, 2]
    assert match.found(0.5).tolist() == [True, True, False]  # the second takes the one that the first left


def test_values_by_hand(match: BoxMatch) -> None:
    assert box_metrics["box_sensitivity"](match, threshold=0.25) == pytest.approx(2 / 3)
    assert box_metrics["box_sensitivity"](match, threshold=0.5) == pytest.approx(1 / 3)
    assert box_metrics["false_boxes"](match, threshold=0.65) == pytest.approx(2 / 3)
    assert box_metrics["false_boxes"](match, threshold=0.25) == pytest.approx(1)
    # found at places 1 and 5 of the falling scores: precisions 1/1 and 2/5, over three true boxes
    assert box_metrics["box_average_precision"](match) == pytest.approx((1 + 2 / 5) / 3)


@pytest.mark.parametrize("name", list(box_metrics))
def test_a_weight_is_a_repetition_of_the_image(match: BoxMatch, name: str) -> None:
    names = ("a", "a2", "b", "c", "c2", "c3")
    copies = {"a": ("a", "a2"), "b": ("b",), "c": ("c", "c2", "c3")}
    drawn, true = ([(copy, *row[1:]) for row in rows for copy in copies[str(row[0])]] for rows in (DRAWN, TRUE))
    repeated = match_boxes(BoxPredictions(boxes(drawn), Header(names)), boxes(true), "Mass")
    metric = box_metrics[name]
    assert metric(match, np.array([2.0, 1, 3])) == pytest.approx(metric(repeated))
    table = np.array([[2.0, 1, 0], [1, 1, 0], [3, 1, 1]])
    both = metric(match, table)
    assert both[:2] == pytest.approx([metric(repeated), metric(match)])
    assert isinstance(metric(match), float)
    assert metric(match, Weights(table, np.arange(3))) == pytest.approx(both, nan_ok=True)


def test_without_true_boxes_nothing_can_be_found(match: BoxMatch) -> None:
    nothing = np.array([0.0, 0, 1])
    assert np.isnan(box_metrics["box_sensitivity"](match, nothing))
    assert np.isnan(box_metrics["box_average_precision"](match, nothing))
    assert box_metrics["false_boxes"](match, nothing) == 1


def test_images_without_any_predicted_box_count(match: BoxMatch) -> None:
    none = match_boxes(BoxPredictions(boxes(DRAWN[-1:]), Header(("a", "b", "c"))), boxes(TRUE), "Mass")
    assert box_metrics["box_sensitivity"](none) == 0
    assert box_metrics["false_boxes"](none) == 0
    assert box_metrics["box_average_precision"](none) == 0


def test_a_bootstrap_over_patients_measures_the_same_images(match: BoxMatch) -> None:
    draws = draw(["p", "p", "q"], replicates=40)
    values = measure(dict(box_metrics), match, draws, workers=1)
    assert values["box_sensitivity"][0] == box_metrics["box_sensitivity"](match)
    for column in range(41):
        weight = draws.weights[draws.patient, column].astype(float)
        assert values["false_boxes"][column] == pytest.approx(box_metrics["false_boxes"](match, weight))


def test_true_boxes_of_images_that_were_not_read_are_refused() -> None:
    with pytest.raises(DataError, match="1 images without predictions: b"):
        match_boxes(BoxPredictions(boxes(DRAWN[:1]), Header(("a",))), boxes(TRUE), "Mass")
