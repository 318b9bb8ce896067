"""The Run that a server reads with, and whether it is still the one that was opened."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from hilum.serve.settings import Settings

if TYPE_CHECKING:  # with it comes PyTorch
    from hilum.inference import Predictor
    from hilum.runs import Run

LEFT_OUT = {"last.safetensors", "log.jsonl"}  # of which a reading knows nothing


def open_run(settings: Settings) -> "Run":
    """The Run that the settings name, the starter where they name none."""
    from hilum.runs import Run
    from hilum.runs.starter import starter

    return Run.open(settings.run) if settings.run else starter()


def folder_of(settings: Settings) -> Path:
    """Where the Run lies, without opening it."""
    return settings.run or Path(str(files("hilum") / "starter"))


@dataclass(frozen=True)
class Readers:
    """What looks at each image.

    Args:
        predictor: finds what the Run speaks of.
        outliner: outlines lungs and heart, so that they are measured; None for no measures.
    """

    predictor: "Predictor"
    outliner: "Predictor | None"


def open_readers(settings: Settings, run: "Run") -> Readers:
    """The Run, and the small model of lungs and heart, with their networks in memory."""
    from hilum.inference import Predictor
    from hilum.runs.lungs import lungs

    return Readers(*(Predictor.open(each, device=settings.device, backend="auto") for each in (run, lungs())))


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
