"""Forest plots: a value and its interval a row."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from hilum.evaluation.export import ends, number
from hilum.reports.figures.style import DASHED, GRID, INK, MUTED, SERIES, Paint


@dataclass(frozen=True)
class Estimate:
    """One row.

    Args:
        name: as a person reads it.
        value: the estimate; NaN leaves the row empty.
        low: lower end of the 95 % interval, NaN when there is none.
        high: upper end.
        strong: a mean over the others, drawn apart.
    """

    name: str
    value: float
    low: float
    high: float
    strong: bool = False


def size_of(count: int) -> tuple[float, float]:
    """Inches that `count` rows need."""
    return 7.6, 0.25 * count + 0.75


def forest(estimates: Sequence[Estimate], *, xlabel: str, reference: float | None = None) -> Paint:
    """Rows from top to bottom in the order given, each with its number at the right.

    Args:
        estimates: the rows.
        xlabel: the measure.
        reference: a value marked by a line, as 0.5 for chance.
    """

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for row, estimate in enumerate(estimates):
            color = INK if estimate.strong else SERIES[0]
            axes.plot([estimate.low, estimate.high], [row, row], color=color, linewidth=1.6, solid_capstyle="butt")
            marker = "D" if estimate.strong else "o"
            axes.plot([estimate.value], [row], color=color, marker=marker, markersize=5, linestyle="none")
            weight = "bold" if estimate.strong else "normal"
            axes.annotate(
                _text(estimate),
                (1.02, row),
                xycoords=("axes fraction", "data"),
                va="center",
                fontsize=8.5,
                weight=weight,
            )
        if reference is not None:
            axes.axvline(reference, color=MUTED, linewidth=0.8, linestyle=DASHED)
        axes.set_yticks(range(len(estimates)), [estimate.name for estimate in estimates])
        axes.set(ylim=(len(estimates) - 0.4, -0.6), xlabel=xlabel, xlim=_limits(estimates, reference))
        axes.tick_params(axis="y", length=0, labelsize=9)
        axes.grid(axis="y", visible=False)
        axes.spines["left"].set_color(GRID)

    return paint


def _limits(estimates: Sequence[Estimate], reference: float | None) -> tuple[float, float]:
    ends = [end for each in estimates for end in (each.value, each.low, each.high)] + [
        np.nan if reference is None else reference
    ]
    low, high = (np.nanmin(ends), np.nanmax(ends)) if np.isfinite(ends).any() else (0.0, 1.0)
    margin = 0.04 * max(high - low, 0.02)
    return float(low - margin), float(high + margin)


def _text(estimate: Estimate) -> str:
    if np.isnan(estimate.value):
        return "not measured"
    return f"{number(estimate.value)}  {ends(estimate.low, estimate.high)}".rstrip()
