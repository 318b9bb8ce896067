import hashlib

import pandas as pd
import pytest

from hilum.audit import owners
from hilum.audit.owners import owners_split
from hilum.schema import Cohort

SIDES = {"train": ["a", "b", "c"], "test": ["d"]}


@pytest.fixture(autouse=True)
def a_known_owner(monkeypatch) -> None:
    lists = {
        side: (len(ids), hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()) for side, ids in SIDES.items()
    }
    monkeypatch.setitem(owners.SPLITS, "known", lists)


def cohort(name: str = "known", **sides: list[str]) -> Cohort:
    rows = [(image_id, image_id, side) for side, ids in sides.items() for image_id in ids]
    return Cohort(name, pd.DataFrame(rows, columns=["image_id", "patient_id", "split"]))


def codes(held: Cohort) -> list[str]:
    return [issue.code for issue in owners_split(held)[1]]


def test_the_owners_lists_in_any_order_are_the_owners() -> None:
    same, (note,) = owners_split(cohort(test=["d"], train=["c", "a", "b"]))
    assert same is True
    assert note.severity == "note"
    assert "3 train and 1 test" in note.message


def test_a_validation_side_counts_with_the_training_side() -> None:
    assert owners_split(cohort(train=["a", "c"], val=["b"], test=["d"]))[0] is True


def test_a_part_of_the_lists_is_a_warning() -> None:
    same, (issue,) = owners_split(cohort(train=["a", "b"], test=["d"]))
    assert same is False
    assert (issue.severity, issue.code, issue.count) == ("warning", "split_incomplete", 1)


def test_as_many_images_but_others_is_an_error() -> None:
    assert codes(cohort(train=["a", "b", "d"], test=["c"])) == ["split_changed", "split_changed"]


def test_nothing_is_said_of_an_unknown_owner() -> None:
    assert owners_split(cohort("mine", train=["a"])) == (None, [])


def test_the_known_digests_are_whole() -> None:
    assert owners.SPLITS["nih14"]["train"][0] + owners.SPLITS["nih14"]["test"][0] == 112_120
    assert all(len(digest) == 64 for sides in owners.SPLITS.values() for _, digest in sides.values())
