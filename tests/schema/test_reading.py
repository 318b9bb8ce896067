from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hilum.schema import Assessment, DataError, Explanation, Measurement, Reading


@pytest.mark.parametrize(
    ("probability", "threshold", "call"),
    [(0.5, 0.5, "present"), (0.49, 0.5, "absent"), (0.9, None, "not assessed"), (float("nan"), 0.5, "not assessed")],
)
def test_a_call_needs_a_probability_and_a_point(probability: float, threshold: float | None, call: str) -> None:
    assert Assessment("Mass", probability, threshold).call == call


@pytest.fixture
def reading() -> Reading:
    box = {"image_id": "a", "finding": "Pleural Effusion", "x0": 1, "y0": 2, "x1": 30, "y1": 20, "score": 0.5}
    return Reading(
        "a",
        np.zeros((20, 30), np.uint8),
        (Assessment("Mass", 0.6, 0.5), Assessment("Effusion", 0.7, 0.5), Assessment("Hernia", 0.1, 0.5)),
        heatmaps=(Explanation("a", "Effusion", np.ones((20, 30), np.float32), "cam"),),
        boxes=pd.DataFrame([box]),
        masks={"heart": np.ones((20, 30), bool)},
        measurements=(Measurement("cardiothoracic_ratio", 0.5),),
        provenance={"run": "small", "weights_sha256": "0123456789abcdef"},
    )


def test_what_can_be_asked(reading: Reading) -> None:
    assert [each.finding for each in reading.called("present")] == ["Effusion", "Mass"]
    assert reading.heatmap("Pleural effusion") is reading.heatmaps[0]
    assert len(reading.boxes_of("Effusion")) == 1
    assert (reading.model, reading.weights) == ("small", "0123456789ab")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"masks": {"heart": np.ones((30, 20), bool)}}, r"mask of heart is \(30, 20\), the image \(20, 30\)"),
        ({"pixels": np.zeros((20, 20), np.uint8), "masks": {}}, "heatmap of Effusion"),
        ({"pixels": np.zeros((20, 20), np.uint8), "masks": {}, "heatmaps": ()}, r"reaches to \(30, 20\)"),
    ],
)
def test_rows_taken_for_columns_are_refused(reading: Reading, changed: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        replace(reading, **changed)  # type: ignore[arg-type]


def test_the_digest_is_of_all_that_is_said_and_of_nothing_beyond(reading: Reading) -> None:
    other = {
        "assessments": reading.assessments[:2],
        "heatmaps": (),
        "boxes": reading.boxes.assign(x0=2),
        "masks": {"heart": np.zeros((20, 30), bool)},
        "measurements": (Measurement("cardiothoracic_ratio", 0.6),),
        "notes": ("cropped",),
        "provenance": {"run": "other"},
    }
    digests = {replace(reading, **{name: value}).digest for name, value in other.items()}  # type: ignore[arg-type]
    assert len(digests | {reading.digest}) == len(other) + 1
    same = replace(reading, assessments=(Assessment("Mass", 0.6 + 1e-7, 0.5), *reading.assessments[1:]))
    assert same.digest == reading.digest
