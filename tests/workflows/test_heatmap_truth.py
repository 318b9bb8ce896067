"""What heatmaps are scored against: outlines before boxes, one truth of several readers, and what is none."""

import numpy as np
import pandas as pd
import pytest

from hilum.schema import Boxes, Cohort, DataError, Explanation, Findings
from hilum.schema.run_lengths import encode_runs
from hilum.workflows.heatmap_truth import Truths, pairs_without, with_truth

FINDINGS = Findings(("Mass", "Pneumothorax"))
SIDE = 20


def cohort(boxes: list[tuple[object, ...]] | None = None, masks: list[dict[str, object]] | None = None) -> Cohort:
    images = pd.DataFrame({"image_id": list("abc"), "patient_id": list("abc"), "path": ["a.png", "b.png", None]})
    images[["width", "height"]] = float(SIDE)
    columns = ["image_id", "finding", "x0", "y0", "x1", "y1", "reader"]
    labels = pd.DataFrame({"Mass": [1.0, 0, 1], "Pneumothorax": [0.0, 1, np.nan]})
    return Cohort(
        "places", images, labels,
        boxes=None if boxes is None else Boxes(pd.DataFrame(boxes, columns=columns).dropna(axis=1, how="all")),
        masks=None if masks is None else pd.DataFrame(masks),
    )  # fmt: skip


def outline(image_id: str, structure: str, *parts: tuple[slice, slice]) -> dict[str, object]:
    mask = np.zeros((SIDE, SIDE), bool)
    for part in parts:
        mask[part] = True
    return {
        "image_id": image_id,
        "structure": structure,
        "rle": encode_runs(mask),
        "height": SIDE,
        "width": SIDE,
    }


def heatmap(image_id: str, finding: str, side: int = SIDE) -> Explanation:
    return Explanation(image_id, finding, np.zeros((side, side), np.float32), "cam")


def test_boxes_together_are_the_region_in_the_pixels_of_the_heatmap() -> None:
    held = Truths(cohort([("a", "Mass", 0, 0, 4, 4, None), ("a", "Mass", 10, 10, 20, 20, None)]))
    truth = held.of(heatmap("a", "mass", 2 * SIDE))
    assert truth is not None
    assert truth.boxes.tolist() == [[0, 0, 8, 8], [20, 20, 40, 40]]
    assert truth.region.sum() == 64 + 400
    assert held.of(heatmap("a", "Pneumothorax")) is None
    assert held.of(heatmap("b", "Mass")) is None


def test_an_outline_goes_before_the_box_around_it_and_has_a_box_a_part() -> None:
    mask = outline("b", "pneumothorax", (slice(2, 5), slice(3, 4)), (slice(10, 12), slice(10, 20)))
    held = Truths(cohort([("b", "Pneumothorax", 3, 2, 20, 12, None)], [mask]))
    truth = held.of(heatmap("b", "Pneumothorax"))
    assert truth is not None
    assert truth.region.sum() == 3 + 20
    assert truth.boxes.tolist() == [[3, 2, 4, 5], [10, 10, 20, 12]]


def test_masks_alone_are_enough_and_images_without_a_file_or_place_are_left_out() -> None:
    masks = [outline(name, "Mass", (slice(0, 3), slice(0, 3))) for name in "ac"]
    chosen = with_truth(cohort(masks=masks), FINDINGS)
    assert chosen.images.image_id.tolist() == ["a"]
    assert "1 of 3 images kept" in chosen.notes[-1]


def test_boxes_of_several_readers_become_one() -> None:
    drawn = [("a", "Mass", 0, 0, 10, 10, "R1"), ("a", "Mass", 2, 0, 12, 10, "R2"), ("a", "Mass", 15, 15, 18, 18, "R2")]
    chosen = with_truth(cohort(drawn), FINDINGS)
    truth = Truths(chosen).of(heatmap("a", "Mass"))
    assert truth is not None
    assert truth.boxes.tolist() == [[1, 0, 11, 10], [15, 15, 18, 18]]
    assert any("3 boxes of readers are fused to 2" in note for note in chosen.notes)


def test_no_place_of_these_findings_is_an_error() -> None:
    with pytest.raises(DataError, match="no image has a true box or outline"):
        with_truth(cohort(), FINDINGS)
    with pytest.raises(DataError, match="Fracture"):
        with_truth(cohort([("a", "Fracture", 0, 0, 4, 4, None)]), FINDINGS)


def test_absent_is_what_is_labeled_so_and_present_without_a_place_is_counted() -> None:
    scored = pd.DataFrame({"image_id": ["a"], "finding": ["Mass"]})
    absent, unplaced = pairs_without(cohort(), FINDINGS, scored)
    assert sorted(zip(absent.image_id, absent.finding, strict=True)) == [("a", "Pneumothorax"), ("b", "Mass")]
    assert unplaced == 2  # the mass of c, the pneumothorax of b
