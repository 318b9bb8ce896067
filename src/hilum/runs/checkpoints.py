"""The checkpoints that a training kept beside its best epoch's weights.

RUN/checkpoints/index.json     {"checkpoints": [{"file", "sha256", "step", "epoch", "figures"}, …]}, in order
RUN/checkpoints/…              a weights file each, of the Run's own model
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hilum.runs.files import read_as
from hilum.schema import RunError

CHECKPOINTS, INDEX = "checkpoints", "index.json"


@dataclass(frozen=True)
class Checkpoint:
    """Weights that a training went through.

    Args:
        path: of the weights file.
        sha256: of its content.
        step: how many steps were done.
        epoch: how many epochs were done or begun, from 1.
        figures: of the validation images, where they were measured.
    """

    path: Path
    sha256: str
    step: int
    epoch: int
    figures: dict[str, float] = field(default_factory=dict)


def checkpoints_of(folder: Path) -> list[Checkpoint]:
    """The checkpoints that a Run's folder keeps, in the order in which they were made.

    Raises:
        RunError: when it keeps none, or the index is damaged.
    """
    place = folder / CHECKPOINTS

    def read(held: Any) -> list[Checkpoint]:
        return [_checkpoint(place, one) for one in held["checkpoints"]]

    index = place / INDEX
    found: list[Checkpoint] = read_as(index, read, "the index of a Run's checkpoints") if index.is_file() else []
    if not found:
        raise RunError(f"{place}: no checkpoints. Expected a Run whose training kept some.")
    return found


def _checkpoint(place: Path, held: Any) -> Checkpoint:
    name, sha256, step, epoch = held["file"], held["sha256"], held["step"], held["epoch"]
    if not isinstance(name, str) or Path(name).name != name or not isinstance(sha256, str):
        raise TypeError("expected the name of a file beside it, and its sha256")
    if not all(isinstance(number, int) and number >= 0 for number in (step, epoch)):
        raise TypeError(f"expected the step and the epoch of {name}")
    return Checkpoint(place / name, sha256, step, epoch, dict(held.get("figures") or {}))
