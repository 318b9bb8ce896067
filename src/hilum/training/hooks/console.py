"""What a person sees of training, on stderr: a line an epoch, and on a terminal a bar in between."""

import sys
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console as Terminal
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from hilum.registry import register
from hilum.training.hook import Plan
from hilum.training.state import TrainState

VALIDATION = "val_"


class Console:
    """Progress over all epochs, in images.

    Args:
        plan: how much there is to do.
        done: epochs that an earlier process has done.
    """

    def __init__(self, plan: Plan, done: int) -> None:
        self.plan = plan
        self.terminal = Terminal(stderr=True, soft_wrap=True, highlight=False)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
        )
        self.bar = Progress(*columns, console=self.terminal, disable=not sys.stderr.isatty(), transient=True)
        total, completed = plan.epochs * plan.images, done * plan.images
        self.task = self.bar.add_task(f"epoch {done + 1} of {plan.epochs}", total=total, completed=completed, rate="")
        self.started, self.seen = time.monotonic(), 0
        self.bar.start()

    def step(self, state: TrainState, images: int) -> None:  # noqa: ARG002
        """Move the bar."""
        self.seen += images
        rate = self.seen / (time.monotonic() - self.started)
        self.bar.update(self.task, advance=images, rate=f"{rate:,.0f} images/s")

    def epoch(self, state: TrainState, record: Mapping[str, Any]) -> None:  # noqa: ARG002
        """One line: the loss, whatever figures the task gives, speed, and how long it will still take."""
        done, epochs = record["epoch"], self.plan.epochs
        left = timedelta(seconds=round(record["seconds"] * (epochs - done)))
        self.bar.update(self.task, description=f"epoch {min(done + 1, epochs)} of {epochs}")
        figures = "   ".join(
            f"val {name.removeprefix(VALIDATION).replace('_', ' ')} {value:.4f}"
            for name, value in record.items()
            if name.startswith(VALIDATION)
        )
        self.terminal.print(
            f"epoch {done:>3} of {epochs}   loss {record['loss']:.4f}   {figures} "
            f"{'best' if record['best'] else '    '}   {record['images_per_s']:,.0f} images/s   {left} left",
            markup=False,
        )

    def close(self) -> None:
        """Take the bar away."""
        self.bar.stop()


@register
def console(folder: Path, state: TrainState, plan: Plan) -> Console:  # noqa: ARG001
    """A line an epoch on stderr, and on a terminal a bar with the time left."""
    return Console(plan, state.epoch)
