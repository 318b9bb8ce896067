from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from hilum.evaluation.compare import Comparison
from hilum.reports import comparison_page

Sound = Callable[[str], Any]
NAN = float("nan")


def row(finding: str, metric: str, model: str, value: float, difference: float = NAN, p: float = NAN) -> dict[str, Any]:
    return {
        "finding": finding, "metric": metric, "model": model, "value": value, "low": value - 0.02, "high": value + 0.02,
        "present": 120, "absent": 1480, "difference": difference, "difference_low": difference - 0.01,
        "difference_high": difference + 0.01, "p": p, "p_corrected": min(1, 2 * p) if p == p else NAN,
    }  # fmt: skip


@pytest.fixture
def comparison() -> Comparison:
    rows = [
        row(finding, metric, model, value, difference, p)
        for metric in ("auroc", "average_precision")
        for finding in ("Effusion", "Pleural_Thickening", "macro")
        for model, value, difference, p in (("ours", 0.8, NAN, NAN), ("theirs", 0.771, -0.029, 0.0004))
    ]
    provenance = {
        "models": {"ours": {"run": "runs/small"}, "theirs": {"predictions": "theirs.csv"}}, "images": 1600,
        "patients": 410, "reference": "ours", "test": "interval", "correction": "holm", "replicates": 1000,
        "interval": "percentile",
        "findings": ["Effusion", "Pleural_Thickening"],
        "notes": ["theirs: 12 predicted images are not compared, as not all hold them."],
    }  # fmt: skip
    return Comparison(pd.DataFrame(rows), provenance)


def words(page: Any) -> str:
    return " ".join(page.text.split())


def test_values_differences_and_p_stand_beside_each_other(comparison: Comparison, sound: Sound) -> None:
    text = words(sound(comparison_page(comparison, title="Ours and theirs")))
    assert "Effusion 120 0.800 (0.780–0.820) 0.771 (0.751–0.791)" in text
    assert "Pleural thickening −0.029 (−0.039 to −0.019) <0.001 <0.001" in text
    assert "theirs less ours: paired difference in Average precision" in text


def test_how_it_was_compared_is_said(comparison: Comparison, sound: Sound) -> None:
    text = words(sound(comparison_page(comparison)))
    for fact in (
        "same 1,600 images",
        "model less ours",
        "from the paired ones",
        "after Holm",
        "12 predicted images are not",
    ):
        assert fact in text, fact
    assert "P of a difference is the level at which its interval would touch 0" in text
    assert "can show no p below 0.002" in text


def test_one_forest_a_model_and_metric_with_zero_marked(comparison: Comparison, sound: Sound) -> None:
    html = sound(comparison_page(comparison)).html
    assert html.count('aria-label="Difference in') == 2
    forest = html[html.index('aria-label="Difference in AUROC') :]
    assert ">0.00" in forest[: forest.index("</svg>")]


def test_the_reference_has_no_difference_of_its_own(comparison: Comparison, sound: Sound) -> None:
    assert "ours less" not in words(sound(comparison_page(comparison)))
