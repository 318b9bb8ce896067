"""Joining cohorts: on what they share, with what each lost counted."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hilum.schema import Boxes, Cohort, ConfigError, DataError, Findings
from hilum.schema.join import join


@pytest.fixture
def other() -> Cohort:
    images = pd.DataFrame({"image_id": ["a0", "q0"], "patient_id": ["a", "q"], "split": ["test", "train"], "ward": "W"})
    labels = pd.DataFrame({"Fracture": [1, 1], "Pleural effusion": [1, np.nan]})
    corners = {"x0": 1, "y0": 1, "x1": 9, "y1": 9}
    boxes = pd.DataFrame({"image_id": ["a0", "q0"], "finding": ["Pleural effusion", "Fracture"], **corners})
    return Cohort("other", images, labels, boxes=Boxes(boxes), notes=("Drawn too.",))


def test_rows_labels_and_ids(cohort: Cohort, other: Cohort) -> None:
    whole = join([cohort, other])
    assert whole.name == "drawn+other"
    assert whole.images.image_id.tolist() == ["drawn:a0", "drawn:a1", "drawn:b0", "drawn:c0", "other:a0", "other:q0"]
    assert whole.images.source.tolist() == ["drawn"] * 4 + ["other"] * 2
    assert whole.patients == 5  # the two patients a are two people, on two sides
    assert list(whole.findings) == ["Effusion"]
    assert whole.labels["Effusion"].fillna(9).tolist() == [1, 0, -1, 9, 1, 9]
    assert whole.images.ward.fillna("-").tolist() == ["-"] * 4 + ["W"] * 2
    assert whole.images.study_id.isna().all()


def test_boxes_and_masks_follow_under_the_shared_name(cohort: Cohort, other: Cohort) -> None:
    whole = join([cohort, other])
    assert whole.boxes is not None
    assert whole.boxes.table[["image_id", "finding"]].to_numpy().tolist() == [
        ["drawn:a0", "Effusion"],
        ["other:a0", "Effusion"],
    ]
    assert whole.masks is not None
    assert whole.masks.image_id.tolist() == ["drawn:a0", "drawn:b0"]


def test_what_was_lost_is_counted(cohort: Cohort, other: Cohort) -> None:
    assert join([cohort, other]).notes == (
        "drawn: Drawn for a test.",
        "drawn: 1 of 2 findings are left out, with 1 labels of present: Mass.",
        "drawn: 1 of 2 boxes are left out with their findings.",
        "other: Drawn too.",
        "other: 1 of 2 findings are left out, with 2 labels of present: Fracture.",
        "other: 1 of 2 boxes are left out with their findings.",
    )


def test_asking_for_findings_leaves_silence_missing(cohort: Cohort, other: Cohort) -> None:
    whole = join([cohort, other], findings=Findings(("Mass", "Effusion")), name="both")
    assert whole.name == "both"
    assert whole.labels["Mass"].fillna(9).tolist() == [0, 1, 0, 0, 9, 9]
    assert "other: silent on 1 of 2 findings: Mass." in whole.notes
    assert not any(note.startswith("drawn: 1 of 2 findings") for note in whole.notes)


def test_chosen_rows_remember_the_whole(cohort: Cohort, other: Cohort) -> None:
    assert join([cohort, other]).whole is None
    part = join([cohort.split("train"), other])
    assert part.images.image_id.tolist() == ["drawn:a0", "drawn:a1", "other:a0", "other:q0"]
    assert part.whole is not None
    assert part.whole.images.image_id.equals(join([cohort, other]).images.image_id)


def test_order_of_cohorts_changes_order_only(cohort: Cohort, other: Cohort) -> None:
    there, back = join([cohort, other]), join([other, cohort])
    assert list(back.findings) == ["Pleural effusion"]
    first = there.labels.set_index(there.images.image_id)["Effusion"].sort_index()
    second = back.labels.set_index(back.images.image_id)["Pleural effusion"].sort_index()
    assert np.array_equal(first, second, equal_nan=True)


def test_refusals(cohort: Cohort, other: Cohort) -> None:
    with pytest.raises(ConfigError, match="Expected two or more, each of its own name"):
        join([cohort])
    with pytest.raises(ConfigError, match="Cohorts to join: drawn, drawn"):
        join([cohort, cohort])
    stranger = replace(other, labels=other.labels[["Fracture"]])
    with pytest.raises(DataError, match=r"share no finding\. .*drawn: Effusion, Mass; other: Fracture"):
        join([cohort, stranger])
