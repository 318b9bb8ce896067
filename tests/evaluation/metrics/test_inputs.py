"""What is no label and no score is refused, by every metric."""

from typing import Any

import numpy as np
import pytest

from hilum.evaluation.delong import delong, delong_test
from hilum.evaluation.metrics import metrics, of_family
from hilum.schema import DataError

SETS = list(of_family("set"))


@pytest.mark.parametrize("name", list(metrics))
@pytest.mark.parametrize("wrong", ["uncertain", "missing score", "other shape"])
def test_every_metric_refuses_what_it_cannot_measure(name: str, wrong: str) -> None:
    present, score = np.array([[0.0], [0], [1], [1]]), np.array([[0.1], [0.2], [0.7], [0.8]])
    if wrong == "uncertain":
        present[0] = -1
    elif wrong == "missing score":
        score[3] = np.nan
    else:
        score = score[1:]
    given: Any = (present, score) if name in SETS else (present[:, 0], score[:, 0])
    with pytest.raises(DataError, match="Expected"):
        metrics[name](*given)


@pytest.mark.parametrize("name", [name for name in metrics if name not in SETS])
def test_a_missing_label_is_refused_where_one_finding_is_measured(name: str) -> None:
    with pytest.raises(DataError, match="neither 0 nor 1, as nan"):
        metrics[name]([0, 0, 1, np.nan], [0.1, 0.2, 0.7, np.nan])


@pytest.mark.parametrize("name", of_family("probability"))
def test_scores_are_no_probabilities(name: str) -> None:
    with pytest.raises(DataError, match=r"Scores from -2 to 3. Expected probabilities"):
        metrics[name]([0, 1], [-2, 3])


@pytest.mark.parametrize("name", of_family("ranking"))
def test_metrics_of_order_take_any_score(name: str) -> None:
    assert metrics[name]([0, 0, 1, 1], [-2, 1, 0, 3]) == metrics[name]([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])


def test_delong_refuses_the_same() -> None:
    with pytest.raises(DataError, match="neither 0 nor 1"):
        delong([0, 0, 1, -1], [0.1, 0.2, 0.3, 0.4], patient=None)
    with pytest.raises(DataError, match="scores are missing"):
        delong_test([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4], [0.1, 0.2, np.nan, 0.4], patient=None)
