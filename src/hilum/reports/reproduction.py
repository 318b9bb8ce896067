"""The reproduction page: a report's tables beside ours, row by row, with what differs."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from hilum.evaluation.compare import Comparison
from hilum.evaluation.export import number
from hilum.evaluation.names import title
from hilum.evaluation.published import known_splits, split_of
from hilum.evaluation.reproduction import Outcome, Reproduction, Row, Table, means_of, places_of, printed_mean
from hilum.reports.figures.forest import Estimate, forest
from hilum.reports.figures.forest import size_of as forest_size
from hilum.reports.grid import Cell, Column, Grid, shown
from hilum.reports.grid import Row as GridRow
from hilum.reports.page import figure, render
from hilum.reports.reproduction_rows import details, differences_of, measured
from hilum.schema import Findings
from hilum.schema.formatting import MISSING

Differences = Comparison | str | None  # or why there is none


def reproduction_page(
    report: Reproduction,
    outcomes: Mapping[str, Outcome],
    differences: Sequence[Differences],
    *,
    scale: Mapping[str, Any],
    notes: Sequence[str] = (),
) -> str:
    """A report's tables beside ours as one HTML file.

    Args:
        report: what was printed.
        outcomes: by a row's name what became of it here.
        differences: a table's measured rows on the images that all of them hold, under the rows' names, the first one
            as reference; a sentence where they could not be compared, None where fewer than two were measured.
        scale: `share` of the training patients, `epochs`, `size`, `settings`, `seed`, `small`.
        notes: of the cohort.
    """
    values = {
        "source": report.source,
        "headline": _headline(report, outcomes, scale),
        "differs": [*report.differs, *_scale_sentences(scale), *_images_sentences(report, outcomes)],
        "notes": report.notes,
        "sections": [
            _section(table, report.dataset, outcomes, found)
            for table, found in zip(report.tables, differences, strict=True)
        ],
        "cohort_notes": notes,
    }
    return render("reproduction.html", kind="reproduction", title=report.title, values=values)


def _headline(report: Reproduction, outcomes: Mapping[str, Outcome], scale: Mapping[str, Any]) -> list[dict[str, str]]:
    rows = [outcomes[row.name] for row in report.rows]
    done = [outcome.evaluation for outcome in rows if outcome.evaluation is not None]
    failed = sum(bool(outcome.failure) for outcome in rows)
    later = sum(bool(row.not_yet) for row in report.rows)
    others = [f"{count} {word}" for count, word in ((failed, "failed"), (later, "not there yet")) if count]
    items = [
        {"name": "Rows measured", "text": f"{len(done)} of {len(rows)}", "small": ", ".join(others)},
        {
            "name": "Training patients",
            "text": f"{100 * scale['share']:g} %",
            "small": f"drawn with seed {scale['seed']}" if scale["share"] < 1 else "all of the dataset's",
        },
    ]
    if done:
        most = max(done, key=lambda one: int(one.provenance["images"]))
        patients = f"of {number(most.provenance['patients'], 0)} patients, not trained on"
        items.append({"name": "Test images", "text": number(most.provenance["images"], 0), "small": patients})
    return items


def _scale_sentences(scale: Mapping[str, Any]) -> list[str]:
    """What was made smaller than the recipes say."""
    told = []
    if scale["share"] < 1:
        told.append(
            f"Training images: {100 * scale['share']:g} % of the training patients, drawn by patient with seed "
            f"{scale['seed']}, the same for each row."
        )
    if scale["epochs"]:
        told.append(f"Epochs: no phase of training is longer than {scale['epochs']}.")
    if scale["size"]:
        told.append(f"Pixels: no image is larger than {scale['size']} a side.")
    if scale["small"]:
        told.append("Recipes: the -small one, which learns on two cores, in place of each that has one.")
    if scale["settings"]:
        told.append(f"Changed in every row: {', '.join(scale['settings'])}.")
    return told


def _images_sentences(report: Reproduction, outcomes: Mapping[str, Outcome]) -> list[str]:
    """Whether ours are a test set that others name, or which part."""
    done = [one.evaluation for one in outcomes.values() if one.evaluation is not None]
    if not done:
        return []
    splits = known_splits(report.dataset)
    found = {split_of(report.dataset, str(one.provenance["images_hash"])) for one in done} - {None}
    known = [f"Test images here: {splits[name]['what']}, {splits[name]['images']:,} images." for name in found if name]
    return known or [
        f"Test images here: {', '.join(sorted({number(one.provenance['images'], 0) for one in done}))} images that "
        "are no test set of published figures as a whole, so that no figure below compares with a printed one."
    ]


def _section(table: Table, dataset: str, outcomes: Mapping[str, Outcome], found: Differences) -> dict[str, Any]:
    differences = differences_of(found, table.metric)
    return {
        "title": table.title,
        "metric": _name(table),
        "images": table.images,
        "means": _means(table, dataset, outcomes, found),
        "further": _further(table, dataset, outcomes),
        "verdict": _verdict(table, found),
        "forest": _forest(table, found),
        "rows": [details(row, table, dataset, outcomes[row.name], differences) for row in table.rows],
    }


def _means(table: Table, dataset: str, outcomes: Mapping[str, Outcome], found: Differences) -> Grid:
    """One row a row of the report: its figure as printed, ours, and the difference from the first one here."""
    differences, findings = differences_of(found, table.metric), Findings.of(table.findings)
    columns = [
        Column("Row", number=False),
        Column("Printed"),
        Column("Here"),
        Column("Less first row"),
        Column("What differs", number=False),
    ]
    rows = []
    for row in table.rows:
        outcome, figures = outcomes[row.name], row.figures(dataset).get(table.metric, {})
        mean, places = printed_mean(figures, findings, table.of), places_of(figures.values())
        text = MISSING if mean is None else number(mean[0], places) if mean[1] else f"[{number(mean[0], places)}]"
        difference = differences.get((row.name, table.of))
        rows.append(
            GridRow(
                [
                    Cell(row.title),
                    Cell(text),
                    measured(outcome.evaluation, table.metric, table.of),
                    Cell(MISSING)
                    if difference is None
                    else shown(difference["difference"], difference["difference_low"], difference["difference_high"]),
                    Cell(_status(row, outcome)),
                ]
            )
        )
    return Grid(columns, rows)


def _name(table: Table) -> str:
    """What a table's rows are told apart by, as `mean AUROC`."""
    return f"mean {title(table.metric)}" if table.of == "macro" else title(table.metric)


