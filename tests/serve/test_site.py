from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from hilum.datasets import datasets
from hilum.schema import DataError, Predictions
from hilum.serve import feedback
from hilum.serve.door import Door
from hilum.serve.settings import Settings
from hilum.serve.site import consensus, export_site


def test_most_readers_decide_and_even_ones_are_uncertain() -> None:
    table = pd.DataFrame({"image_id": list("aaabbc"), "reader": list("xyzxyx"), "Mass": [1, 1, 0, 1, 0, None]})
    assert consensus(table)["Mass"].tolist()[:2] == ["present", "uncertain"]
    assert consensus(table)["Mass"].isna().tolist() == [False, False, True]


def test_feedback_is_a_dataset_as_any_other(
    door: Door, send: Callable[..., Any], dicom: Any, read_all: Callable[[], int], tmp_path: Path
) -> None:
    ids = [send(dicom(seed=seed)).image_id for seed in range(2)]
    assert read_all() == 2
    for image_id, agrees in zip(ids, (True, False), strict=True):
        feedback.give(door.database, door.settings.folder, image_id, "Mass", reader="A", agrees=agrees)
    assert export_site(door.settings, tmp_path / "site") == 2
    cohort = datasets["table"](tmp_path / "site")
    assert dict(zip(cohort.images.image_id, cohort.labels["Mass"], strict=True)) == {ids[0]: 1, ids[1]: 0}
    assert cohort.patients == 1
    assert all(Path(path).is_file() for path in cohort.images.path)
    assert set(Predictions.load(tmp_path / "site" / "predictions.csv").table.image_id) == set(ids)
    assert "SECRET" not in (tmp_path / "site" / "images.csv").read_text()


def test_where_nobody_spoke_there_is_no_dataset(door: Door, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no reader"):
        export_site(door.settings, tmp_path / "site")
    with pytest.raises(DataError, match="no server's folder"):
        export_site(Settings(folder=tmp_path / "none"), tmp_path / "site")
    assert not (tmp_path / "site").exists()
