"""log.jsonl: one line an epoch."""

import json
from pathlib import Path
from typing import Any

from hilum.runs.run import LOG
from hilum.schema.files import without_nan, write_text


class Log:
    """The log of a Run that is being made.

    Args:
        folder: of the Run.
        epochs: how many epochs count as done; later lines are of an epoch that was cut off, and are dropped.
    """

    def __init__(self, folder: Path, epochs: int) -> None:
        self.path = folder / LOG
        lines = self.path.read_text(encoding="utf-8").splitlines() if self.path.is_file() else []
        self.lines = lines[:epochs]

    def add(self, record: dict[str, Any]) -> None:
        """One epoch more."""
        self.lines.append(json.dumps(without_nan(record)))
        write_text(self.path, "\n".join(self.lines) + "\n")
