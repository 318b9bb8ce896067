"""Learning curves: what each epoch brought."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from hilum.reports.figures.style import DASHED, MUTED, SERIES, Paint


def learning(losses: pd.DataFrame, scores: pd.DataFrame, *, best: float | None = None) -> Paint:
    """Losses at the left, figures of the validation images at the right; either may have no column.

    Args:
        losses: one row an epoch (its index), one column a line.
        scores: the same for figures of the validation images.
        best: the epoch whose weights were kept, marked by a line.
    """

    def paint(figure: Figure) -> None:
        panels = [(table, title) for table, title in ((losses, "Loss"), (scores, "Validation")) if table.shape[1]]
        for axes, (table, title) in zip(figure.subplots(1, len(panels), squeeze=False).flat, panels, strict=True):
            _panel(axes, table, title, best)

    return paint


def _panel(axes: Axes, table: pd.DataFrame, title: str, best: float | None) -> None:
    for place, name in enumerate(table):
        line = table[name].dropna()
        axes.plot(line.index, line, color=SERIES[place % len(SERIES)], label=name, marker="o", markersize=2.5)
    if best is not None:
        axes.axvline(best, color=MUTED, linewidth=0.8, linestyle=DASHED)
        axes.annotate("kept", (best, 1), xycoords=("data", "axes fraction"), ha="right", va="top", rotation=90,
                      fontsize=7.5, color=MUTED, xytext=(-1, -2), textcoords="offset points")  # fmt: skip
    axes.set(title=title, xlabel="Epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend()
