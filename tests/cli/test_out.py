"""Where a command writes is asked before its work; a name's ending says what is written."""

from pathlib import Path

import pandas as pd
import pytest
from tests.cli.conftest import Hilum

FILES = {
    "augment": (("no-such-recipe", "ROOT"), ".html"),
    "predict": (("RUN", "nih14", "ROOT"), ".parquet"),
    "explain": (("RUN", "IMAGE"), ".png"),
    "fuse": (("A.parquet", "B.parquet"), ".parquet"),
    "features": (("nih14", "ROOT"), ".parquet"),
}
FOLDERS = {
    "evaluate": ("A.parquet", "nih14", "ROOT"),
    "compare": ("A.parquet", "B.parquet", "--dataset", "nih14", "--root", "ROOT"),
    "ensemble": ("RUN", "RUN"),
    "train": ("no-such-recipe", "--root", "ROOT"),
}


@pytest.mark.parametrize("command", FILES)
@pytest.mark.parametrize("place", ["folder", "under a file", "another ending", "no ending"])
def test_a_file_that_cannot_be_is_refused_before_the_work(
    hilum: Hilum, tmp_path: Path, command: str, place: str
) -> None:
    """Nothing of what the command reads is there, so that only what comes before the work can speak."""
    words, ending = FILES[command]
    (tmp_path / "file").touch()
    (tmp_path / f"folder{ending}").mkdir()
    out = {
        "folder": f"folder{ending}",
        "under a file": f"file/out{ending}",
        "another ending": "out.jpg",
        "no ending": "out",
    }
    said = hilum(command, *words, "-o", tmp_path / out[place])
    expected = {"folder": "is a folder", "under a file": "which is no folder"}
    assert said.code == 2
    assert expected.get(place, "Expected .") in said.err.replace("is a file", "which is no folder")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", f"folder{ending}"]


@pytest.mark.parametrize("place", ["file/out.html", "out.jpg"])
def test_read_writes_a_page_numbers_or_a_folder(hilum: Hilum, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "image.png").touch()
    said = hilum("read", tmp_path / "image.png", "-o", tmp_path / place)
    assert said.code == 2
    assert ("Expected ." if place.endswith("jpg") else "is a file") in said.err, said.err


@pytest.mark.parametrize("command", FOLDERS)
@pytest.mark.parametrize("out", ["file", "file/below/it"])
def test_a_folder_that_cannot_be_is_refused_before_the_work(
    hilum: Hilum, tmp_path: Path, command: str, out: str
) -> None:
    (tmp_path / "file").touch()
    said = hilum(command, *FOLDERS[command], "--out", tmp_path / out)
    assert (said.code, "Expected a folder to write to" in said.err) == (2, True), said.err


@pytest.mark.parametrize("out", ["folder", "file/mine.yaml"])
def test_cp_refuses_a_folder_and_a_place_under_a_file(hilum: Hilum, tmp_path: Path, out: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    said = hilum("cp", "nih14-small", tmp_path / out)
    assert (said.code, "Traceback" in said.err) == (2, False)
    assert "folder" in said.err


@pytest.mark.parametrize("name", ["fused.csv", "fused.parquet", "fused.CSV"])
def test_the_ending_says_what_is_written(hilum: Hilum, tmp_path: Path, name: str) -> None:
    table = pd.DataFrame({"image_id": ["007", "a"], "Mass": [0.25, 0.5]})
    for place in ("one.csv", "two.csv"):
        table.to_csv(tmp_path / place, index=False)
    said = hilum("fuse", tmp_path / "one.csv", tmp_path / "two.csv", "--method", "mean", "-o", tmp_path / name)
    assert said.code == 0, said.err
    is_parquet = (tmp_path / name).read_bytes().startswith(b"PAR1")
    assert is_parquet == name.endswith(".parquet")
    from hilum.schema import Predictions

    assert Predictions.load(tmp_path / name).table.image_id.tolist() == ["007", "a"]


def test_check_refuses_a_recipe_whose_weights_are_not_there(hilum: Hilum, tmp_path: Path) -> None:
    recipe = tmp_path / "mine.yaml"
    recipe.write_text("model: {encoder: test_resnet, pretrained: gone.safetensors}\npreprocess: {size: 32}\n")
    said = hilum("check", recipe)
    assert said.code == 2
    assert "gone.safetensors does not exist" in said.err
    (tmp_path / "broken.safetensors").write_bytes(b"no weights")
    recipe.write_text(f"model: {{encoder: test_resnet, pretrained: {tmp_path}/broken.safetensors}}\n")
    assert "cannot be read as weights" in hilum("check", recipe).err
    recipe.write_text("model: {encoder: test_resnet, pretrained: none}\npreprocess: {size: 32}\n")
    assert "a sound recipe" in hilum("check", recipe).out
