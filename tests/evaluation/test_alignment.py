from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hilum.evaluation.alignment import align
from hilum.schema import Cohort, DataError, LabelPredictions
from hilum.schema.split import split_hash


def test_rows_meet_by_image_id_not_by_place(study: Any) -> None:
    predictions, cohort = study()
    shuffled = LabelPredictions(predictions.table.sample(frac=1, random_state=0))
    first, second = align(predictions, cohort), align(shuffled, cohort)
    back = [second.images.image_id.tolist().index(name) for name in first.images.image_id]
    assert (second.present[back] == first.present).all()
    assert (second.score[back] == first.score).all()
    assert first.account == second.account


def test_all_that_is_left_out_is_counted(study: Any) -> None:
    predictions, cohort = study()
    table = predictions.table.drop(columns="Hernia").assign(Mass=0.5).iloc[30:].copy()
    table.loc[table.index[:4], "image_id"] = ["a", "b", "c", "d"]
    aligned = align(LabelPredictions(table), cohort, split="val")
    assert aligned.account["left_out"] == {
        "predictions_not_in_cohort": 4,
        "predictions_of_other_splits": int((cohort.images.split == "test")[34:].sum()),
        "cohort_images_without_prediction": 0,
        "unreadable_images": 0,
        "predictions_not_asked_for": 0,
    }
    assert aligned.account["images"] == len(aligned) == int((cohort.images.split == "val").sum())
    assert aligned.account["findings_not_labeled"] == ["Mass"]
    assert aligned.account["findings_not_predicted"] == ["Hernia"]
    assert aligned.account["split_hash"] == split_hash(cohort)


def test_without_a_split_every_row_counts_whatever_its_side(study: Any) -> None:
    predictions, cohort = study()
    account = align(predictions, cohort).account
    assert account["images"] == 240
    assert account["images_by_split"] == {"test": 120, "val": 120}


def test_labels_that_say_nothing_are_left_out_and_counted(study: Any) -> None:
    predictions, cohort = study()
    labels, table = cohort.labels.copy(), predictions.table.copy()
    labels.iloc[:5, 0], labels.iloc[5:8, 0], table.loc[8:9, "Effusion"] = -1, np.nan, np.nan
    aligned = align(LabelPredictions(table), replace(cohort, labels=labels))
    counts = aligned.account["findings"]["Effusion"]
    assert (counts["uncertain"], counts["not_mentioned"], counts["no_probability"]) == (5, 3, 2)
    assert counts["present"] + counts["absent"] == 230 == len(aligned.known(0))
    assert np.isnan(aligned.score[:10, 0]).all()
    assert not np.isnan(aligned.score[:, 1:]).any()


def test_synonyms_meet(study: Any) -> None:
    predictions, cohort = study()
    renamed = LabelPredictions(predictions.table.rename(columns={"Effusion": "Pleural Effusion"}))
    assert align(renamed, cohort).findings.names == ("Pleural Effusion", "Edema", "Hernia")


def test_a_finding_of_which_no_image_has_a_probability_is_not_predicted(study: Any) -> None:
    predictions, cohort = study()
    aligned = align(replace(predictions, table=predictions.table.assign(Edema=np.nan)), cohort)
    assert list(aligned.findings) == ["Effusion", "Hernia"]
    assert aligned.account["findings_not_predicted"] == ["Edema"]
    assert aligned.account["findings_not_labeled"] == []


def test_strangers_are_refused_by_name(study: Any) -> None:
    predictions, cohort = study()
    with pytest.raises(DataError, match=r"predictions name x0, x1 and 238 more"):
        align(LabelPredictions(predictions.table.assign(image_id=[f"x{place}" for place in range(240)])), cohort)
    with pytest.raises(DataError, match="share no finding"):
        align(predictions, Cohort("drawn", cohort.images))
