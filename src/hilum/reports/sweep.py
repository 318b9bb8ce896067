"""The page of a sweep: which trials there were, how the best came about, and which settings mattered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from hilum.reports.grid import Cell, Column, Grid, Row
from hilum.reports.page import figure, render
from hilum.schema.formatting import MISSING, number


@dataclass(frozen=True)
class Trial:
    """One training of a sweep.

    Args:
        number: from 0.
        state: `complete`, `pruned`, `fail` or `running`.
        value: the best epoch's figure, of a complete trial.
        epochs: how many were measured.
        values: its settings, each as JSON.
        seconds: how long it took.
        reason: why it failed.
    """

    number: int
    state: str
    value: float | None
    epochs: int
    values: Mapping[str, str]
    seconds: float | None = None
    reason: str = ""


def sweep_page(
    trials: Sequence[Trial],
    *,
    best: Trial | None,
    monitor: str,
    better: str,
    importance: Mapping[str, float],
) -> str:
    """Trials as one HTML file.

    Args:
        trials: all of them.
        best: of the complete ones.
        monitor: the figure's name.
        better: `maximize` or `minimize`.
        importance: share of the figure's variance that each setting explains.
    """
    counts = {state: sum(trial.state == state for trial in trials) for state in ("complete", "pruned", "fail")}
    headline = [
        {
            "name": "Trials",
            "text": number(len(trials), 0),
            "small": f"{counts['pruned']} pruned, {counts['fail']} failed",
        }
    ]
    if best is not None and best.value is not None:
        small = f"trial {best.number}, on validation images"
        headline.insert(0, {"name": f"Best {monitor}", "text": number(best.value, 4), "small": small})
    values = {
        "headline": headline,
        "curve": _curve(trials, monitor, better),
        "importance": _importance(importance),
        "trials": _table(trials, monitor, better),
        "failures": [f"Trial {trial.number}: {trial.reason}" for trial in trials if trial.reason],
        "best": best,
    }
    return render("sweep.html", kind="sweep", title="Sweep", values=values)


def _curve(trials: Sequence[Trial], monitor: str, better: str) -> Markup | None:
    done = [trial for trial in trials if trial.state == "complete" and trial.value is not None]
    if len(done) < 2:
        return None
    from hilum.reports.figures.search import best_so_far

    points = [(trial.number, float(trial.value or 0.0)) for trial in done]
    paint = best_so_far(points, name=monitor, rising=better == "maximize")
    return figure(paint, size=(7.6, 2.8), label=f"{monitor} of each trial, and the best so far")


def _importance(importance: Mapping[str, float]) -> Markup | None:
    if not importance:
        return None
    from hilum.reports.figures.bars import rows, rows_size

    names = sorted(importance, key=lambda name: -importance[name])
    paint = rows(
        names, {"share": [100 * importance[name] for name in names]}, xlabel="Share of the variance, in percent"
    )
    return figure(paint, size=rows_size(len(names)), label="How much each setting mattered")


def _table(trials: Sequence[Trial], monitor: str, better: str) -> Grid:
    """The best first, then those without a figure."""
    sign = -1 if better == "maximize" else 1

    def order(trial: Trial) -> tuple[bool, float, int]:
        return trial.value is None, sign * (trial.value or 0.0), trial.number

    names = list(dict.fromkeys(name for trial in trials for name in trial.values))
    columns = [Column("Trial"), Column(monitor), Column("State", number=False), Column("Epochs"), Column("Minutes")]
    rows = [
        Row(
            [
                Cell(str(trial.number)),
                Cell(MISSING if trial.value is None else number(trial.value, 4)),
                Cell(trial.state),
                Cell(str(trial.epochs)),
                Cell(MISSING if trial.seconds is None else number(trial.seconds / 60, 1)),
                *(Cell(_short(trial.values.get(name))) for name in names),
            ]
        )
        for trial in sorted(trials, key=order)
    ]
    return Grid([*columns, *(Column(name) for name in names)], rows)


def _short(value: str | None) -> str:
    if value is None:
        return MISSING
    try:
        return f"{float(value):.4g}"
    except ValueError:
        return value.strip('"')
