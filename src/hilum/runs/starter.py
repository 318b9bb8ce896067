"""The starter: a small Run that ships with Hilum, so that an image can be read before anything was trained.

Its card, `starter/card.md`, says what it learned from, how good it is and what it must not be used for.
"""

from importlib.resources import files
from pathlib import Path

from hilum.runs.run import Run

FOLDER = Path(str(files("hilum") / "starter"))
STRONGER = "hilum import txrv:densenet121-res224-all -o runs/txrv"
SENTENCE = f"Read with the starter, a small model of few images (hilum ls weights); for a stronger one: {STRONGER}"


def starter() -> Run:
    """The Run that ships with Hilum."""
    return Run.open(FOLDER)
