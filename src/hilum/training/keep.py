"""The best checkpoints of a training: weights files and their index, never more than were asked for."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from hilum.runs.checkpoints import CHECKPOINTS, INDEX, checkpoints_of
from hilum.runs.recipe import TrainingSettings
from hilum.runs.save import write_weights
from hilum.schema.files import write_json


class Kept:
    """The checkpoints of a Run that is being made.

    At every moment each weights file that the index names is there: files are written before it and deleted after it.

    Args:
        folder: of the Run.
        settings: `checkpoints` says how many, and of what.
        steps: steps done; later checkpoints are of steps that will be made again, and are dropped.
    """

    def __init__(self, folder: Path, settings: TrainingSettings, steps: int) -> None:
        self.folder, self.keep, self.of = folder / CHECKPOINTS, settings.checkpoints.keep, settings.checkpoints.of
        self.entries: list[dict[str, Any]] = []
        if (self.folder / INDEX).is_file():
            checkpoints_of(folder)  # which refuses a damaged index
            written = json.loads((self.folder / INDEX).read_text(encoding="utf-8"))["checkpoints"]
            self.entries = [one for one in written if one["step"] <= steps]
            self._write()

    def add(self, model: nn.Module, step: int, epoch: int, figures: Mapping[str, float], order: list[float]) -> None:
        """Keep these weights if they are among the best.

        Args:
            model: the weights.
            step: how many steps were done, of the whole training.
            epoch: in which, from 1.
            figures: on the validation images.
            order: the same as numbers that sort, larger is better.
        """
        if not self.keep:
            return
        rivals = [one for one in self.entries if self.of == "training" or one["epoch"] == epoch]
        worst = min(rivals, key=lambda one: one["order"], default=None)
        if len(rivals) >= self.keep and worst is not None:
            if order <= worst["order"]:
                return
            self.entries.remove(worst)
        name = f"step-{step:07}.safetensors"
        digest = write_weights(self.folder / name, model)
        entry = {"file": name, "sha256": digest, "step": step, "epoch": epoch, "figures": dict(figures), "order": order}
        self.entries.append(entry)
        self._write()

    def _write(self) -> None:
        write_json(self.folder / INDEX, {"checkpoints": self.entries})
        named = {one["file"] for one in self.entries}
        for path in self.folder.glob("step-*.safetensors"):
            if path.name not in named:
                path.unlink()


def disk_use(settings: TrainingSettings, model: nn.Module, folder: Path) -> list[str]:
    """What the checkpoints will take at most, in a sentence; none when there are none."""
    most = settings.checkpoints.keep * (settings.epochs if settings.checkpoints.of == "epoch" else 1)
    if not most:
        return []
    size = sum(tensor.numel() * tensor.element_size() for tensor in model.state_dict().values()) / 1e6
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    free = shutil.disk_usage(there).free / 1e6
    short = "" if free > most * size else f" Only {free:,.0f} MB are free."
    return [
        f"At most {most} checkpoints of {size:,.1f} MB, {most * size:,.0f} MB in all, in {folder / CHECKPOINTS}.{short}"
    ]
