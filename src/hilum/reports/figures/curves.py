"""Curves of a finding each, as small multiples on one scale."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from hilum.reports.figures.style import MUTED, SERIES, Paint, grid_of

PANEL = 1.5  # inches a side


@dataclass(frozen=True)
class Curve:
    """One line.

    Args:
        x: positions, in [0, 1].
        y: values, in [0, 1].
        low: lower edge of the 95 % band, or None.
        high: upper edge of the band, or None.
        note: what stands under the finding's name, as in `0.812`.
        level: height of the line that chance alone would reach, or None.
    """

    x: ArrayLike
    y: ArrayLike
    low: ArrayLike | None = None
    high: ArrayLike | None = None
    note: str = ""
    level: float | None = None


def columns_of(count: int) -> int:
    """Between four and seven panels a row, whatever leaves the fewest places empty.

    >>> columns_of(14), columns_of(5), columns_of(1)
    (7, 5, 1)
    """
    return count if count <= 7 else min((7, 6, 5, 4), key=lambda columns: -count % columns)


def size_of(count: int) -> tuple[float, float]:
    """Inches that `count` panels need."""
    columns = columns_of(count)
    return columns * PANEL + 0.4, -(-count // columns) * (PANEL + 0.25) + 0.3


def small_multiples(curves: Mapping[str, Curve], *, xlabel: str, ylabel: str, diagonal: bool = False) -> Paint:
    """One panel a finding.

    Args:
        curves: by the finding's name as a person reads it.
        xlabel: of all panels.
        ylabel: of all panels.
        diagonal: draw the line x = y (chance on a ROC curve, truth on a reliability curve).
    """

    def paint(figure: Figure) -> None:
        for axes, (name, curve) in zip(
            grid_of(figure, len(curves), columns_of(len(curves))), curves.items(), strict=True
        ):
            _panel(axes, curve, diagonal)
            axes.set_title(name + (f"\n{curve.note}" if curve.note else ""), pad=4)
        figure.supxlabel(xlabel, fontsize=9)
        figure.supylabel(ylabel, fontsize=9)

    return paint


def _panel(axes: Axes, curve: Curve, diagonal: bool) -> None:
    if diagonal:
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.7, linestyle=(0, (3, 3)))
    if curve.level is not None:
        axes.axhline(curve.level, color=MUTED, linewidth=0.7, linestyle=(0, (3, 3)))
    if curve.low is not None and curve.high is not None:
        axes.fill_between(np.asarray(curve.x), curve.low, curve.high, color=SERIES[0], alpha=0.22, linewidth=0)
    axes.plot(curve.x, curve.y, color=SERIES[0])
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
    axes.set_xticklabels(["0", "0.5", "1"])
    axes.set_yticklabels(["0", "0.5", "1"])