def _status(row: Row, outcome: Outcome) -> str:
    """What differs; before it why there is no figure of ours, where there is none."""
    if row.not_yet:
        return f"Not there yet. {row.not_yet}"
    if outcome.failure:
        return f"Failed: {outcome.failure.splitlines()[0]}"
    return row.differs if outcome.evaluation else f"Not made here so far. {row.differs}"


def _further(table: Table, dataset: str, outcomes: Mapping[str, Outcome]) -> Grid | None:
    """The other means that the report prints, each beside ours."""
    pairs = means_of(table, dataset)[1:]
    if not pairs:
        return None
    columns = [Column("Row", number=False)]
    for metric, mean in pairs:
        columns += [Column(f"{title(metric)}, {mean}: printed"), Column("Here")]
    rows = []
    for row in table.rows:
        figures, cells = row.figures(dataset), [Cell(row.title)]
        for metric, mean in pairs:
            printed = figures.get(metric, {})
            cells.append(shown(printed.get(mean), places=places_of(printed.values())))
            cells.append(measured(outcomes[row.name].evaluation, metric, mean))
        rows.append(GridRow(cells))
    return Grid(columns, rows)


def _verdict(table: Table, found: Differences) -> list[str]:
    """In sentences: which rows cannot be told apart from the first, and which can."""
    if isinstance(found, str):
        return [f"The rows could not be compared: {found}"]
    if found is None:
        return ["Fewer than two rows are measured: there is nothing to compare."]
    titles = {row.name: row.title for row in table.rows}
    apart: list[tuple[str, float]] = []
    same: list[tuple[str, float]] = []
    for (name, finding), row in differences_of(found, table.metric).items():
        if finding == table.of:
            low, high = row["difference_low"], row["difference_high"]
            (apart if low > 0 or high < 0 else same).append((titles[name], row["difference"]))
    first = titles[str(found.provenance["reference"])]
    images = f"{number(found.provenance['images'], 0)} images of {number(found.provenance['patients'], 0)} patients"
    sentences = []
    if same:
        sentences.append(
            f"Cannot be told apart from {first} by their {_name(table)} on these {images}: "
            f"{'; '.join(name for name, _ in same)}."
        )
    better = [f"{name} ({number(value)})" for name, value in apart if value > 0]
    worse = [f"{name} ({number(value)})" for name, value in apart if value < 0]
    for kind, names in (("Higher", better), ("Lower", worse)):
        if names:
            sentences.append(f"{kind} than {first} on these {images}: {'; '.join(names)}.")
    return sentences


def _forest(table: Table, found: Differences) -> Markup | str:
    if not isinstance(found, Comparison):
        return ""
    titles = {row.name: row.title for row in table.rows}
    rows = [(name, row) for (name, finding), row in differences_of(found, table.metric).items() if finding == table.of]
    estimates = [
        Estimate(titles[name], row["difference"], row["difference_low"], row["difference_high"]) for name, row in rows
    ]
    label = f"{_name(table)[0].upper()}{_name(table)[1:]} less that of the first row"
    return figure(forest(estimates, xlabel=label, reference=0.0), size=forest_size(len(estimates)), label=label)
