import numpy as np
import pandas as pd
import pytest

from hilum.features.demographics import demographics
from hilum.schema import Cohort, ConfigError

IMAGES = pd.DataFrame(
    {
        "image_id": list("abcd"),
        "patient_id": list("abcd"),
        "age_years": [0.5, 39.9, 130.0, np.nan],
        "sex": ["F", "M", None, "F"],
        "view": ["PA", "AP", "LATERAL", None],
    }
)


def test_facts_become_columns_and_unknown_ones_stay_unknown() -> None:
    table = demographics(Cohort("drawn", IMAGES), bucket_years=20).table.set_index("image_id")
    assert list(table) == [
        "age_years", "age_0", "age_20", "age_40", "age_60", "age_80", "age_100", "sex_female", "view_ap", "view_lateral"
    ]  # fmt: skip
    buckets = table.filter(regex="age_[0-9]")
    assert buckets.loc["a":"c"].sum(axis=1).tolist() == [1, 1, 1]
    assert buckets.loc["a":"c"].idxmax(axis=1).tolist() == ["age_0", "age_20", "age_100"]
    assert table.loc["d", ["age_years", "age_0", "view_ap"]].isna().all()
    assert table.sex_female.tolist()[:2] == [1, 0]
    assert np.isnan(table.sex_female["c"])
    assert table.view_lateral.tolist()[:3] == [0, 0, 1]


@pytest.mark.parametrize(("age", "columns"), [("years", 1), ("buckets", 11), ("both", 12)])
def test_age_comes_as_asked(age: str, columns: int) -> None:
    names = demographics(Cohort("drawn", IMAGES), age=age).names
    assert sum(name.startswith("age") for name in names) == columns


def test_only_the_facts_that_are_asked_for() -> None:
    images = Cohort("drawn", IMAGES)
    assert demographics(images, facts=("sex",)).names == ("sex_female",)
    assert demographics(images, facts=("view", "age"), age="years").names == ("age_years", "view_ap", "view_lateral")


@pytest.mark.parametrize(
    "wrong", [{"age": "decades"}, {"facts": ()}, {"facts": ("race",)}, {"bucket_years": 0.1}], ids=str
)
def test_what_does_not_exist_is_refused(wrong: dict) -> None:
    with pytest.raises(ConfigError, match="Expected"):
        demographics(Cohort("drawn", IMAGES), **wrong)
