"""Features: aligned by id, joined side by side, whole on disk."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hilum.schema import DataError, Features


@pytest.fixture
def features() -> Features:
    return Features(pd.DataFrame({"age": [60, 33], "image_id": ["a", "b"], "texture": [0.5, np.nan]}))


def test_columns_are_float32_and_keep_their_order(features: Features) -> None:
    assert features.names == ("age", "texture")
    assert set(features.table[["age", "texture"]].dtypes) == {np.dtype("float32")}
    assert len(features) == 2


def test_aligned_leaves_gaps_where_nothing_is_known(features: Features) -> None:
    values = features.aligned(pd.Series(["b", "z", "a", "a"]))
    assert values.shape == (4, 2)
    assert values.dtype == np.float32
    assert values[:, 0][[0, 2, 3]].tolist() == [33, 60, 60]
    assert np.isnan(values[1]).all()


def test_joined_keeps_the_first_ones_rows(features: Features) -> None:
    other = Features(pd.DataFrame({"image_id": ["b", "c"], "sex": [1, 0]}))
    both = features.joined(other)
    assert both.names == ("age", "texture", "sex")
    assert both.table.image_id.tolist() == ["a", "b"]
    assert both.table.sex.fillna(-1).tolist() == [-1, 1]


def test_save_and_load(tmp_path: Path, features: Features) -> None:
    features.save(tmp_path / "f.parquet")
    assert Features.load(tmp_path / "f.parquet").table.equals(features.table)
    (tmp_path / "f.parquet").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"f\.parquet: not a readable Parquet table"):
        Features.load(tmp_path / "f.parquet")


def test_refusals() -> None:
    with pytest.raises(DataError, match="lack the column image_id"):
        Features(pd.DataFrame({"age": [1]}))
    with pytest.raises(DataError, match="image ids twice: a"):
        Features(pd.DataFrame({"image_id": ["a", "a"], "age": [1, 2]}))
