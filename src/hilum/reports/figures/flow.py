"""A flow of images: who came in, who was left out on the way, and who was measured."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from hilum.reports.figures.style import GRID, INK, MUTED, Paint

TALL, GAP = 1.0, 0.75  # of a box and between two, in lines of the drawing
MAIN, SIDE = (0.0, 0.42), (0.5, 1.0)  # left and right edges


@dataclass(frozen=True)
class Stage:
    """A box of the flow.

    Args:
        text: what stands in it.
        left_out: who leaves after it, a line each; none for nobody.
    """

    text: str
    left_out: Sequence[str] = ()


def flow_size(stages: Sequence[Stage]) -> tuple[float, float]:
    """Inches that the drawing needs."""
    return 7.6, 0.5 * _bottom(stages)


def flow(stages: Sequence[Stage]) -> Paint:
    """Boxes from top to bottom, with who is left out at the right of the arrow to the next one."""

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        axes.set(xlim=(-0.01, 1.01), ylim=(_bottom(stages) - GAP + 0.1, -0.1))
        axes.axis("off")
        top, middle = 0.0, sum(MAIN) / 2
        for stage, following in zip(stages, [*stages[1:], None], strict=True):
            _box(axes, MAIN, top, TALL, stage.text, INK)
            below = top + TALL + _between(stage)
            if following is not None:
                axes.annotate(
                    "", (middle, below), (middle, top + TALL), arrowprops={"arrowstyle": "->", "color": MUTED}
                )
            if stage.left_out:
                tall = _between(stage) - 2 * 0.2
                center = top + TALL + 0.2 + tall / 2
                axes.annotate("", (SIDE[0], center), (middle, center), arrowprops={"arrowstyle": "->", "color": MUTED})
                _box(axes, SIDE, center - tall / 2, tall, "\n".join(stage.left_out), MUTED)
            top = below

    return paint


def _between(stage: Stage) -> float:
    return max(GAP, 0.4 + 0.45 * len(stage.left_out) + 0.3) if stage.left_out else GAP


def _bottom(stages: Sequence[Stage]) -> float:
    return sum(TALL + _between(stage) for stage in stages)


def _box(axes: Axes, edges: tuple[float, float], top: float, tall: float, text: str, ink: str) -> None:
    left, right = edges
    edge = GRID if ink == MUTED else MUTED
    axes.add_patch(Rectangle((left, top), right - left, tall, fill=False, edgecolor=edge, linewidth=0.9))
    axes.text((left + right) / 2, top + tall / 2, text, ha="center", va="center", fontsize=9, color=ink)
