"""log.jsonl: one line an epoch."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hilum.registry import register
from hilum.runs.files import read_log
from hilum.runs.run import LOG
from hilum.schema import RunError
from hilum.schema.files import without_nan, write_text
from hilum.training.hook import Plan
from hilum.training.state import TrainState


class JsonLines:
    """The log of a Run that is being made.

    Args:
        folder: of the Run.
        epochs: how many epochs count as done; later lines are of an epoch that was cut off, and are dropped.

    Raises:
        RunError: when the file is damaged, or lacks one of them.
    """

    def __init__(self, folder: Path, epochs: int) -> None:
        self.path = folder / LOG
        records = read_log(self.path)
        if len(records) < epochs:
            raise RunError(
                f"{self.path}: the log of {len(records)} epochs, and {epochs} are done. Copy the Run again, or train "
                "anew into another folder."
            )
        self.lines = [json.dumps(record) for record in records[:epochs]]

    def step(self, state: TrainState, images: int) -> None:
        """Nothing: a step has no line."""

    def epoch(self, state: TrainState, record: Mapping[str, Any]) -> None:  # noqa: ARG002
        """One epoch more."""
        self.lines.append(json.dumps(without_nan(dict(record))))
        write_text(self.path, "\n".join(self.lines) + "\n")

    def close(self) -> None:
        """Nothing: the file is whole after each epoch."""


@register
def jsonl(folder: Path, state: TrainState, plan: Plan) -> JsonLines:  # noqa: ARG001
    """log.jsonl in the Run, one line an epoch; always there, since pages and a resumed training read it."""
    return JsonLines(folder, state.epoch)
