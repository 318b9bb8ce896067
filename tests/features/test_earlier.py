from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

from hilum.features.earlier import timeline
from hilum.schema import Cohort, Findings

LIMITS = [
    dict(zip(("skip_previous", "strictly_younger"), chosen, strict=True)) for chosen in product((False, True), repeat=2)
]


@pytest.mark.parametrize("limits", LIMITS, ids=str)
def test_each_image_sees_the_visits_that_plain_loops_find(
    cohort: Cohort, seen_by: Callable[..., list], limits: dict[str, bool]
) -> None:
    past = timeline(cohort, **limits)
    lengths = set()
    for image, expected in enumerate(seen_by(cohort, **limits)):
        visit = past.visit[image]
        if expected is None:
            assert visit == -1
            continue
        assert past.count[visit] == len(expected)
        lengths.add(len(expected))
        for steps, rows in enumerate(reversed(expected), start=1):
            place, there = past.back(steps)
            assert there[visit]
            assert past.present[place[visit]] == pytest.approx((cohort.labels.iloc[rows] == 1).any().astype(float))
            assert past.sequence[place[visit]] == cohort.images.sequence[rows[0]]
        assert not past.back(len(expected) + 1)[1][visit]
    assert len(lengths) > 2


def test_images_of_one_visit_do_not_see_each_other() -> None:
    images = pd.DataFrame({"image_id": list("abc"), "patient_id": "p", "sequence": [1, 1, 2]})
    past = timeline(Cohort("drawn", images, pd.DataFrame({"Mass": [1.0, 0.0, 0.0]})))
    assert past.count[past.visit].tolist() == [0, 0, 1]
    assert past.total(past.present)[past.visit, 0].tolist() == [0, 0, 1]


def test_unknown_ages_hide_rather_than_show() -> None:
    images = pd.DataFrame({"image_id": list("abcd"), "patient_id": "p", "sequence": range(4)})
    ages = {"known": [50, 51, 52, 53], "before": [50, np.nan, 52, 53], "own": [50, 51, 52, np.nan]}
    seen = {}
    for name, years in ages.items():
        past = timeline(Cohort("drawn", images.assign(age_years=years)), strictly_younger=True)
        seen[name] = past.count[past.visit[3]]
    assert seen == {"known": 3, "before": 1, "own": 0}


def test_uncertain_and_unmentioned_labels_count_as_asked() -> None:
    images = pd.DataFrame({"image_id": list("ab"), "patient_id": "p", "sequence": [0, 1]})
    cohort = Cohort("drawn", images, pd.DataFrame({"Mass": [-1.0, 0.0], "Edema": [np.nan, 0.0]}))
    assert timeline(cohort, uncertain=0.3).present[0].tolist() == [0.3, 0.0]


def test_findings_are_found_under_their_synonyms(cohort: Cohort) -> None:
    renamed = replace(cohort, labels=cohort.labels.rename(columns={"Edema": "Pulmonary Edema"}))
    chosen = Findings(("Edema", "Effusion"))
    assert np.array_equal(timeline(renamed, findings=chosen).present, timeline(cohort, findings=chosen).present)


def test_no_sequence_number_no_history() -> None:
    past = timeline(Cohort("drawn", pd.DataFrame({"image_id": ["a", "b"], "patient_id": ["p", "p"]})))
    assert len(past) == 0
    assert past.visit.tolist() == [-1, -1]
