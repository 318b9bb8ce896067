"""The starter that ships: whole, small, with a card, and what `hilum read` uses where no Run is named."""

from pathlib import Path

import pytest

from hilum.cli.read import parted
from hilum.runs.starter import FOLDER, starter
from hilum.schema import ConfigError
from hilum.workflows.read import read


def test_it_is_a_whole_run_of_at_most_8_mb() -> None:
    run = starter()
    assert len(run.findings) == 14
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 8_000_000
    assert "no medical device" in (FOLDER / "card.md").read_text(encoding="utf-8")
    assert "/" not in " ".join(run.provenance["model"]["notes"])  # no folder of the machine that made it


def test_a_file_alone_is_read_by_the_starter() -> None:
    assert parted([Path(__file__)]) == (None, [Path(__file__)])
    assert parted([Path("missing.png")]) == (None, [Path("missing.png")])
    assert parted([Path("runs/a"), Path("b.png")]) == (Path("runs/a"), [Path("b.png")])
    with pytest.raises(ConfigError, match="without an image to read"):
        parted([Path("runs/a")])


@pytest.mark.real
def test_it_reads_real_dicom_files(real_data: Path) -> None:
    files = sorted((real_data / "rsna" / "stage_2_train_images").glob("*.dcm"))[:3]
    reading = read(starter(), files, method=None)
    assert len(reading.images) == 3
    assert reading.predictions.probabilities.shape == (3, 14)
    assert reading.thresholds is not None
