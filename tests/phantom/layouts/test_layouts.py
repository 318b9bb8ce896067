"""What every layout keeps to: found by name, the same bytes from the same seed, read back by its dataset."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hilum.datasets import datasets
from hilum.phantom import layouts
from hilum.schema import ConfigError, DataError

NAMES = ("chexpert", "montgomery", "nih14", "rsna_pneumonia", "wingspan")


def files(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_all_layouts_are_found() -> None:
    assert tuple(layouts) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_same_seed_gives_the_same_bytes_and_another_others(name: str, tmp_path: Path) -> None:
    for folder, seed in (("one", 5), ("again", 5), ("other", 6)):
        layouts[name](tmp_path / folder, images=3, seed=seed, size=64, workers=0)
    assert len(files(tmp_path / "one")) >= 3
    assert files(tmp_path / "one") == files(tmp_path / "again") != files(tmp_path / "other")


def test_bytes_do_not_depend_on_the_process(tmp_path: Path) -> None:
    """Python shuffles its sets anew in every process; nothing written may follow that order."""
    code = "import sys; from hilum.phantom import layouts; "
    code += "[layouts[name](sys.argv[1] + name, images=60 if name == 'nih14' else 3, "
    code += "seed=5, size=64, workers=0) for name in layouts]"
    for shuffle in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": shuffle}
        subprocess.run([sys.executable, "-c", code, f"{tmp_path}/{shuffle}/"], env=environment, check=True)
    one, two = files(tmp_path / "1"), files(tmp_path / "2")
    assert len(one) > 120
    assert one == two


def test_bytes_do_not_depend_on_the_workers(tmp_path: Path) -> None:
    layouts["nih14"](tmp_path / "alone", images=6, seed=5, size=96, workers=0)
    layouts["nih14"](tmp_path / "two", images=6, seed=5, size=96, workers=2)
    assert files(tmp_path / "alone") == files(tmp_path / "two")


@pytest.mark.parametrize("name", NAMES)
def test_its_dataset_reads_every_image(name: str, tmp_path: Path) -> None:
    layouts[name](tmp_path, images=12, seed=1, size=64, workers=0)
    cohort = datasets[name](tmp_path)
    assert len(cohort) == 12
    assert cohort.images.path.notna().all()
    assert len(cohort.with_files()) == 12
    assert (cohort.labels == 1).to_numpy().any() or cohort.masks is not None


@pytest.mark.parametrize("name", NAMES)
def test_images_of_another_phantom_are_refused(name: str, tmp_path: Path) -> None:
    layouts[name](tmp_path, images=4, seed=5, size=64, workers=0)
    layouts[name](tmp_path, images=4, seed=5, size=64, workers=0)  # the same again is no stranger
    with pytest.raises(DataError, match="empty folder"):
        layouts[name](tmp_path, images=2, seed=5, size=64, workers=0)


@pytest.mark.parametrize("name", NAMES)
def test_no_images_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="at least 1"):
        layouts[name](tmp_path, images=0, seed=0)
