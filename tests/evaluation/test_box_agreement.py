"""Agreement of readers' boxes, by hand."""

import pandas as pd
import pytest

from hilum.evaluation.box_agreement import box_agreement
from hilum.schema import Boxes, Cohort, DataError

COLUMNS = ["image_id", "finding", "x0", "y0", "x1", "y1", "reader"]


def cohort(rows: list[tuple[object, ...]], readers: list[int]) -> Cohort:
    ids = [f"i{place}" for place in range(len(readers))]
    images = pd.DataFrame({"image_id": ids, "patient_id": ids, "readers": readers})
    return Cohort("drawn", images, boxes=Boxes(pd.DataFrame(rows, columns=COLUMNS)))


def test_pairs_of_readers_by_hand() -> None:
    # i0: two of three readers mean the same place (1 partner in 3 pairs), the third drew elsewhere: 2 * 1 / (3 * 2)
    # i1: one of two drew, the other nothing: 0 / 1; i2: a single reader, no pair
    rows = [
        ("i0", "Mass", 0, 0, 10, 10, "R1"), ("i0", "Mass", 1, 0, 11, 10, "R2"), ("i0", "Mass", 50, 50, 60, 60, "R3"),
        ("i1", "Mass", 0, 0, 10, 10, "R1"), ("i2", "Mass", 0, 0, 10, 10, "R1"), ("i2", "Nodule", 0, 0, 9, 9, "R1"),
    ]  # fmt: skip
    table = box_agreement(cohort(rows, [3, 2, 1]), replicates=50)
    assert table.finding.tolist() == ["Mass"]  # of Nodule no image with two readers bears a box
    assert table.agreement.iloc[0] == pytest.approx(2 / (6 + 1))
    assert (table.images.iloc[0], table.boxes.iloc[0]) == (3, 5)
    assert table.low.iloc[0] <= table.agreement.iloc[0] <= table.high.iloc[0]


def test_equal_readers_agree_fully_and_each_box_has_one_partner() -> None:
    rows = [("i0", "Mass", 0, 0, 10, 10, "R1"), ("i0", "Mass", 0, 0, 10, 10, "R2")]
    assert box_agreement(cohort(rows, [2]), replicates=5).agreement.tolist() == [1]
    rows.append(("i0", "Mass", 0, 1, 10, 10, "R2"))
    assert box_agreement(cohort(rows, [2]), replicates=5).agreement.tolist() == pytest.approx([2 / 3])


def test_who_drew_must_be_known() -> None:
    whole = cohort([("i0", "Mass", 0, 0, 10, 10, "R1")], [1])
    assert whole.boxes is not None
    nameless = Cohort("drawn", whole.images, boxes=Boxes(whole.boxes.table.drop(columns="reader")))
    with pytest.raises(DataError, match="does not say who drew"):
        box_agreement(nameless)
