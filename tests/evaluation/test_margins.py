from collections.abc import Callable

import numpy as np
import pytest

from hilum.evaluation import compare
from hilum.evaluation.margins import VERDICTS, verdict, with_verdicts
from hilum.schema import Cohort, ConfigError, LabelPredictions


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.001, 0.2, "superior"), (-0.049, 0.049, "equivalent"), (-0.049, 0.05, "non-inferior"),
        (-0.05, 0.2, "inconclusive"), (-0.2, -0.05, "inferior"), (-0.2, -0.01, "inconclusive"),
        (float("nan"), 0.1, ""),
    ],
)  # fmt: skip
def test_an_interval_beside_a_margin(low: float, high: float, expected: str) -> None:
    assert verdict(low, high, 0.05) == expected
    assert expected in {*VERDICTS, ""}


def test_a_margin_is_above_zero() -> None:
    with pytest.raises(ConfigError, match="margin of 0"):
        verdict(-0.1, 0.1, 0)


def test_a_comparison_gets_verdicts(study: Callable[..., tuple[LabelPredictions, Cohort]]) -> None:
    predictions, cohort = study()
    found = with_verdicts(compare({"one": predictions, "same": predictions}, cohort, metrics=["auroc"]), 0.05)
    rows = found.table[found.table.model == "same"].set_index("finding")
    assert rows.verdict["macro"] == "equivalent"
    assert set(found.table[found.table.model == "one"].verdict) == {""}
    assert found.provenance["margin"] == 0.05


def test_of_a_loss_lower_is_better(study: Callable[..., tuple[LabelPredictions, Cohort]]) -> None:
    predictions, cohort = study()
    blurred = LabelPredictions(predictions.table.assign(**dict.fromkeys(predictions.findings, 0.5)))
    found = compare({"one": predictions, "blurred": blurred}, cohort, metrics=["brier"], replicates=100)
    row = with_verdicts(found, 0.01).table.set_index(["model", "finding"]).loc["blurred", "Hernia"]
    assert row.difference_low > 0.01
    assert row.verdict == "inferior"
    assert np.isfinite(row.difference)
