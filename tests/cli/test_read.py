import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import cv2
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from hilum.cli import app
from hilum.schema import Predictions
from hilum.workflows.read import Readings


@pytest.mark.parametrize("name", ["reading.json", "reading.JSON"])
def test_an_image_that_failed_is_named_without_its_folder(tmp_path: Path, name: str) -> None:
    failures = pd.DataFrame(
        {"image_id": ["image"], "reason": ["/home/someone/image.png: an empty file. Expected DICOM."]}
    )
    predictions = Predictions(pd.DataFrame({"image_id": ["other"], "Mass": [0.2]}), {}, failures)
    image = SimpleNamespace(image_id="other", path=Path("other.png"))
    Readings([cast("Any", image)], predictions, []).save(tmp_path / name)
    held = json.loads((tmp_path / name).read_text(encoding="utf-8"))
    assert held["failures"] == [{"image_id": "image", "reason": "image.png: an empty file. Expected DICOM."}]
    assert held["images"] == [{"image_id": "other", "file": "other.png", "probabilities": {"Mass": 0.2},
                               "calls": {"Mass": "not assessed"}}]  # fmt: skip


def test_to_writes_a_folder_and_names_what_it_cannot_write(tmp_path: Path) -> None:
    """By the starter, in a process of its own: a PNG gives its text, and is refused as a report."""
    pixels = np.random.default_rng(0).integers(0, 255, (96, 128), np.uint8)
    cv2.imwrite(str(tmp_path / "drawn.png"), pixels)
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["read", str(tmp_path / "drawn.png"), "--to", "text,sr", "-o", str(out)])
    assert done.exit_code == 0, done.output
    assert "names no patient and no study" in done.output
    assert [path.name for path in out.iterdir()] == ["drawn.text.txt"]
    assert (out / "drawn.text.txt").read_text().startswith("No physician has reviewed this text.")


def test_an_unknown_format_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["read", str(tmp_path / "none.png"), "--to", "pdf", "-o", str(tmp_path / "out")])
    assert "no format 'pdf'" in str(done.exception)
