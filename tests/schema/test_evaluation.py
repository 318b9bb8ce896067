"""Evaluation and Explanation: numbers found by name, heatmaps within bounds."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hilum.schema import DataError, Evaluation, Explanation


@pytest.fixture
def rows() -> pd.DataFrame:
    shared = {"low": 0.5, "high": 0.9, "present": 10, "absent": 90}
    return pd.DataFrame(
        [
            {"finding": "macro", "subgroup": "all", "metric": "auroc", "value": 0.8, **shared},
            {"finding": "Mass", "subgroup": "sex=F", "metric": "auroc", "value": np.nan, **shared},
        ]
    )


def test_one_number_by_its_names(rows: pd.DataFrame) -> None:
    evaluation = Evaluation(rows)
    assert evaluation.value("auroc") == 0.8
    assert np.isnan(evaluation.value("auroc", "Mass", "sex=F"))
    with pytest.raises(DataError, match="holds no auroc of Mass in all"):
        evaluation.value("auroc", "Mass")


def test_save_and_load(tmp_path: Path, rows: pd.DataFrame) -> None:
    Evaluation(rows, {"seed": 0}, {"roc": {"Mass": [0, 1]}}).save(tmp_path / "e.json")
    again = Evaluation.load(tmp_path / "e.json")
    assert again.value("auroc") == 0.8
    assert np.isnan(again.value("auroc", "Mass", "sex=F"))
    assert (again.provenance, again.curves) == ({"seed": 0}, {"roc": {"Mass": [0, 1]}})


@pytest.mark.parametrize("text", ["", "{", "[]", '{"rows": []}', '{"provenance": {}}'])
def test_a_foreign_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "e.json").write_text(text)
    with pytest.raises(DataError, match=r"e\.json: not an evaluation|rows lack"):
        Evaluation.load(tmp_path / "e.json")


def test_rows_without_a_column_are_refused(rows: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="rows lack low, high"):
        Evaluation(rows.drop(columns=["low", "high"]))


@pytest.mark.parametrize("heatmap", [np.zeros(4), np.full((2, 2), 1.5), np.full((2, 2), -0.1), np.full((2, 2), np.nan)])
def test_a_heatmap_lies_in_the_unit_interval(heatmap: np.ndarray) -> None:
    assert Explanation("a", "Mass", np.eye(3, dtype=np.float32), "cam").heatmap.shape == (3, 3)
    with pytest.raises(DataError, match=r"Heatmap of a: expected \(H, W\) in \[0, 1\]"):
        Explanation("a", "Mass", heatmap.astype(np.float32), "cam")
