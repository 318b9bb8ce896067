"""The common style of every figure, and the one way from a painter to SVG text.

Text stays text, so a figure is small, selectable and read aloud. Ink and grid are written as the page's own colors,
so that a figure is right on a light and on a dark page; a saved file gets the light ones.
"""

import io
import re
from collections.abc import Callable

import matplotlib.style
from cycler import cycler
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure

Paint = Callable[[Figure], None]

INK, MUTED, GRID, PAPER = "#1c2329", "#57636e", "#dbe1e7", "#fefefe"
PAGE_COLORS = {INK: "currentColor", MUTED: "var(--muted)", GRID: "var(--line)", PAPER: "var(--paper)"}
# Blue, orange, green, purple, brown-red: apart for color-blind readers, at least 3:1 against white and near-black.
SERIES = ("#2f7fb8", "#c96a12", "#2f9468", "#9467bd", "#b5485d")
DASHED = (0, (3, 3))
SHADES = LinearSegmentedColormap.from_list("shades", [(*to_rgb(SERIES[0]), share) for share in (0.04, 1)], N=64)
# From the page's own paper to blue: more is further from the paper, on a light page and on a dark one.
FONT = "system-ui, Helvetica, Arial, 'DejaVu Sans', sans-serif"
RC = {
    "svg.fonttype": "none",
    "svg.hashsalt": "hilum",
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.prop_cycle": cycler(color=SERIES),
    "figure.constrained_layout.hspace": 0.06,
    "figure.facecolor": "none",
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.5,
}


def to_svg(paint: Paint, *, size: tuple[float, float], label: str) -> str:
    """The SVG text of a figure.

    Args:
        paint: draws on the Figure it is given.
        size: width and height in inches.
        label: what the figure shows, for readers who do not see it.

    Returns:
        An SVG document without a date and with ids derived from `label`, so that several stand in one page.
    """
    with matplotlib.style.context(["default", RC]):  # the user's own settings stay outside
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasSVG(figure)
        paint(figure)
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    text = written.getvalue()
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", _short, text)
    text = text.replace("'DejaVu Sans'", FONT)
    prefix = re.sub(r"\W+", "-", label.lower()).strip("-")[:40]
    text = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{prefix}-", text)
    return text.replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" ', 1)


def _short(tag: re.Match[str]) -> str:
    """The tag with its coordinates in hundredths of a point; half the bytes, and no eye sees it."""
    return re.sub(r"\d+\.\d{3,}", lambda found: f"{float(found[0]):.2f}", tag[0]).replace(" \nL ", "L")


def inline(svg: str) -> Markup:
    """The figure as it stands in a page: in the page's own ink and paper."""
    for color, page_color in PAGE_COLORS.items():
        svg = svg.replace(color, page_color)
    return Markup(svg)


def panels(figure: Figure, count: int, columns: int, *, shared: bool = True) -> list[Axes]:
    """`count` small axes in rows of `columns`; places left over stay empty.

    Args:
        figure: to draw on.
        count: how many.
        columns: how many in a row.
        shared: all have the same scales, which then stand at the outside only.
    """
    rows = -(-count // columns)
    axes = list(figure.subplots(rows, columns, sharex=shared, sharey=shared, squeeze=False).flat)
    for place, each in enumerate(axes):
        each.set_visible(place < count)
        each.tick_params(labelbottom=not shared or place + columns >= count, length=2)
        each.set_box_aspect(1)
    return axes[:count]
