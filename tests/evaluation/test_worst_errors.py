from dataclasses import replace
from typing import Any

import pytest

from hilum.evaluation.alignment import align
from hilum.evaluation.worst_errors import worst_errors


def test_the_worst_are_the_misses_ranked_lowest_and_the_alarms_ranked_highest(study: Any) -> None:
    predictions, cohort = study()
    table = worst_errors(align(predictions, cohort), most=2)
    assert len(table) == 2 * 2 * 3
    for finding, held in table.groupby("finding"):
        score = predictions.table[finding]
        missed, absent = score[cohort.labels[finding] == 1], score[cohort.labels[finding] == 0]
        assert sorted(held.probability[held.label == 1]) == pytest.approx(sorted(missed)[:2])
        assert sorted(held.probability[held.label == 0]) == pytest.approx(sorted(absent)[-2:])
        first = held[held.label == 1].iloc[0]
        assert first.outranked == pytest.approx((absent > first.probability).mean())
    assert table.outranked.is_monotonic_decreasing


def test_among_equals_every_finding_has_its_turn(study: Any) -> None:
    predictions, cohort = study()
    perfectly_wrong = replace(predictions, table=predictions.table.assign(**(1 - cohort.labels.clip(lower=0))))
    table = worst_errors(align(perfectly_wrong, cohort), most=2)
    alarms = table[table.label == 0]
    assert (alarms.outranked == 1).all()
    assert alarms.finding.iloc[: alarms.finding.nunique()].is_unique


def test_images_are_named_as_the_cohort_names_them(study: Any) -> None:
    predictions, cohort = study()
    row = worst_errors(align(predictions, cohort)).iloc[0]
    image = cohort.images.set_index("image_id").loc[row.image_id]
    assert image.patient_id == row.patient_id
    assert predictions.table.set_index("image_id").loc[row.image_id, row.finding] == row.probability
