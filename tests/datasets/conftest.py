"""Owners' folders in small: the text files of `fixtures/<dataset>`, and the images in its `images.txt`, drawn."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def owners_folder(tmp_path: Path) -> Callable[[str], Path]:
    """Make `tmp_path/<dataset>` in exactly the owner's layout."""

    def make(dataset: str) -> Path:
        root = tmp_path / dataset
        shutil.copytree(FIXTURES / dataset, root)
        for name in (root / "images.txt").read_text().splitlines():
            draw(root / name)
        (root / "images.txt").unlink()
        return root

    return make


def draw(path: Path) -> None:
    """A small gray image, or an empty file where the format is not a picture's: datasets open none of them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix in (".png", ".jpg", ".gif"):
        Image.linear_gradient("L").resize((8, 8)).save(path)
    else:
        path.touch()
