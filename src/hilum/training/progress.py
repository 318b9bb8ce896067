"""What a person sees of training, on stderr: a line an epoch, and on a terminal a bar in between."""

import sys
import time
from datetime import timedelta
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn


class ProgressHook:
    """Progress over all epochs, in images.

    Args:
        epochs: of the whole training.
        images: an epoch.
        done: epochs that an earlier process has done.
        shown: False for all processes but the first.
    """

    def __init__(self, epochs: int, images: int, *, done: int = 0, shown: bool = True) -> None:
        self.epochs, self.images, self.shown = epochs, images, shown
        self.console = Console(stderr=True, soft_wrap=True, highlight=False, quiet=not shown)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
        )
        self.bar = Progress(*columns, console=self.console, disable=not (shown and sys.stderr.isatty()), transient=True)
        self.task = self.bar.add_task(
            f"epoch {done + 1} of {epochs}", total=epochs * images, completed=done * images, rate=""
        )
        self.started, self.seen = time.monotonic(), 0

    def __enter__(self) -> "ProgressHook":
        self.bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.bar.stop()

    def say(self, sentence: str) -> None:
        """One line."""
        self.console.print(sentence, markup=False)

    def step(self, images: int) -> None:
        """A step over so many images was made."""
        self.seen += images
        rate = self.seen / (time.monotonic() - self.started)
        self.bar.update(self.task, advance=images, rate=f"{rate:,.0f} images/s")

    def epoch(self, record: dict[str, Any], *, best: bool) -> None:
        """An epoch is done; `record` is its line of the log."""
        done = record["epoch"]
        left = timedelta(seconds=round(record["seconds"] * (self.epochs - done)))
        self.bar.update(self.task, description=f"epoch {min(done + 1, self.epochs)} of {self.epochs}")
        self.say(
            f"epoch {done:>3} of {self.epochs}   loss {record['loss']:.4f}   val loss {record['val_loss']:.4f}   "
            f"val AUROC {record['val_auroc']:.4f} {'best' if best else '    '}   "
            f"{record['images_per_s']:,.0f} images/s   {left} left"
        )
