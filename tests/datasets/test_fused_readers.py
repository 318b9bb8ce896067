"""Readers' boxes as one truth: the mean of those that mean the same place."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from hilum.datasets import datasets
from hilum.datasets.folder import Folder
from hilum.datasets.fused_readers import fused_readers
from hilum.schema import Boxes, ConfigError

ROWS = [
    ("a", "Mass", 0, 0, 10, 10, "R1"), ("a", "Mass", 2, 0, 12, 10, "R2"), ("a", "Mass", 0, 0, 10, 9, "R1"),
    ("a", "Mass", 50, 50, 60, 60, "R3"), ("b", "Mass", 0, 0, 10, 10, "R1"), ("b", "Nodule", 0, 0, 10, 10, "R2"),
]  # fmt: skip


def fused(folder: Path, **how: bool) -> pd.DataFrame:
    table = pd.DataFrame(ROWS, columns=["image_id", "finding", "x0", "y0", "x1", "y1", "reader"])
    return fused_readers(Boxes(table), pd.Series({"a": 3, "b": 1}), Folder(folder, "x", "y").note, **how).table


def test_overlapping_boxes_of_different_readers_become_their_mean(tmp_path: Path) -> None:
    table = fused(tmp_path, majority=False)
    assert table[["image_id", "finding", "x0", "x1", "readers"]].to_numpy().tolist() == [
        ["a", "Mass", 1, 11, 2], ["a", "Mass", 50, 60, 1], ["a", "Mass", 0, 10, 1],
        ["b", "Mass", 0, 10, 1], ["b", "Nodule", 0, 10, 1],
    ]  # fmt: skip  # a reader's second box there is its own place; findings stay apart


def test_the_majority_is_of_those_who_read_the_image(tmp_path: Path) -> None:
    table = fused(tmp_path, majority=True)
    assert table.image_id.tolist() == ["a", "b", "b"]
    assert table.readers.tolist() == [2, 1, 1]


def test_vindr_asks_for_them(owners_folder: Callable[[str], Path]) -> None:
    root = owners_folder("vindr_cxr")
    cohort = datasets["vindr_cxr"](root, boxes="fused")
    assert cohort.boxes is not None
    assert cohort.boxes.table.readers.max() == 2
    assert any("boxes of readers are fused to 3" in note for note in cohort.notes)
    with pytest.raises(ConfigError, match="no boxes 'all'"):
        datasets["vindr_cxr"](root, boxes="all")
