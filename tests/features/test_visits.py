from collections.abc import Callable

import numpy as np
import pytest

from hilum.features.visits import FACTS, visits
from hilum.schema import Cohort, ConfigError


def test_visits_stand_oldest_first_and_empty_ones_are_zero(cohort: Cohort, seen_by: Callable[..., list]) -> None:
    features = visits(cohort, last=4)
    values = features.aligned(cohort.images.image_id).reshape(len(cohort), 4, len(FACTS) + 3)
    assert features.names[:6] == (*(f"visit4_{name}" for name in FACTS), "visit4_Mass")
    for image, seen in enumerate(seen_by(cohort)):
        shown = (seen or [])[-4:]
        assert values[image, :, 0].tolist() == [0.0] * (4 - len(shown)) + [1.0] * len(shown)
        assert not values[image, : 4 - len(shown)].any()
        for row, images in zip(values[image, 4 - len(shown) :], shown, strict=True):
            labels = (cohort.labels.iloc[images] == 1).any().to_numpy()
            ago = np.log1p(cohort.images.sequence[image] - cohort.images.sequence[images[0]]) / 5
            assert row[1] == (not labels.any())
            assert row[4] == pytest.approx(ago)
            assert row[5:].tolist() == labels.astype(float).tolist()


def test_no_value_is_missing(cohort: Cohort) -> None:
    assert not visits(cohort, last=3).table.isna().any().any()


def test_no_visit_at_all_is_refused(cohort: Cohort) -> None:
    with pytest.raises(ConfigError, match="Expected 1 or more"):
        visits(cohort, last=0)
