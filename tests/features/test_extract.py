from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hilum.datasets import datasets
from hilum.features import extract, feature_sets
from hilum.features.alone import is_alone
from hilum.schema import Cohort, ConfigError, Features


def test_every_feature_set_gives_one_row_a_image_in_order(cohort: Cohort) -> None:
    of_tables = [name for name in feature_sets if not is_alone(feature_sets[name])]
    assert set(of_tables) == {"demographics", "history", "visits"}
    for name in of_tables:
        features = feature_sets[name](cohort)
        assert isinstance(features, Features)
        assert features.table.image_id.tolist() == cohort.images.image_id.tolist(), name
        assert features.names, name
        assert feature_sets.summary(name).endswith((".", ":")), name


def test_sets_that_look_at_images_alone_are_not_given_others(cohort: Cohort) -> None:
    of_images = [name for name in feature_sets if is_alone(feature_sets[name])]
    assert {"lbp", "hog", "gray", "lung_shape", "lung_map", "stored", "attention"} == set(of_images)
    few = cohort.where(np.arange(len(cohort)) < 3, "Three")
    features = extract(few, ["hog"], {"hog": {"size": 32}})
    assert features.table.image_id.tolist() == few.images.image_id.tolist()
    assert features.table.hog_0000.isna().all()  # none has a file
    assert set(features.failures) == set(few.images.image_id)


def test_sets_stand_side_by_side_with_their_options(cohort: Cohort) -> None:
    both = extract(cohort, ["demographics", "visits"], {"visits": {"last": 2}})
    alone = (feature_sets["demographics"](cohort), feature_sets["visits"](cohort, last=2))
    assert both.names == alone[0].names + alone[1].names


def test_images_that_were_left_out_are_remembered(cohort: Cohort) -> None:
    late = cohort.where(cohort.images.sequence >= 6, "Late")
    chosen = late.where(late.images.sequence < 11, "Not the last")
    assert chosen.whole is cohort
    features = extract(chosen, ["demographics", "history"])
    expected = extract(cohort, ["demographics", "history"]).table.set_index("image_id").loc[chosen.images.image_id]
    pd.testing.assert_frame_equal(features.table.set_index("image_id"), expected)
    assert features.table.visits.mean() > 1


@pytest.mark.parametrize(
    ("sets", "options", "words"),
    [
        (["histories"], {}, "history"),
        (["history"], {"history": {"decay": 1}}, "decays"),
        (["history"], {"visits": {}}, "visits"),
        ([], {}, "Expected"),
    ],
    ids=str,
)
def test_wrong_names_are_answered_with_right_ones(cohort: Cohort, sets: list, options: dict, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        extract(cohort, sets, options)


@pytest.mark.real
def test_the_whole_nih_table(real_data: Path) -> None:
    cohort = datasets["nih14"](real_data / "nih")
    features = extract(cohort, ["demographics", "history"])
    assert len(features) == 112_120
    first = cohort.images.sequence == cohort.images.groupby("patient_id").sequence.transform("min")
    assert first.sum() == 30_805
    assert not features.table.loc[first.to_numpy(), "visits"].any()
    assert features.table.loc[~first.to_numpy(), "visits"].gt(0).all()
