"""Files that are whole or absent."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hilum.schema.errors import DataError, HilumError, listed
from hilum.schema.files import replacing, without_nan, write_json, write_table, write_text


def interrupted(path: Path) -> None:
    with replacing(path) as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt


def test_a_block_that_fails_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        interrupted(path)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept.txt"]


def test_nothing_is_there_before_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deep" / "file.bin"
    with replacing(path) as temporary:
        assert temporary.parent == path.parent  # a rename across file systems would not be whole
        assert temporary.suffix == ".bin"
        temporary.write_bytes(b"x")
        assert not path.exists()
    assert path.read_bytes() == b"x"


def test_a_written_file_is_readable_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    write_text(tmp_path / "ours", "é")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode
    assert (tmp_path / "ours").read_bytes() == "é".encode()


def test_json_has_no_nan(tmp_path: Path) -> None:
    value = {"a": float("nan"), "b": [np.float32(0.5), np.int64(2), float("inf")], 3: (None, True, "NaN")}
    write_json(tmp_path / "v.json", value)
    text = (tmp_path / "v.json").read_text()
    assert json.loads(text) == {"a": None, "b": [0.5, 2, None], "3": [None, True, "NaN"]}
    assert text.endswith("}\n")
    with pytest.raises(TypeError):
        write_json(tmp_path / "v.json", {"a": object()})
    assert json.loads((tmp_path / "v.json").read_text())["b"] == [0.5, 2, None]
    assert os.listdir(tmp_path) == ["v.json"]  # noqa: PTH208


def test_without_nan_leaves_other_values_alone() -> None:
    assert without_nan({"deep": [{"x": float("-inf")}]}) == {"deep": [{"x": None}]}
    assert without_nan(np.bool_(True)) is True


def test_tables_keep_their_attributes_and_lose_their_index(tmp_path: Path) -> None:
    table = pd.DataFrame({"x": [1, 2]}, index=[5, 6])
    table.attrs = {"provenance": {"seed": 1}}
    write_table(tmp_path / "t.parquet", table)
    again = pd.read_parquet(tmp_path / "t.parquet")
    assert again.index.tolist() == [0, 1]
    assert again.attrs == {"provenance": {"seed": 1}}


def test_listed() -> None:
    assert listed([]) == ""
    assert listed(range(5)) == "0, 1, 2, 3, 4"
    assert listed(range(7)) == "0, 1, 2, 3, 4 and 2 more"


def test_every_error_is_ours() -> None:
    from hilum import schema

    errors = [value for name, value in vars(schema).items() if name.endswith("Error")]
    assert len(errors) == 6
    assert all(issubclass(error, HilumError) for error in errors)
    assert not issubclass(DataError, ValueError)
