"""The figures of a cohort's summary, as SVG by name."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hilum.evaluation.names import group_name
from hilum.reports.figures import bars, matrix
from hilum.reports.figures.style import to_svg
from hilum.schema.findings import display

Numbers = Mapping[str, Any]
BUCKETS = ((0, 0), (1, 1), (2, 2), (3, 5), (6, 10), (11, 20), (21, 50), (51, 10**9))
NARROW = (4.4, 3.0)  # inches; two stand beside each other
GROUPS = {"by_sex": "Sex", "by_age": "Age", "by_view": "View"}


def summary_figures(numbers: Numbers) -> dict[str, str]:
    """Every figure that the numbers of a cohort allow, as an SVG document by its name (also a good file name).

    Args:
        numbers: of a Summary, under the keys that `hilum.audit.summary` describes.
    """
    painters: dict[str, Callable[[Numbers], str | None]] = {
        "age-by-sex-images": lambda held: _ages(held, "images", "images"),
        "age-by-sex-patients": lambda held: _ages(held, "patients", "patients"),
        "labels-per-image": _labels_per_image,
        "findings": _findings,
        "co-occurrence": _co_occurrence,
        "findings-by-group": _by_group,
        "images-per-patient": lambda held: _bucketed(
            held["images_per_patient"]["counts"], "Images a patient", "Patients", held
        ),
        "follow-up": lambda held: _bucketed(
            held["follow_up"]["counts"], "Place in the patient's order", "Images", held
        ),
    }
    drawn = {name: paint(numbers) for name, paint in painters.items()}
    return {name: svg for name, svg in drawn.items() if svg}


def _ages(numbers: Numbers, of: str, what: str) -> str | None:
    edges, groups = numbers["age_by_sex"]["edges"], numbers["age_by_sex"][of]
    counts: dict[str, list[float]] = {sex: each for sex, each in groups.items() if sum(each)}
    if not counts:
        return None
    last = max(place for each in counts.values() for place, count in enumerate(each) if count)
    cut = {sex: each[: last + 1] for sex, each in counts.items()}
    paint = bars.columns(edges[: last + 2], cut, xlabel="Age in years", ylabel=what.capitalize())
    return to_svg(paint, size=NARROW, label=f"Age by sex of the {what} of {numbers['cohort']}")


def _labels_per_image(numbers: Numbers) -> str | None:
    counts = numbers["labels_per_image"]
    if len(counts) < 2:
        return None
    paint = bars.rows(list(counts), {"Images": list(counts.values())}, xlabel="Images", ylabel="Findings present")
    return to_svg(paint, size=_half(len(counts)), label=f"Number of findings on an image of {numbers['cohort']}")


def _findings(numbers: Numbers) -> str | None:
    found = sorted(numbers["findings"], key=lambda each: -each["present"])
    if not any(each["present"] for each in found):
        return None
    parts = {"Alone": [each["alone"] for each in found], "With other findings": [each["with_others"] for each in found]}
    if any(each["uncertain"] for each in found):
        parts["Uncertain"] = [each["uncertain"] for each in found]
    names = [display(each["finding"]) for each in found]
    return to_svg(
        bars.rows(names, parts, xlabel="Images"),
        size=bars.rows_size(len(found)),
        label=f"Findings of {numbers['cohort']}",
    )


def _co_occurrence(numbers: Numbers) -> str | None:
    names = [display(name) for name in numbers["co_occurrence"]["findings"]]
    counts = np.array(numbers["co_occurrence"]["counts"], float)
    if len(names) < 2 or not counts.any():
        return None
    alone = np.diag([each["alone"] for each in numbers["findings"]]).astype(float)
    images = counts.diagonal()[:, None]
    shown = np.where(np.eye(len(names), dtype=bool), alone, counts)
    shares = np.divide(shown, images, out=np.full_like(shown, np.nan), where=images > 0)
    texts = [[f"{count:,.0f}" for count in row] for row in shown]
    rows = [f"{name} ({count:,.0f})" for name, count in zip(names, counts.diagonal(), strict=True)]
    paint = matrix.matrix(_strongest_is_one(shares, 0.6), texts, rows, names)
    size = matrix.size_of(len(names), len(names))
    return to_svg(paint, size=size, label=f"Findings that stand together in {numbers['cohort']}")


def _by_group(numbers: Numbers) -> str | None:
    groups = [(key, name, held) for key in GROUPS for name, held in numbers[key].items() if held["images"]]
    names = [each["finding"] for each in numbers["findings"] if each["present"]]
    if not names or len(groups) < 2:
        return None
    shares = np.array([[held["share"][name] for _, _, held in groups] for name in names])
    texts = [[f"{100 * share:.1f}" for share in row] for row in shares]
    heads = [f"{GROUPS[key]} {group_name(name)} (n = {held['images']:,})" for key, name, held in groups]
    relative = shares / shares.max(axis=1, keepdims=True)
    paint = matrix.matrix(relative * 0.75, texts, [display(name) for name in names], heads)
    size = matrix.size_of(len(names), len(groups))
    return to_svg(
        paint, size=(size[0] + 0.8, size[1] + 0.7), label=f"Findings by sex, age and view in {numbers['cohort']}"
    )


def _bucketed(counts: Mapping[str, int], ylabel: str, xlabel: str, numbers: Numbers) -> str | None:
    """Long tails in a few rows: 1, 2, 3 to 5, …"""
    sums = {
        f"{low}" if low == high else (f"{low}–{high}" if high < 10**9 else f"{low} and more"): sum(
            count for number, count in counts.items() if low <= int(number) <= high
        )
        for low, high in BUCKETS
    }
    held = {name: count for name, count in sums.items() if count}
    if len(held) < 2:
        return None
    paint = bars.rows(list(held), {xlabel: list(held.values())}, xlabel=xlabel, ylabel=ylabel)
    return to_svg(paint, size=_half(len(held)), label=f"{ylabel} in {numbers['cohort']}")


def _half(count: int) -> tuple[float, float]:
    return NARROW[0], 0.25 * count + 0.9


def _strongest_is_one(shares: NDArray[np.float64], strongest: float) -> NDArray[np.float64]:
    """Shares stretched so that a share of `strongest` and above gets the full color."""
    return np.minimum(shares / strongest, 1.0)
