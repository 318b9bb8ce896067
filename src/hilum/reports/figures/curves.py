"""Curves of a finding each, as small multiples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from hilum.reports.figures.style import DASHED, INK, MUTED, SERIES, Paint, panels

PANEL = 1.5  # inches a side
MARKS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """One line with its band.

    Args:
        x: positions.
        y: values; NaN breaks the line.
        low: lower edge of the 95 % band, or None.
        high: upper edge of the band, or None.
        name: in the legend; lines of one name have one color.
    """

    x: Values
    y: Values
    low: Values | None = None
    high: Values | None = None
    name: str = ""


@dataclass(frozen=True)
class Point:
    """A point with its 95 % intervals, as a reader in a ROC plot.

    Args:
        x: position.
        y: value.
        x_ends: low and high end along x, or nan.
        y_ends: the same along y.
        name: in the legend; points of one name have one mark.
    """

    x: float
    y: float
    x_ends: tuple[float, float] = (np.nan, np.nan)
    y_ends: tuple[float, float] = (np.nan, np.nan)
    name: str = ""


@dataclass(frozen=True)
class Panel:
    """One finding's lines.

    Args:
        lines: what is drawn.
        note: a number under the finding's name.
        level: height of a dashed line, as what chance alone would reach.
        xlim: of the axis; 0 to 1 if left out.
        ylim: the same.
        points: drawn over the lines.
    """

    lines: Sequence[Line]
    note: str = ""
    level: float | None = None
    xlim: tuple[float, float] = field(default=(0.0, 1.0))
    ylim: tuple[float, float] = field(default=(0.0, 1.0))
    points: Sequence[Point] = ()


def columns_of(count: int) -> int:
    """Between four and seven panels a row, whatever leaves the fewest places empty.

    >>> columns_of(14), columns_of(5), columns_of(1)
    (7, 5, 1)
    """
    return count if count <= 7 else min((7, 6, 5, 4), key=lambda columns: -count % columns)


def size_of(count: int) -> tuple[float, float]:
    """Inches that `count` panels need."""
    columns = columns_of(count)
    return max(columns * PANEL + 0.4, 3.0), -(-count // columns) * (PANEL + 0.3) + 0.5


def small_multiples(drawn: Mapping[str, Panel], *, xlabel: str, ylabel: str, diagonal: bool = False) -> Paint:
    """One panel a finding, and one legend for all where lines have names.

    Args:
        drawn: by the finding's name as a person reads it.
        xlabel: of all panels.
        ylabel: of all panels.
        diagonal: draw the line x = y (chance on a ROC curve, truth on a reliability curve).
    """
    names = list(dict.fromkeys(line.name for panel in drawn.values() for line in panel.lines))
    one_scale = len({(panel.xlim, panel.ylim) for panel in drawn.values()}) == 1

    def paint(figure: Figure) -> None:
        places = panels(figure, len(drawn), columns_of(len(drawn)), shared=one_scale)
        for axes, (title, panel) in zip(places, drawn.items(), strict=True):
            if diagonal:
                axes.plot(panel.xlim, panel.xlim, color=MUTED, linewidth=0.7, linestyle=DASHED)
            _draw(axes, panel, names)
            axes.set_title(title + (f"\n{panel.note}" if panel.note else ""), pad=4)
        figure.supxlabel(xlabel, fontsize=9)
        figure.supylabel(ylabel, fontsize=9)
        marked = list(dict.fromkeys(point.name for panel in drawn.values() for point in panel.points))
        for axes, panel in zip(places, drawn.values(), strict=True):
            _mark(axes, panel.points, marked)
        if len(names) > 1 or any(marked):
            handles = [places[0].plot([], [], color=SERIES[place], label=name)[0] for place, name in enumerate(names)]
            handles += [
                places[0].plot([], [], color=INK, linestyle="", marker=MARKS[place % len(MARKS)], label=name)[0]
                for place, name in enumerate(marked)
            ]
            shown = [handle for handle in handles if not str(handle.get_label() or "_").startswith("_")]
            figure.legend(handles=shown, loc="outside upper left", ncols=min(len(shown), 6))

    return paint


def _draw(axes: Axes, panel: Panel, names: Sequence[str]) -> None:
    if panel.level is not None:
        axes.axhline(panel.level, color=MUTED, linewidth=0.7, linestyle=DASHED)
    for line in panel.lines:
        color = SERIES[names.index(line.name)]
        if line.low is not None and line.high is not None:
            axes.fill_between(line.x, line.low, line.high, color=color, alpha=0.22, linewidth=0)
        axes.plot(line.x, line.y, color=color, marker="o" if len(line.x) <= 12 else "", markersize=2.2)
    axes.set(xlim=_padded(panel.xlim), ylim=_padded(panel.ylim))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(lambda value, _: f"{value:g}".replace("-", "−"))


def _mark(axes: Axes, points: Sequence[Point], names: Sequence[str]) -> None:
    for point in points:
        for ends, at, along in ((point.x_ends, point.y, "x"), (point.y_ends, point.x, "y")):
            if not np.isnan(ends).any():
                line = (ends, (at, at)) if along == "x" else ((at, at), ends)
                axes.plot(*line, color=MUTED, linewidth=0.7)
        mark = MARKS[names.index(point.name) % len(MARKS)]
        axes.plot(point.x, point.y, color=INK, marker=mark, markersize=3.2, linestyle="")


def _padded(limits: tuple[float, float]) -> tuple[float, float]:
    margin = 0.02 * (limits[1] - limits[0])
    return limits[0] - margin, limits[1] + margin
