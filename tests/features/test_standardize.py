import json

import numpy as np
import pandas as pd
import pytest

from hilum.features.standardize import Standardizer
from hilum.schema import DataError, Features, RunError

IDS = pd.Series([f"f{place}" for place in range(200)])


@pytest.fixture
def features() -> Features:
    generator = np.random.default_rng(3)
    values = generator.normal([5.0, -2.0, 0.0], [3.0, 0.1, 1.0], (200, 3))
    values[:, 2] = 7.0
    values[generator.random(200) < 0.2, 1] = np.nan
    values[199] = np.nan
    table = pd.DataFrame(values, columns=["a", "b", "c"])
    table.insert(0, "image_id", IDS)
    return Features(table)


def test_known_values_come_out_about_zero_with_spread_one(features: Features) -> None:
    scale = Standardizer.fit(features, IDS)
    values = scale.apply(features, IDS)[:199]
    known = ~np.isnan(features.table.b[:199])
    assert scale.flagged == ("b",)
    assert scale.columns == values.shape[1] == 4
    np.testing.assert_allclose([values[:, 0].mean(), values[known, 1].mean()], 0, atol=1e-5)
    np.testing.assert_allclose([values[:, 0].std(), values[known, 1].std()], 1, atol=1e-4)
    assert not values[:, 2].any()
    assert not values[~known, 1].any()
    assert np.array_equal(values[:, 3] == 1, ~known)


def test_a_image_without_features_stays_unknown(features: Features) -> None:
    scale = Standardizer.fit(features, IDS)
    assert np.isnan(scale.apply(features, pd.Series(["f199", "elsewhere"]))).all()


def test_only_the_images_named_are_learnt_from(features: Features) -> None:
    far = features.table.assign(a=features.table.a.where(features.table.index < 100, 1e6))
    assert Standardizer.fit(Features(far), IDS[:100]) == Standardizer.fit(features, IDS[:100])
    assert np.nanmax(Standardizer.fit(features, IDS[:100]).apply(Features(far), IDS)) == 8.0


def test_it_survives_json_and_a_new_order_of_columns(features: Features) -> None:
    scale = Standardizer.fit(features, IDS)
    again = Standardizer.from_json(json.loads(json.dumps(scale.to_json())))
    assert again == scale
    turned = Features(features.table[["image_id", "c", "b", "a"]])
    np.testing.assert_array_equal(again.apply(turned, IDS), scale.apply(features, IDS))


def test_what_is_not_there_is_said(features: Features) -> None:
    scale = Standardizer.fit(features, IDS)
    with pytest.raises(DataError, match=r"1 of the 3 columns .*: b"):
        scale.apply(Features(features.table.drop(columns="b")), IDS)
    with pytest.raises(DataError, match="None of the 1 images"):
        Standardizer.fit(features, pd.Series(["elsewhere"]))
    with pytest.raises(RunError, match="columns"):
        Standardizer.from_json({})
