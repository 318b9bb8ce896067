"""Matrices of names against names, each cell with its number."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hilum.reports.figures.style import INK, SHADES, Paint

STRONG = 0.8  # of the color scale: numbers on stronger cells are white, on paler ones in the page's ink


def size_of(rows: int, columns: int) -> tuple[float, float]:
    """Inches that a matrix needs."""
    return 0.5 * columns + 2.2, 0.34 * rows + 1.5


def matrix(
    shares: NDArray[np.float64],
    texts: Sequence[Sequence[str]],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    xlabel: str = "",
    ylabel: str = "",
) -> Paint:
    """A heatmap with numbers.

    Args:
        shares: (R, C) in [0, 1]: the color of each cell; NaN stays empty.
        texts: what each cell says.
        rows: names from top to bottom.
        columns: names from left to right.
        xlabel: what the columns are.
        ylabel: what the rows are.
    """

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        edges = np.arange(len(columns) + 1) - 0.5, np.arange(len(rows) + 1) - 0.5
        axes.pcolormesh(*edges, np.ma.masked_invalid(shares), cmap=SHADES, vmin=0, vmax=1, edgecolor="none")
        for (row, column), share in np.ndenumerate(shares):
            ink = "#ffffff" if share > STRONG else INK
            axes.text(column, row, texts[row][column], ha="center", va="center", fontsize=7, color=ink)
        axes.set_xticks(range(len(columns)), columns, rotation=45, ha="left", rotation_mode="anchor")
        axes.set_yticks(range(len(rows)), rows)
        axes.xaxis.tick_top()
        axes.xaxis.set_label_position("top")
        axes.set(xlabel=xlabel, ylabel=ylabel, ylim=(len(rows) - 0.5, -0.5))
        axes.tick_params(length=0)
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)

    return paint
