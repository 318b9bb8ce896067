"""The Runs that a server reads with, and whether they are still those that were opened."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hilum.schema import ImageError
from hilum.serve.served import Served
from hilum.serve.settings import Settings

if TYPE_CHECKING:  # with it comes PyTorch
    from hilum.inference import Predictor
    from hilum.runs import Run

LEFT_OUT = {"last.safetensors", "log.jsonl"}  # of which a reading knows nothing


def open_runs(settings: Settings) -> "list[Run]":
    """The Runs that the settings name, the starter where they name none.

    Raises:
        ConfigError: for a Run that says neither probabilities nor boxes of an image.
    """
    from hilum.runs import Run
    from hilum.workflows.read_any import check_reads

    runs = [Run.open(each.folder) for each in settings.served]
    for run in runs:
        check_reads(run)
    return runs


@dataclass(frozen=True)
class Readers:
    """What looks at each image.

    Args:
        predictors: of each Run, in the order in which they were named.
        outliner: outlines lungs and heart, so that they are measured; None for no measures.
    """

    predictors: "Sequence[tuple[Served, Predictor]]"
    outliner: "Predictor | None"

    def of(self, view: str | None) -> "list[tuple[str, Predictor]]":
        """Names and predictors of the Runs that read images of a view.

        Raises:
            ImageError: when none does, so that the image is listed as failed.
        """
        chosen = [(served.name, predictor) for served, predictor in self.predictors if served.reads(view)]
        if not chosen:
            raise ImageError(f"No Run of this server reads images of the view {view}.")
        return chosen


def open_readers(settings: Settings, runs: "Sequence[Run]") -> Readers:
    """The Runs, and the small model of lungs and heart, with their networks in memory."""
    from hilum.inference import Predictor
    from hilum.runs.lungs import lungs

    *opened, outliner = (Predictor.open(each, device=settings.device, backend="auto") for each in (*runs, lungs()))
    return Readers(list(zip(settings.served, opened, strict=True)), outliner)


def folders_of(run: "Run") -> list[Path]:
    """Its folder, and those of the Runs that it lists."""
    return [run.folder, *(folder for member in run.members for folder in folders_of(member))]


def signature(folders: list[Path]) -> str:
    """A hash that changes when a file of a Run is exchanged; cheap enough to ask before each image."""
    stated = sorted(_stated(folders))
    return hashlib.sha256("\n".join(stated).encode()).hexdigest()


def _stated(folders: list[Path]) -> Iterator[str]:
    for folder in folders:
        if not folder.is_dir():
            yield f"{folder} is gone"
            continue
        for file in folder.iterdir():
            if file.is_file() and file.name not in LEFT_OUT and not file.name.startswith("."):
                state = file.stat()
                yield f"{file} {state.st_size} {state.st_mtime_ns}"
