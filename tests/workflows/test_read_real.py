"""Real images through a tiny Run: what it says of them means nothing, that it says it for each of them does."""

from pathlib import Path

import numpy as np
import pytest

from hilum.runs import Run
from hilum.workflows import read
from hilum.workflows.explain import explain

pytestmark = pytest.mark.real


def test_every_png_as_published_is_read(tiny_run: Run, real_data: Path) -> None:
    paths = sorted((real_data / "nih_1024").rglob("*.png"))
    assert paths
    told = read(tiny_run, paths, method=None).predictions
    assert told.failures.empty
    assert told.table.image_id.tolist() == [path.stem for path in paths]
    assert np.isfinite(told.probabilities).all()


def test_every_dicom_is_read_or_refused_with_a_reason(tiny_run: Run, real_data: Path) -> None:
    paths = sorted(path for path in (real_data / "dicom").rglob("*") if path.suffix in (".dcm", ""))
    paths = [path for path in paths if path.is_file()]
    told = read(tiny_run, paths, method=None).predictions
    assert len(told) + len(told.failures) == len(paths)
    assert len(told)
    assert any("CT" in reason for reason in told.failures.reason)


def test_three_lossless_spellings_of_a_image_are_one_image(tiny_run: Run, real_data: Path) -> None:
    paths = sorted((real_data / "dicom").rglob("hand_*_lossless*"))
    assert len(paths) > 1
    told = read(tiny_run, paths, method=None).predictions.probabilities
    assert (told == told[0]).all()
    heatmap = explain(tiny_run, paths[:1], findings=["Mass"])[0].heatmap
    assert heatmap.ndim == 2
    assert heatmap.max() <= 1
