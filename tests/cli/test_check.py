"""`hilum check`, `summary` and `store`: what they write, and what they refuse before the work."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import PIPE, run
from typing import Any

import pandas as pd
import pytest

from hilum.phantom import layouts
from hilum.schema.split import with_split_list

Hilum = Callable[..., Any]


@pytest.fixture(scope="module")
def leaking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """16 drawn images in NIH's layout; two of the test images are also training images of other patients."""
    root = tmp_path_factory.mktemp("leaking") / "nih"
    layouts["nih14"](root, images=16, seed=5, size=128, workers=0)
    tests, trains = ((root / name).read_text().split() for name in ("test_list.txt", "train_val_list.txt"))
    folder = next(root.glob("images_*/images"))
    for number in range(2):
        (folder / trains[-1 - number]).write_bytes((folder / tests[number]).read_bytes())
    return root


def test_check_writes_whole_lists_and_a_clean_split(hilum: Hilum, leaking: Path, tmp_path: Path) -> None:
    said = hilum("check", "nih14", leaking, "-o", tmp_path, "--drop", "copies")
    assert said.code == 1  # the dataset itself still leaks
    assert "2 dropped (2 from train): 14 of 16 images kept" in said.out
    copies = pd.read_csv(tmp_path / "copies.csv")
    assert (copies.place == "across_split").sum() == 2
    assert {"image_id_a", "path_b", "kind", "correlation"} <= set(copies)
    assert {"image_id", "flag", "reason"} <= set(pd.read_csv(tmp_path / "flags.csv"))
    clean = pd.read_csv(tmp_path / "clean_split.csv")
    assert list(clean) == ["image_id", "split"]
    assert len(clean) == 14
    dropped = {*copies.image_id_a, *copies.image_id_b} - set(clean.image_id)
    assert len(dropped) == 2
    assert not set(clean.image_id) & set((leaking / "train_val_list.txt").read_text().split()[-2:])
    assert "copies.csv" in (tmp_path / "check.html").read_text(encoding="utf-8")

    from hilum.datasets import datasets

    assert len(with_split_list(datasets["nih14"](leaking), tmp_path / "clean_split.csv")) == 14


def test_several_cohorts_have_a_list_each(hilum: Hilum, leaking: Path, phantoms: Path, tmp_path: Path) -> None:
    hilum("check", "nih14", leaking, "nih14", phantoms, "-o", tmp_path, "--drop", "copies")
    sizes = [len(pd.read_csv(tmp_path / f"clean_split-{place}-nih14.csv")) for place in (1, 2)]
    assert sizes == [14, 48]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nih14", "ROOT", "-o", "OUT", "--drop", "flags"), "Expected --drop copies"),
        (("nih14", "ROOT", "--drop", "copies"), "a folder for the list"),
        (("nih14", "ROOT", "-o", "OUT", "--drop", "copies", "--no-pixels"), "with its images"),
        (("nih14-small", "-o", "OUT", "--drop", "copies"), "needs a dataset"),
    ],
)
def test_what_drop_needs(hilum: Hilum, leaking: Path, tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    places = {"ROOT": leaking, "OUT": tmp_path / "out"}
    said = hilum("check", *(places.get(word, word) for word in words))
    assert said.code == 2
    assert message in said.err
    assert not (tmp_path / "out").exists()


def test_a_dataset_without_split_is_refused_before_the_work(hilum: Hilum, leaking: Path, tmp_path: Path) -> None:
    for file in leaking.iterdir():
        if "list" not in file.name:
            (tmp_path / file.name).symlink_to(file)
    said = hilum("check", "nih14", tmp_path, "-o", tmp_path / "out", "--drop", "copies")
    assert (said.code, "has no split" in said.err) == (2, True)


@pytest.mark.parametrize("command", ["check", "summary", "store"])
@pytest.mark.parametrize("out", ["file", "file/below/it"])
def test_a_place_that_cannot_be_is_refused_before_the_work(
    hilum: Hilum, tmp_path: Path, command: str, out: str
) -> None:
    (tmp_path / "file").touch()
    said = hilum(command, "nih14", tmp_path / "no such dataset", "--out", tmp_path / out)
    assert said.code == 2
    assert "Expected a folder to write to" in said.err


def test_a_phantom_is_not_drawn_where_it_cannot_be(hilum: Hilum, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "is a file. Expected a folder" in hilum("phantom", "nih14", tmp_path / "file", "--images", 1).err


def test_an_interrupted_drawing_is_gone_on_with(hilum: Hilum, tmp_path: Path) -> None:
    words = ("phantom", "montgomery", tmp_path / "drawn", "--images", 1)
    assert hilum(*words).code == 0
    (tmp_path / "drawn" / "CXR_png" / ".writing-MCUCXR_0001_0.png").write_bytes(b"half")
    assert hilum(*words).code == 0
    assert not list((tmp_path / "drawn").rglob(".*"))


def test_an_empty_cohort_is_an_error_and_has_no_summary(hilum: Hilum, tmp_path: Path) -> None:
    (tmp_path / "table.yaml").write_text(
        "name: mine\ntable: t.csv\nimages: .\ncolumns: {image_id: id, patient_id: who}\n"
        "findings: {Mass: mass}\nlabels: {present: [1], absent: [0]}\n"
    )
    (tmp_path / "t.csv").write_text("id,who,mass\n")
    checked = hilum("check", "table", tmp_path)
    assert (checked.code, "error" in checked.out) == (1, True)
    summed = hilum("summary", "table", tmp_path, "-o", tmp_path / "out")
    assert (summed.code, "Error:" in summed.err) == (2, True)


def test_a_full_disk_is_said_without_traceback(
    hilum: Hilum, phantoms: Path, tmp_path: Path, full_disk: Callable[[int], Any]
) -> None:
    for words in (
        ("check", "nih14", phantoms, "--no-pixels", "-o", tmp_path / "check"),
        ("check", "nih14", phantoms, "-o", tmp_path / "check"),
        ("summary", "nih14", phantoms, "-o", tmp_path / "summary"),
        ("store", "nih14", phantoms, "--out", tmp_path / "store", "--workers", 0),
    ):
        with full_disk(1000):
            said = hilum(*words)
        assert (said.code, "the disk is full. Free some space" in said.err) == (2, True), said
    assert not list(tmp_path.rglob(".writing-*"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_output_onto_a_full_disk_is_said_too(phantoms: Path) -> None:
    words = [sys.executable, "-m", "hilum", "check", "nih14", str(phantoms), "--no-pixels"]
    with Path("/dev/full").open("w") as full:
        ended = run(words, stdout=full, stderr=PIPE, text=True, check=False)
    assert (ended.returncode, "The disk is full" in ended.stderr) == (2, True)
    assert "Traceback" not in ended.stderr


STARTS = """
import json, sys
from hilum.cli import main
sys.argv = ["hilum", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    assert end.code in (0, 1, None), end.code
print(json.dumps([name for name in ("torch", "timm", "scipy.stats", "sklearn", "matplotlib") if name in sys.modules]))
"""


@pytest.mark.parametrize("words", [("store", "--out", "OUT", "--size", "32", "--workers", "0"), ("check", "-o", "OUT")])
def test_no_heavy_package_is_waited_for(leaking: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    command, *rest = (str(tmp_path / "out") if word == "OUT" else word for word in words)
    ended = run([sys.executable, "-c", STARTS, command, "nih14", str(leaking), *rest], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout.splitlines()[-1]) == []
