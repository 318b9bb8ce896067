"""The figures of docs/explanation/history.md, from NIH's table and from the pages that benchmarks/history.py wrote.

python benchmarks/history_figures.py ROOT benchmarks/results docs/explanation/figures
"""

import re
import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from hilum.datasets import datasets
from hilum.features.earlier import timeline
from hilum.reports.figures.forest import Estimate, forest, size_of
from hilum.reports.figures.style import INK, MUTED, SERIES, Paint, to_svg
from hilum.schema import Cohort
from hilum.schema.files import write_text
from hilum.schema.findings import display

FEWEST = 30  # images below which a share is not drawn


def tables(page: Path) -> list[list[list[str]]]:
    """The Markdown tables of a page: rows of cells, the head first, the rule left out."""
    blocks = re.findall(r"(?:^\|.*\|$\n?)+", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    rows = [[line.strip("|").split("|") for line in block.splitlines()] for block in blocks]
    return [[[cell.strip() for cell in row] for row in table if "---" not in row[0]] for table in rows]


def estimate(name: str, cell: str, *, strong: bool = False) -> Estimate:
    """From `0.7977 (0.7902 to 0.8033)`."""
    value, low, high = (float(number) for number in re.findall(r"[-+]?\d+\.\d+", cell))
    return Estimate(name, value, low, high, strong)


def repeats(cohort: Cohort) -> Paint:
    """How often a finding of the previous image is there again: same age in years, older by a year or more, anyone."""
    past = timeline(cohort)
    newest, there = past.back(1)
    older = past.age_years - past.age_years[newest]
    before = past.present[newest] == 1
    groups = {
        "on any image": np.ones_like(before),
        "previous image a year or more ago had it": before & (there & (older >= 1))[:, None],
        "previous image at the same age had it": before & (there & (older < 1))[:, None],
    }
    colors, markers = (MUTED, SERIES[1], SERIES[0]), ("|", "s", "o")

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        last = list(groups.values())[-1]
        order = np.argsort([past.present[last[:, k], k].mean() for k in range(14)])
        rows = np.arange(14)
        for (name, chosen), color, marker in zip(groups.items(), colors, markers, strict=True):
            share = [past.present[chosen[:, k], k].mean() if chosen[:, k].sum() >= FEWEST else np.nan for k in order]
            size = 9 if marker == "|" else 5
            axes.plot(share, rows, marker, color=color, markersize=size, label=name, linestyle="none")
        axes.set_yticks(rows, [display(past.findings[k]) for k in order])
        axes.set_xlim(0, 0.65)
        axes.set_xlabel("share of images with the finding", color=INK)
        axes.grid(axis="y", visible=True)
        axes.legend(loc="lower right")

    return paint


def owner(results: Path) -> list[Estimate]:
    rows = tables(results / "history-owner.md")[0][1:]
    return [estimate(f"{learned}, {by}", cell, strong=by == "mean of both") for learned, by, cell, _ in rows]


def bounds(results: Path) -> list[Estimate]:
    rows = tables(results / "history-bound.md")[0][1:]
    return [estimate(row[0], next(cell for cell in reversed(row) if cell)) for row in rows]


def gained(results: Path) -> list[Estimate]:
    rows = tables(results / "history-bound.md")[2][1:]
    return [estimate(row[0], row[1]) for row in rows]


def by_finding(results: Path) -> list[Estimate]:
    rows = tables(results / "history-fusion.md")[1][1:]
    return [estimate(row[0].strip("*"), row[-2], strong=row[0].startswith("*")) for row in rows]


def main(root: Path, results: Path, out: Path) -> None:
    figures = {
        "history-repeats": (repeats(datasets["nih14"](root)), (7.6, 4.6), "How often a finding repeats"),
    }
    for name, rows, xlabel, reference, label in (
        ("history-owner", owner(results), "mean AUROC, owner's test list", None, "AUROC by what was learned from"),
        ("history-bound", bounds(results), "mean AUROC, owner's test list", None, "AUROC by what history may see"),
        ("history-fusion", by_finding(results), "AUROC gained over the CNN", 0.0, "Gain over the CNN by finding"),
        ("history-bound-fusion", gained(results), "mean AUROC gained over the CNN", 0.0, "Gain by what history sees"),
    ):
        figures[name] = (forest(rows, xlabel=xlabel, reference=reference), size_of(len(rows)), label)
    for name, (paint, size, label) in figures.items():
        svg = to_svg(paint, size=size, label=label).replace("<svg ", '<svg style="background: white" ', 1)
        write_text(out / f"{name}.svg", svg)
        print(out / f"{name}.svg")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
