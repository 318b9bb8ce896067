"""The comparison page: models on the same images, their differences, and published figures beside them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from hilum.evaluation.compare import Comparison
from hilum.evaluation.export import MISSING, comparison_table, number, p_value
from hilum.evaluation.names import MEANS, finding_name, title
from hilum.reports.figures.forest import Estimate, forest
from hilum.reports.figures.forest import size_of as forest_size
from hilum.reports.grid import Cell, Column, File, Grid, Row, exports, shown
from hilum.reports.page import figure, render
from hilum.reports.provenance import provenance_facts
from hilum.reports.published import published_sections

Rows = Mapping[tuple[str, str], dict[Any, Any]]  # by finding and model
TESTS = {"bootstrap": "a paired bootstrap", "permutation": "a paired permutation test", "delong": "DeLong's test"}
CORRECTIONS = {"holm": "Holm", "benjamini_hochberg": "Benjamini and Hochberg"}


def comparison_page(comparison: Comparison, *, published: pd.DataFrame | None = None, title: str = "Comparison") -> str:
    """Models beside each other as one HTML file.

    Args:
        comparison: what `compare` measured.
        published: figures of others, as `hilum.evaluation.published.beside` gives them.
        title: of the page.
    """
    held = comparison.provenance
    own = {str(name): rows for name, rows in comparison.table.groupby("model", sort=False)}
    values = {
        "published": published_sections(published, own),
        "headline": _headline(comparison),
        "notes": held.get("notes", []),
        "how": _how(held),
        "sections": [
            _section(rows, str(metric), held) for metric, rows in comparison.table.groupby("metric", sort=False)
        ],
        "files": _files(comparison),
        "provenance": provenance_facts(held),
    }
    return render("comparison.html", kind="comparison", title=title, values=values)


def _headline(comparison: Comparison) -> list[dict[str, str]]:
    held, table = comparison.provenance, comparison.table
    first = table.metric.iloc[0]
    means = table[(table.finding == "macro") & (table.metric == first)].to_dict("records")
    items = []
    for row in means:
        cell = shown(row["value"], row["low"], row["high"])
        items.append({"name": row["model"], "text": cell.text, "small": f"mean {title(first)} {cell.interval}"})
    cohort = f" of {held['cohort']}" if "cohort" in held else ""
    return [
        *items,
        {
            "name": "Images",
            "text": number(held["images"], 0),
            "small": f"{number(held['patients'], 0)} patients{cohort}",
        },
    ]


def _how(held: Mapping[str, Any]) -> str:
    fewest = {"bootstrap": 2, "permutation": 1}.get(held["test"])
    least = ""
    if fewest:
        floor = fewest / (held["replicates"] + 1)
        tests = len(held.get("findings", ())) if held["correction"] == "holm" else 1
        corrected = f", and corrected none below {p_value(min(1.0, tests * floor))}" if tests > 1 else ""
        least = f" So many replicates can show no p below {p_value(floor)}{corrected}."
    kind = "Wilson intervals over patients where a metric has them" if held.get("interval") == "wilson" else ""
    kind = f" Intervals of single values are {kind}, else percentile intervals." if kind else ""
    return (
        f"All models are measured on the same {number(held['images'], 0)} images. A difference is a model less "
        f"{held['reference']}, on the same {number(held['replicates'], 0)} bootstrap replicates over patients, so its "
        f"interval is that of the paired difference. p is from {TESTS.get(held['test'], held['test'])}, corrected over "
        f"the findings after {CORRECTIONS.get(held['correction'], held['correction'])}; a mean, being one test, "
        f"is not corrected.{least}{kind}"
    )


def _section(rows: pd.DataFrame, metric: str, held: Mapping[str, Any]) -> dict[str, Any]:
    models = list(dict.fromkeys(rows.model))
    keyed = {(row["finding"], row["model"]): row for row in rows.to_dict("records")}
    findings = list(dict.fromkeys(rows.finding))
    others = [model for model in models if model != held["reference"]]
    return {
        "metric": title(metric),
        "values": _values(keyed, findings, models),
        "differences": [
            (model, _differences(keyed, findings, model), _forest(keyed, findings, model, metric)) for model in others
        ],
        "reference": held["reference"],
    }


def _values(keyed: Rows, findings: Sequence[str], models: Sequence[str]) -> Grid:
    columns = [Column("Finding", number=False), Column("Present"), *(Column(model) for model in models)]
    rows = []
    for name in findings:
        held = [keyed.get((name, model)) for model in models]
        present = next(row["present"] for row in held if row is not None)
        cells = [
            Cell(MISSING)
            if row is None
            else shown(row["value"], row["low"], row["high"], too_few=row.get("too_few") is True)
            for row in held
        ]
        rows.append(
            Row([Cell(finding_name(name)), Cell("" if name in MEANS else number(present, 0)), *cells], name in MEANS)
        )
    return Grid(columns, rows)


def _differences(keyed: Rows, findings: Sequence[str], model: str) -> Grid:
    columns = [Column("Finding", number=False), *(Column(name) for name in ("Difference", "p", "p corrected"))]
    rows = []
    for name in findings:
        row = keyed.get((name, model))
        if row is None:
            continue
        cell = shown(row["difference"], row["difference_low"], row["difference_high"])
        ps = [Cell(p_value(row[key])) for key in ("p", "p_corrected")]
        rows.append(Row([Cell(finding_name(name)), cell, *ps], name in MEANS))
    return Grid(columns, rows)


def _forest(keyed: Rows, findings: Sequence[str], model: str, metric: str) -> Markup:
    held = [keyed[name, model] for name in findings if (name, model) in keyed and name not in ("weighted", "micro")]
    estimates = [
        Estimate(finding_name(row["finding"]), row["difference"], row["difference_low"], row["difference_high"],
                 strong=row["finding"] in MEANS)
        for row in held
    ]  # fmt: skip
    label = f"Difference in {title(metric)}, {model}"
    return figure(forest(estimates, xlabel=label, reference=0.0), size=forest_size(len(estimates)), label=label)


def _files(comparison: Comparison) -> list[File]:
    first = str(comparison.table.metric.iloc[0])
    return exports(comparison_table(comparison, first), comparison.table, "comparison")
