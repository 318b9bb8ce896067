"""Masks evaluated: values, means, intervals by patient, and what is said of what was not found."""

import numpy as np
import pandas as pd
import pytest

from hilum.evaluation.evaluate_masks import RATIO, dice_of_each, evaluate_masks
from hilum.evaluation.matching import MaskMatch, match_masks
from hilum.evaluation.metrics import mask_metrics

IDS = [f"i{number}" for number in range(12)]
IMAGES = pd.DataFrame({"image_id": IDS, "patient_id": [f"p{number // 2}" for number in range(12)]})


def squares(shift: int) -> dict[str, np.ndarray]:
    masks = {}
    for number, image_id in enumerate(IDS):
        masks[image_id] = np.zeros((24, 24), bool)
        masks[image_id][4:16, 4 + shift * (number % 3) : 16 + shift * (number % 3)] = True
    return masks


@pytest.fixture(scope="module")
def matches() -> dict[str, MaskMatch]:
    drawn = squares(1)
    heart = match_masks(IDS, {name: drawn[name] for name in IDS[1:]}, squares(0))
    return {"heart": heart, "left_lung": match_masks(IDS, squares(2), squares(0))}


def test_each_metric_of_each_structure_and_their_mean(matches: dict[str, MaskMatch]) -> None:
    found = evaluate_masks(matches, IMAGES, replicates=50)
    assert set(found.rows.metric) == set(mask_metrics)
    for name, match in matches.items():
        for metric, function in mask_metrics.items():
            assert found.value(metric, name) == pytest.approx(function(match))
    dice = [found.value("dice", name) for name in ("heart", "left_lung", "macro")]
    assert dice[2] == pytest.approx((dice[0] + dice[1]) / 2)
    rows = found.rows
    assert ((rows.low <= rows.value) & (rows.value <= rows.high)).all()
    assert found.provenance["notes"] == [
        "heart: nothing was predicted on 1 of 12 images; their Dice is 0, and they have no distances."
    ]


def test_intervals_take_patients_for_independent(matches: dict[str, MaskMatch]) -> None:
    apart = IMAGES.assign(patient_id=IDS)
    widths = []
    for images in (IMAGES.assign(patient_id=["a"] * 6 + ["b"] * 6), apart):
        rows = evaluate_masks(matches, images, metrics=["dice"], replicates=200).rows
        widths.append(float((rows.high - rows.low).iloc[0]))
    assert widths[0] != widths[1]
    assert evaluate_masks(matches, IMAGES, replicates=20).rows.too_few.all()  # six patients


def test_ratios_have_an_error_and_a_bias(matches: dict[str, MaskMatch]) -> None:
    ratios = pd.DataFrame({"row": [0, 3], "predicted": [0.5, 0.4], "actual": [0.45, 0.5]})
    found = evaluate_masks(matches, IMAGES, ratios=ratios, metrics=["dice"], replicates=20)
    assert found.value("absolute_error", RATIO) == pytest.approx(0.075)
    assert found.value("bias", RATIO) == pytest.approx(-0.025)


def test_the_worst_come_first(matches: dict[str, MaskMatch]) -> None:
    each = dice_of_each(matches, IMAGES)
    assert len(each) == 24
    assert each.iloc[0].tolist() == ["i0", "heart", 0.0]
    assert each.dice.is_monotonic_increasing
