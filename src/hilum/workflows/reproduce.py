"""Reproduce: a report's rows in order, each a Run that resumes, and one page with its tables beside ours."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hilum.evaluation import Comparison, compare
from hilum.evaluation.compare_boxes import compare_boxes
from hilum.evaluation.names import title
from hilum.evaluation.reproduction import Outcome, Reproduction, Row, Table, load_reproduction
from hilum.reports import reproduction_page
from hilum.schema import BoxPredictions, ConfigError, DataError, LabelPredictions, MaskPredictions
from hilum.schema.files import check_out_folder, write_json, write_text
from hilum.workflows.reproduce_row import Bench, Train, filters_of
from hilum.workflows.reproduce_scale import Scale

SETTINGS, PAGE = "reproduction.json", "reproduction.html"
Compared = dict[tuple[str, ...], Comparison | str]  # by the names of the rows


def reproduce(
    report: str | Path,
    root: Path,
    out: Path,
    *,
    train: Train,
    rows: Sequence[str] | None = None,
    scale: Scale | None = None,
    stores: Path | None = None,
    masks: MaskPredictions | None = None,
    device: str = "auto",
    replicates: int = 1000,
    say: Callable[[str], None] = print,
) -> Mapping[str, Outcome]:
    """Make a report's rows again, and write `reproduction.html` into `out` after each.

    Rows that were made before are not made again; one that was cut off goes on, and one that failed is tried again.

    Args:
        report: a report's name (`report1`), or a YAML file of the same form.
        root: folder of the report's dataset.
        out: folder of the page, and of a folder for each row.
        train: makes a Run of a recipe and a cohort: `hilum.training.train`.
        rows: names of rows; all of them when left out. The page shows what was made of the others before.
        scale: how much of it.
        stores: folder of packed stores; `stores` in `out` when left out.
        masks: of lungs on the report's images, for stages that look at them; the dataset's own when left out.
        device: `auto`, `cpu`, `cuda` …
        replicates: of the bootstrap, over patients.
        say: is told what is done and how long it will still take.

    Returns:
        What became of each row, by name.

    Raises:
        ConfigError: for an unknown report or row, or a folder in which another report or scale was begun.
    """
    held, scale = load_reproduction(report), scale or Scale()
    chosen = held.chosen(rows)
    check_out_folder(out)
    bench = Bench(held, root, out, train, scale, stores or out / "stores", device, replicates, masks, say)
    bench.cohort()  # this and the recipes refuse what is wrong before any work is done
    scale.check(chosen)
    for row in chosen:
        filters_of(row)
    _begin(out, held, scale)
    compared: Compared = {}
    todo = [row for row in chosen if not row.not_yet and not bench.done(row)]
    ready = sum(not row.not_yet for row in chosen) - len(todo)
    if ready:
        say(f"{ready} of {ready + len(todo)} rows are there already.")
    for row in _timed(todo, scale, say):
        outcome = bench.make(row)
        say(f"  failed: {outcome.failure}" if outcome.failure else f"  {_figure(outcome, bench.table(row))}")
        _write_page(bench, compared)
    if not todo:
        _write_page(bench, compared)
    return {row.name: bench.outcome(row) for row in held.rows}


def _compared(bench: Bench, rows: Sequence[Row], metric: str) -> Comparison:
    """The rows by this metric, on the images that all of them hold."""
    said = {row.name: bench.predictions(row) for row in rows}
    boxes = {name: one for name, one in said.items() if isinstance(one, BoxPredictions)}
    labels = {name: one for name, one in said.items() if isinstance(one, LabelPredictions)}
    how: dict[str, Any] = {"metrics": [metric], "replicates": bench.replicates}
    return compare_boxes(boxes, bench.cohort(), **how) if boxes else compare(labels, bench.cohort(), **how)


def _begin(out: Path, report: Reproduction, scale: Scale) -> None:
    """Write down what the folder is of, or refuse one of something else."""
    wanted: dict[str, Any] = json.loads(json.dumps({"report": report.title, "scale": asdict(scale)}))
    path = out / SETTINGS
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        write_json(path, wanted)
        return
    except ValueError as error:
        raise DataError(f"{path}: damaged ({error}). Give a new folder, or remove the file.") from error
    if found != wanted:
        raise ConfigError(
            f"{out}: begun with {_briefly(found)}, and now {_briefly(wanted)} is asked for. "
            "Expected the same; or give another folder."
        )


def _briefly(held: Mapping[str, Any]) -> str:
    scale = {name: value for name, value in dict(held.get("scale", {})).items() if value}
    return f"'{held.get('report')}' at {', '.join(f'{name} {value}' for name, value in scale.items())}"


def _timed(rows: Sequence[Row], scale: Scale, say: Callable[[str], None]) -> Iterator[Row]:
    """The rows one by one, each announced with how long all of them will still take."""
    work = [_work(row, scale) for row in rows]
    began = time.monotonic()
    for number, row in enumerate(rows):
        done, left = sum(work[:number]), sum(work[number:])
        spent = time.monotonic() - began
        still = f", about {_duration(spent * left / done)} left" if done else ""
        say(f"[{number + 1}/{len(rows)}] {row.name}: {row.title}{still}")
        yield row


def _work(row: Row, scale: Scale) -> float:
    """How much a row is to do, as pixels seen; members are trained in rows of their own."""
    if not row.recipe:
        return 0.0
    recipe = scale.recipe(row)
    return float(recipe.training.epochs * recipe.preprocess.size**2)


def _duration(seconds: float) -> str:
    """A time as a person says it.

    >>> _duration(42), _duration(600), _duration(9000)
    ('42 s', '10 min', '2.5 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _figure(outcome: Outcome, table: Table) -> str:
    assert outcome.evaluation is not None
    rows = outcome.evaluation.rows
    told = rows[(rows.metric == table.metric) & (rows.finding == table.of)]
    if told.empty:
        return "calls alone, of which there is no AUROC"
    mean = told.iloc[0]
    name = title(table.metric) if table.of != "macro" else f"mean {title(table.metric)}"
    return f"{name} {mean.value:.3f} ({mean.low:.3f} to {mean.high:.3f})"


def _write_page(bench: Bench, compared: Compared) -> None:
    outcomes = {row.name: bench.outcome(row) for row in bench.report.rows}
    differences = [_differences(bench, table, outcomes, compared) for table in bench.report.tables]
    page = reproduction_page(bench.report, outcomes, differences, scale=asdict(bench.scale), notes=bench.cohort().notes)
    write_text(bench.out / PAGE, page)


def _differences(
    bench: Bench, table: Table, outcomes: Mapping[str, Outcome], compared: Compared
) -> Comparison | str | None:
    """The measured rows of a table on the images that all of them hold; why not, or None where fewer than two are."""
    rows = [row for row in table.rows if outcomes[row.name].evaluation is not None and not row.constant]
    if len(rows) < 2:
        return None
    names = tuple(row.name for row in rows)
    if names not in compared:
        try:
            compared[names] = _compared(bench, rows, table.metric)
        except DataError as error:
            compared[names] = str(error)
    return compared[names]
