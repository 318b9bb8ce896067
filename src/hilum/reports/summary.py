"""The summary page: what is in a cohort, or in several side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from hilum.reports.figures.style import inline
from hilum.reports.grid import Cell, Column, Grid, Row, share
from hilum.reports.page import render
from hilum.reports.summary_charts import summary_figures
from hilum.schema.findings import display
from hilum.schema.formatting import MISSING, is_number, number

Numbers = Mapping[str, Any]
SEXES = {"F": "female", "M": "male", "unknown": "sex not known"}
COLUMNS = {"path": "file"}  # as a person would call them


def summary_page(summaries: Sequence[Numbers], *, title: str = "Summary") -> str:
    """What cohorts hold as one HTML file; several stand side by side first, then each alone.

    Args:
        summaries: the numbers of one or more Summaries, under the keys that `hilum.audit.summary` describes.
        title: of the page.
    """
    values = {
        "facts": _facts(summaries),
        "shares": _shares(summaries) if len(summaries) > 1 else None,
        "cohorts": [_cohort(numbers) for numbers in summaries],
    }
    return render("summary.html", kind="summary", title=title, values=values)


def _cohort(numbers: Numbers) -> dict[str, Any]:
    return {
        "name": numbers["cohort"],
        "headline": [
            {"name": name, "text": number(numbers[key], 0), "small": small}
            for name, key, small in (
                ("Images", "images", f"the files of {number(numbers['files'], 0)} are here"),
                (
                    "Patients",
                    "patients",
                    f"{number(numbers['images_per_patient']['with_several'], 0)} with several images",
                ),
            )
        ],
        "labels": _labels(numbers["label_counts"]),
        "figures": {name: Markup(inline(svg)) for name, svg in summary_figures(numbers).items()},
        "findings": _findings(numbers),
        "sizes": _sizes(numbers["sizes"]),
        "missing": _missing(numbers),
        "boxes": _named(numbers["boxes"]["by_finding"], "Boxes"),
        "notes": numbers["notes"],
    }


def _facts(summaries: Sequence[Numbers]) -> Grid:
    """One column a cohort, one row a fact."""
    lines = [_facts_of(numbers) for numbers in summaries]
    columns = [Column("", number=False), *(Column(numbers["cohort"]) for numbers in summaries)]
    names = list(dict.fromkeys(name for line in lines for name in line))
    return Grid(columns, [Row([Cell(name), *(Cell(line.get(name, MISSING)) for line in lines)]) for name in names])


def _facts_of(numbers: Numbers) -> dict[str, str]:
    labels, each = numbers["label_counts"], numbers["images_per_patient"]
    facts = {"Images": numbers["images"], "Patients": numbers["patients"], "Files there": numbers["files"]}
    facts |= {
        "Images with one label": labels["one_label"],
        "… of which No Finding": labels["no_finding"],
        "… of which one finding": labels["one_finding"],
        "Images with several findings": labels["several"],
        "Images without a label": labels["no_label"],
    }
    facts |= {f"Patients, {SEXES.get(name, name)}": count for name, count in numbers["sex"]["patients"].items()}
    facts |= {
        f"Images, {name}": count for key in ("sex", "view", "split") for name, count in _of_images(numbers, key).items()
    }
    told = {name: number(count, 0) for name, count in facts.items()}
    for of, name in (("images", "Age of the images' patients"), ("patients", "Age of the patients, first image")):
        told[name] = _age(numbers["age_years"][of])
    told["Images a patient"] = f"mean {number(each['mean'], 2)}, most {number(each['most'], 0)}"
    if numbers["spacing_mm"]:
        spacing = numbers["spacing_mm"]
        told["Detector spacing"] = " to ".join(f"{spacing[key]:.3f}" for key in ("least", "most")) + " mm"
    return told


def _of_images(numbers: Numbers, key: str) -> Mapping[str, int]:
    held: Mapping[str, int] = numbers["sex"]["images"] if key == "sex" else numbers[key]
    words = SEXES if key == "sex" else {"unknown": f"{key} not known"}
    return {words.get(name, name): count for name, count in held.items()}


def _age(age: Numbers) -> str:
    if not is_number(age["mean"]):
        return "not known"
    impossible = f"; {number(age['impossible'], 0)} impossible, left out" if age["impossible"] else ""
    span = f"{number(age['mean'], 1)} ± {number(age['deviation'], 1)} years, {age['least']:g} to {age['most']:g}"
    return span + impossible


def _labels(counts: Numbers) -> str:
    one, none, alone, several, silent = (
        number(counts[key], 0) for key in ("one_label", "no_finding", "one_finding", "several", "no_label")
    )
    said = f"{one} images have one label, of which {none} No Finding and {alone} one finding; {several} have several."
    return f"{said} {silent} have no label." if counts["no_label"] else said


def _findings(numbers: Numbers) -> Grid:
    """The kinds of labels that occur at all, a column each."""
    kinds = ("present", "absent", "uncertain", "not_mentioned", "alone", "with_others", "patients")
    shown = [key for key in kinds if key == "present" or any(each[key] for each in numbers["findings"])]
    columns = [Column("Finding", number=False), *(Column(key.replace("_", " ").capitalize()) for key in shown)]
    rows = []
    for each in numbers["findings"]:
        counts = [Cell(number(each[key], 0)) for key in shown]
        rows.append(Row([Cell(display(each["finding"])), *counts, Cell(share(each["share"], 1))]))
    return Grid([*columns, Column("Share of images")], rows)


def _shares(summaries: Sequence[Numbers]) -> Grid:
    """How frequent each finding is in each cohort, in the spelling of the first that has it."""
    held = [{display(each["finding"]): each for each in numbers["findings"]} for numbers in summaries]
    columns = [Column("Finding", number=False), *(Column(numbers["cohort"]) for numbers in summaries)]
    rows = []
    for name in dict.fromkeys(name for each in held for name in each):
        cells = [
            Cell(f"{number(each[name]['present'], 0)}, {share(each[name]['share'], 1)}" if name in each else MISSING)
            for each in held
        ]
        rows.append(Row([Cell(name), *cells]))
    return Grid(columns, rows)


def _sizes(sizes: Numbers) -> Grid | None:
    kinds = {"image": "as published", "detector": "of the detector"}
    columns = [Column("Width × height", number=False), Column("Pixels", number=False), Column("Images")]
    rows = []
    for kind, words in kinds.items():
        for each in sizes[kind]:
            size = f"{each['width']} × {each['height']}"
            rows.append(Row([Cell(size), Cell(words), Cell(number(each["images"], 0))]))
    return Grid(columns, rows) if rows else None


def _missing(numbers: Numbers) -> Grid | None:
    columns = [Column("Column", number=False), Column("Images without a value"), Column("Share")]
    rows = [
        Row([Cell(_column(name)), Cell(number(count, 0)), Cell(share(count, numbers["images"]))])
        for name, count in numbers["missing"].items()
    ]
    return Grid(columns, rows) if rows else None


def _column(name: str) -> str:
    return COLUMNS.get(name, name).replace("_", " ").capitalize()


def _named(counts: Mapping[str, int], what: str) -> Grid | None:
    rows = [Row([Cell(display(name)), Cell(number(count, 0))]) for name, count in counts.items()]
    return Grid([Column("Finding", number=False), Column(what)], rows) if rows else None
