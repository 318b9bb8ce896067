"""Progress on stderr: how many, how fast, how long still."""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
EVERY_SECONDS = 10.0


def progress(iterable: Iterable[T], *, total: int, what: str) -> Iterator[T]:
    """Pass the items on; show count, rate and remaining time on stderr.

    A terminal gets a bar that redraws itself; a log file gets a line every ten seconds, and none for work that is
    done sooner.

    Args:
        iterable: the work.
        total: how many items are expected.
        what: their name, as in `images`.
    """
    return _bar(iterable, total, what) if sys.stderr.isatty() else _lines(iterable, total, what)


def _bar(iterable: Iterable[T], total: int, what: str) -> Iterator[T]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed or task.finished_speed or 0:,.0f}/s")

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), Remaining())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        yield from bar.track(iterable, total=total, description=what)


def _lines(iterable: Iterable[T], total: int, what: str) -> Iterator[T]:
    started = said = first = time.monotonic()
    done = 0
    for done, item in enumerate(iterable, start=1):
        now = time.monotonic()
        if done == 1:
            first = said = now  # what went before was starting up: it says nothing of what is left
        elif now - said >= EVERY_SECONDS and done < total:
            rate = (done - 1) / (now - first)
            print(
                f"{what}: {done:,} of {total:,}, {rate:,.0f}/s, {_clock((total - done) / rate)} left", file=sys.stderr
            )
            said = now
        yield item
    took = time.monotonic() - started
    if took >= EVERY_SECONDS:
        print(f"{what}: {done:,} in {_clock(took)}, {done / took:,.0f}/s", file=sys.stderr)


def _clock(seconds: float) -> str:
    """Seconds as `1:02:03` or `2:03`.

    >>> _clock(3723.4), _clock(75)
    ('1:02:03', '1:15')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
