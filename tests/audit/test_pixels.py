"""The messages of copies, on tables alone; what images show is tested through `check`."""

import pandas as pd

from hilum.audit.issue import SEVERITIES
from hilum.audit.pixels import GRAVE_FLAGS, pixel_issues
from hilum.audit.quality import FLAGS, MEASURES
from hilum.schema import Cohort


def test_grave_flags_are_flags() -> None:
    assert set(FLAGS) >= GRAVE_FLAGS


def images(count: int) -> pd.DataFrame:
    ids = [str(row) for row in range(count)]
    table = pd.DataFrame(
        {"source": 0, "cohort": "some", "image_id": ids, "patient_id": ids, "split": None, "path": ids, "failure": None}
    )
    table[["width", "height", "table_width", "table_height"]] = 256.0
    table[list(MEASURES)] = 0.5
    table[list(FLAGS)] = False
    return table


def test_pairs_are_counted_and_so_are_the_exact_ones() -> None:
    held = Cohort("some", images(4)[["image_id", "patient_id"]])
    pairs = pd.DataFrame({"first": [0, 2], "second": [1, 3], "kind": ["exact", "near"]})
    pairs = pairs.assign(distance=0, correlation=1.0, moved=0.0)
    within, apart = pixel_issues([held], images(4), pairs)
    assert (within.code, within.count) == ("copies_within", 2)
    assert "2, 1 of them with the same pixels" in within.message
    assert apart.code == "copies_of_two_patients"
    assert {within.severity, apart.severity} <= set(SEVERITIES)


def test_no_pair_no_issue() -> None:
    held = Cohort("some", images(2)[["image_id", "patient_id"]])
    none = pd.DataFrame({"first": [], "second": [], "kind": []}, dtype="int64")
    none = none.assign(distance=0, correlation=1.0, moved=0.0)
    assert list(pixel_issues([held], images(2), none)) == []
