"""What every dataset asks of a folder: tables by any spelling, files by name, words that are not ours."""

from pathlib import Path

import pandas as pd
import pytest

from hilum.datasets.folder import Folder, read_table
from hilum.schema import DataError


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path, "nih14", "tables")


def test_finding_goes_by_the_order_of_the_patterns(folder: Folder) -> None:
    for name in ("b.csv", "a.csv", "z.txt"):
        (folder.root / name).touch()
    assert folder.find("z.txt", "*.csv") == folder.root / "z.txt"
    assert folder.find("*.csv") == folder.root / "a.csv"
    assert folder.find("none*") is None
    with pytest.raises(DataError, match=r"holds no none or no\.csv"):
        folder.need("none", "no.csv")


def test_files_are_found_by_stem_without_hidden_ones(folder: Folder) -> None:
    (folder.root / "one").mkdir()
    for name in ("x.PNG", "y.png", "._y.png", "note.txt", "z.jpg"):
        (folder.root / "one" / name).touch()
    found = folder.files("one", "two", suffixes=(".png",))
    assert found == {"x": str(folder.root / "one" / "x.PNG"), "y": str(folder.root / "one" / "y.png")}


def test_below_takes_the_first_place_that_has_the_file(folder: Folder) -> None:
    for place in ("first", "second"):
        (folder.root / place).mkdir()
    (folder.root / "second" / "a.png").touch()
    (folder.root / "second" / "b.png").touch()
    (folder.root / "first" / "b.png").touch()
    places = [folder.root / "none", folder.root / "first", folder.root / "second"]
    paths = folder.below(places, pd.Series(["a.png", "b.png", "c.png", None], dtype="str"))
    assert paths.fillna("-").tolist()[2:] == ["-", "-"]
    assert [Path(path).parent.name for path in paths[:2]] == ["second", "first"]
    assert folder.notes == ["2 of 4 image files are there."]


def test_words_that_are_none_of_ours_are_counted_by_value(folder: Folder) -> None:
    given = pd.Series([" Female", "m", "Unknown", "Unknown", None, ""], dtype="str")
    assert folder.words(given, {"female": "F", "m": "M"}, "sex").fillna("-").tolist() == ["F", "M", "-", "-", "-", "-"]
    assert folder.notes == ["2 of 6 images have a sex that counts as unknown: 'unknown' 2 times."]


def test_ages_that_cannot_be_read_are_counted(folder: Folder) -> None:
    given = pd.Series(["058Y", "6M", "-44", "old", "old", None], dtype="str")
    assert folder.ages(given).fillna(-1).tolist() == [58, 0.5, -1, -1, -1, -1]
    (note,) = folder.notes
    assert note == "3 of 6 ages cannot be read and count as not known: '-44' 1 times, 'old' 2 times."


def test_words_among_numbers_are_counted(folder: Folder) -> None:
    given = pd.Series(["1", " 2.5", "wide", "nan", None], dtype="str")
    assert folder.numbers(given, "a box's x0").fillna(-1).tolist() == [1, 2.5, -1, -1, -1]
    assert folder.notes == ["2 of 5 cells of a box's x0 are no numbers, so not known: 'wide' 1 times, 'nan' 1 times."]


def test_read_table_matches_names_without_punctuation_and_keeps_ids_as_text(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Image Index,Bbox [x,extra\n00052e83,1.5,9\n")
    table = read_table(path, {"image_id": ("image_index",), "x0": ("X", "bbox x")})
    assert table.to_dict("list") == {"image_id": ["00052e83"], "x0": [1.5]}


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe\x00", b'a,"b\n1,2'])
def test_what_is_no_table_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"t\.csv: "):
        read_table(path, {"image_id": ("a",), "other": ("b",)})
