"""Bars: how many of each."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from hilum.reports.figures.style import GRID, SERIES, Paint

WIDE = 7.6  # inches


def rows_size(count: int) -> tuple[float, float]:
    """Inches that `count` horizontal bars need."""
    return WIDE, 0.25 * count + 0.9


def rows(names: Sequence[str], parts: Mapping[str, Sequence[float]], *, xlabel: str, ylabel: str = "") -> Paint:
    """Horizontal bars, their parts end to end, their sum at the right.

    Args:
        names: from top to bottom.
        parts: values of each part, one a name; several parts get a legend.
        xlabel: what is counted.
        ylabel: what the names are.
    """

    def paint(figure: Figure) -> None:
        axes, left = figure.subplots(), np.zeros(len(names))
        for place, (part, values) in enumerate(parts.items()):
            axes.barh(range(len(names)), values, left=left, height=0.72, color=SERIES[place], label=part)
            left = left + np.asarray(values, float)
        for row, total in enumerate(left):
            axes.annotate(
                f"{total:,.0f}", (total, row), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8
            )
        axes.set_yticks(range(len(names)), names)
        axes.set(ylim=(len(names) - 0.4, -0.6), xlabel=xlabel, ylabel=ylabel, xlim=(0, 1.12 * max([*left, 1e-9])))
        axes.grid(axis="y", visible=False)
        axes.tick_params(axis="y", length=0, labelsize=9)
        axes.spines["left"].set_color(GRID)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        _thousands(axes, "x")
        if len(parts) > 1:
            figure.legend(loc="outside upper left", ncols=len(parts))

    return paint


def columns(edges: Sequence[float], groups: Mapping[str, Sequence[float]], *, xlabel: str, ylabel: str) -> Paint:
    """A histogram: one outlined step line a group over the same edges.

    Args:
        edges: (B + 1) of the bins.
        groups: (B) counts of each group; several groups get a legend.
        xlabel: what is binned.
        ylabel: what is counted.
    """

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for place, (name, counts) in enumerate(groups.items()):
            color = SERIES[place % len(SERIES)]
            axes.stairs(counts, edges, fill=True, color=color, alpha=0.1 if len(groups) > 1 else 0.85)
            if len(groups) > 1:
                axes.stairs(counts, edges, color=color, linewidth=1.4, label=name)
        axes.set(xlabel=xlabel, ylabel=ylabel, xlim=(edges[0], edges[-1]), ylim=(0, None))
        axes.grid(axis="x", visible=False)
        axes.xaxis.set_major_locator(MaxNLocator(10, integer=True))
        _thousands(axes, "y")
        if len(groups) > 1:
            axes.legend()

    return paint


def _thousands(axes: Axes, which: str) -> None:
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value == round(value) else f"{value:g}"))
