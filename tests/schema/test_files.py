"""Files that are whole or absent."""

import errno
import json
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hilum.schema.errors import DataError, HilumError, listed
from hilum.schema.files import (
    check_out_file,
    check_out_folder,
    replacing,
    without_nan,
    write_csv,
    write_json,
    write_table,
    write_text,
)

FullDisk = Callable[[int], AbstractContextManager[None]]


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


def test_where_a_file_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file.txt").touch()
    assert check_out_file(tmp_path / "new" / "deep" / "t.csv", (".csv", ".parquet")) == tmp_path / "new/deep/t.csv"
    assert check_out_file(tmp_path / "file.txt") == tmp_path / "file.txt"  # an old file is replaced
    assert check_out_file(tmp_path / "T.CSV", (".csv",)).name == "T.CSV"
    with pytest.raises(DataError, match=r"is a folder. Expected a file to write, such as .*out\.csv"):
        check_out_file(tmp_path, (".csv",))
    with pytest.raises(DataError, match=r"ends in '\.jpg'. Expected \.png: .*x\.png"):
        check_out_file(tmp_path / "x.jpg", (".png",))
    with pytest.raises(DataError, match=r"lies under .*file\.txt, which is no folder"):
        check_out_file(tmp_path / "file.txt" / "deep" / "t.csv")
    with pytest.raises(DataError, match="/dev/null: is no ordinary file"):
        check_out_file("/dev/null")
    assert [path.name for path in tmp_path.iterdir()] == ["file.txt"]  # nothing was made by asking


def test_where_a_folder_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file.txt").touch()
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    assert check_out_folder(tmp_path) == tmp_path
    assert check_out_folder(tmp_path / "new" / "deep") == tmp_path / "new" / "deep"
    monkeypatch.chdir(tmp_path)
    assert check_out_folder("out") == Path("out")
    for path, words in [("file.txt", "is a file"), ("file.txt/a", "lies under .*file.txt"), ("nowhere", "is a file")]:
        with pytest.raises(DataError, match=words):
            check_out_folder(path)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(DataError, match="must not be written to"):
        check_out_folder("out")


def test_a_full_disk_is_named_and_leaves_the_old_file(tmp_path: Path, full_disk: FullDisk) -> None:
    noise = np.random.default_rng(0).random(20_000)
    for name, write in {
        "a.csv": lambda path: write_csv(path, pd.DataFrame({"x": noise})),
        "a.json": lambda path: write_json(path, noise.tolist()),
        "a.parquet": lambda path: write_table(path, pd.DataFrame({"x": noise})),
    }.items():
        write_text(tmp_path / name, "old")
        with full_disk(4096), pytest.raises(DataError, match=rf"{name}: cannot be written: the disk is full\. Free"):
            write(tmp_path / name)
        assert (tmp_path / name).read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 3


def test_writers_with_errors_of_their_own_say_the_same_of_a_full_disk(tmp_path: Path, full_disk: FullDisk) -> None:
    import torch
    from safetensors.torch import save_file

    weights = {"weight": torch.rand(100_000)}
    for name, save in {"a.safetensors": save_file, "a.pt": torch.save}.items():
        full = pytest.raises(DataError, match=f"{name}: cannot be written: the disk is full")
        with full_disk(4096), full, replacing(tmp_path / name) as temporary:
            save(weights, temporary)
    assert not list(tmp_path.iterdir())


def test_a_path_that_cannot_be_is_named(tmp_path: Path) -> None:
    write_text(tmp_path / "file", "x")
    with pytest.raises(DataError, match=r"file/a\.txt: cannot be written: a file stands where a folder should"):
        write_text(tmp_path / "file" / "a.txt", "x")
    (tmp_path / "folder.txt").mkdir()
    with pytest.raises(DataError, match=r"folder\.txt: is a folder"):
        write_text(tmp_path / "folder.txt", "x")
    with pytest.raises(DataError, match="it must not be written to"), replacing(tmp_path / "b.txt"):
        raise PermissionError(errno.EACCES, "Permission denied")
    with pytest.raises(DataError, match=r"File name too long"):
        write_text(tmp_path / ("n" * 300), "x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.txt"]


def test_other_errors_of_a_block_stay_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), replacing(tmp_path / "b.txt"):
        raise ZeroDivisionError
