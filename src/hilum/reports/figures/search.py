"""A search: what each trial gave, and the best until then."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from hilum.reports.figures.style import SERIES, Paint


def best_so_far(points: Sequence[tuple[int, float]], *, name: str, rising: bool) -> Paint:
    """Points of trials and a stair of the best so far.

    Args:
        points: number and figure of each complete trial, in order.
        name: of the figure.
        rising: whether more is better.
    """

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        numbers, values = np.array([x for x, _ in points]), np.array([y for _, y in points])
        best = np.maximum.accumulate(values) if rising else np.minimum.accumulate(values)
        axes.plot(numbers, values, linestyle="none", marker="o", markersize=4, color=SERIES[0], label="trial")
        axes.step(numbers, best, where="post", color=SERIES[1], label="best so far")
        axes.set(xlabel="Trial", ylabel=name)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend()

    return paint
