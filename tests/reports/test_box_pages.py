"""Pages of boxes: what stands on them, with true and found boxes drawn."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from hilum.evaluation import evaluate_boxes
from hilum.images import Image, read_image
from hilum.reports.evaluation_boxes import BoxedImage, box_evaluation_page
from hilum.reports.reading_boxes import box_reading_page
from hilum.schema import Boxes, BoxPredictions, Cohort, Header

NAMES = ["image_id", "finding", "x0", "y0", "x1", "y1", "score"]
ROWS = [("a", "Lung Opacity", 5, 5, 25, 25, 0.8), ("a", "Lung Opacity", 30, 30, 40, 40, 0.2)]
PREDICTIONS = BoxPredictions(Boxes(pd.DataFrame(ROWS, columns=NAMES)), Header(("a", "b"), {"recipe": "drawn"}))


@pytest.fixture
def image(tmp_path: Path) -> Image:
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8))
    return read_image(path)


def test_the_evaluation_page(image: Image) -> None:
    table = pd.DataFrame({"image_id": ["a", "b"], "patient_id": ["p", "q"]})
    truth = Boxes(pd.DataFrame(ROWS[:1], columns=NAMES).drop(columns="score"))
    evaluation = evaluate_boxes(
        PREDICTIONS, Cohort("drawn", table, boxes=truth), replicates=5, threshold={"Lung Opacity": 0.5}
    )
    both = pd.concat([truth.table, PREDICTIONS.boxes.table], ignore_index=True)
    page = box_evaluation_page(evaluation, images=[BoxedImage(image, both, "1 missed")], title="Drawn")
    for words in (
        "RSNA score",
        "FROC curves",
        "A box counts from a score of 0.5 (Lung opacity).",
        "1 missed",
        "Methods",
    ):
        assert words in page
    assert page.count('rect class="back"') == 3
    assert page.count('class="predicted"') == 2
    assert "Mean over findings" not in page  # of a single finding


def test_the_reading_page(image: Image) -> None:
    page = box_reading_page([image], PREDICTIONS, {"a": PREDICTIONS.boxes.table[:1]})
    assert "1 box, the surest first. 1 less sure one is not drawn." in page
    assert page.count('class="predicted"') == 1
    assert "20 × 20" in page
    assert page.count("research") >= 1
    page = box_reading_page([image], PREDICTIONS, {"a": PREDICTIONS.boxes.table[:0]}, uncalled={"a"})
    assert "No box is drawn." in page
    assert "No lung was found" in page
