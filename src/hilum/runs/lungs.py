"""The small model of lungs and heart that ships with Hilum; its card, `lungs/card.md`, says what it learned from."""

from importlib.resources import files
from pathlib import Path

from hilum.runs.run import Run

FOLDER = Path(str(files("hilum") / "lungs"))


def lungs() -> Run:
    """The Run that ships with Hilum, of left lung, right lung and heart."""
    return Run.open(FOLDER)
