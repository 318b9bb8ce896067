"""The check page: whether a dataset is whole and sound, gravest first."""

from collections.abc import Mapping, Sequence
from typing import Any

from hilum.reports.grid import Cell, Column, Grid, Row
from hilum.reports.page import render
from hilum.schema.formatting import MISSING, number

SEVERITIES = {"error": "Errors", "warning": "Warnings", "note": "Notes"}
MEANING = {
    "error": "Results would be false: mend these before anything is learned.",
    "warning": "Look at these before you train.",
    "note": "Worth knowing.",
}
OWNERS = {True: "yes", False: "no", None: "no list known"}
LISTS = {
    "copies": "copies.csv",
    "quality": "flags.csv",
    "unreadable": "flags.csv",
}  # beginning of a code: where all are
NOT_SHOWN = ("patient_id", "path", "path_a", "path_b")  # a page is passed on; check.json holds them, by image_id


def check_page(audit: Mapping[str, Any], *, title: str = "Check") -> str:
    """An audit as one HTML file.

    Args:
        audit: `cohorts` (`name`, `images`, `patients`, `files`, `split`, `owners_split`, `notes`) and `issues`
            (`severity`, `code`, `cohort`, `message`, `count`, `examples`), as an Audit's JSON has them.
        title: of the page.
    """
    issues = {
        severity: [_issue(each) for each in audit["issues"] if each["severity"] == severity] for severity in SEVERITIES
    }
    values = {
        "headline": [
            {"name": SEVERITIES[name], "text": number(len(found), 0), "small": ""} for name, found in issues.items()
        ],
        "cohorts": _cohorts(audit["cohorts"]),
        "sections": [(SEVERITIES[name], MEANING[name], name, found) for name, found in issues.items() if found],
        "notes": [(cohort["name"], cohort["notes"]) for cohort in audit["cohorts"] if cohort["notes"]],
    }
    return render("check.html", kind="check", title=title, values=values)


def _cohorts(cohorts: Sequence[Mapping[str, Any]]) -> Grid:
    splits = list(dict.fromkeys(split for cohort in cohorts for split in cohort["split"]))
    columns = [
        Column("Cohort", number=False),
        *(Column(name) for name in ("Images", "Patients", "Files there", *splits)),
    ]
    rows = []
    for cohort in cohorts:
        counts = [cohort[key] for key in ("images", "patients", "files")] + [
            cohort["split"].get(split) for split in splits
        ]
        cells = [Cell(MISSING if count is None else number(count, 0)) for count in counts]
        rows.append(Row([Cell(cohort["name"]), *cells, Cell(OWNERS[cohort["owners_split"]])]))
    return Grid([*columns, Column("Owner's split", number=False)], rows)


def _issue(issue: Mapping[str, Any]) -> dict[str, Any]:
    keys = list(dict.fromkeys(key for example in issue["examples"] for key in example if key not in NOT_SHOWN))
    columns = [Column(key.replace("image_id", "image").replace("_", " ").capitalize(), number=False) for key in keys]
    rows = [Row([Cell(_text(example.get(key))) for key in keys]) for example in issue["examples"]]
    more = issue["count"] - len(rows)
    return {
        **issue,
        "grid": Grid(columns, rows) if keys else None,
        "more": number(more, 0) if rows and more > 0 else "",
        "list": LISTS.get(issue["code"].partition("_")[0], ""),
    }


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"  # also a split of four digits, in pixels
    return MISSING if value is None else str(value)
