"""The reading page: each image, what the model makes of it, and where it looked."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePath
from typing import Any

import numpy as np

from hilum.evaluation.export import number
from hilum.images import Image
from hilum.reports.page import render
from hilum.reports.provenance import provenance_facts
from hilum.reports.shown_image import gradient, heat_uri, shown_image
from hilum.reports.words import HEAT_NOTE, NO_LUNGS_NOTE, SIDE_NOTE
from hilum.schema import DataError, Explanation, Predictions
from hilum.schema.findings import display

NOT_SAID = "not said"
SHOWN_ABOVE = ("width", "height", "rows", "columns", "spacing", "view position")  # in a line of their own


def reading_page(
    images: Sequence[Image],
    predictions: Predictions,
    explanations: Sequence[Explanation] = (),
    *,
    provenance: Mapping[str, Any] | None = None,
    operating_points: Mapping[str, float] | None = None,
    uncalled: Collection[str] = (),
    measured: Mapping[str, Sequence[tuple[str, str]]] | None = None,
    layers: Sequence[str] | None = None,
    title: str = "Reading",
) -> str:
    """Readings as one HTML file.

    Args:
        images: the images, in the order in which they are shown.
        predictions: their probabilities; also names the images that could not be read.
        explanations: heatmaps of any of their findings; the reader chooses which one lies over the image.
        provenance: model and versions; the predictions' own when left out.
        operating_points: by finding, the probability from which it counts as present; marked on the bars.
        uncalled: ids of images without lungs, on which no operating point counts.
        measured: by image id, names and texts of what was measured on lungs and heart.
        layers: the explanations as `heat_uri` gives them, where they were drawn already.
        title: of the page.

    Raises:
        DataError: when an image has no row in the predictions.
    """
    known = set(predictions.table.image_id)
    unknown = [image.image_id for image in images if image.image_id not in known]
    if unknown:
        raise DataError(f"No predictions for {', '.join(unknown[:5])}. Expected a row for every image shown.")
    drawn = list(zip(explanations, layers or [heat_uri(each) for each in explanations], strict=True))
    readings = [
        _reading(image, predictions, [each for each in drawn if each[0].image_id == image.image_id],
                 {} if image.image_id in uncalled else operating_points or {})
        | {"measured": (measured or {}).get(image.image_id, ()),
           "uncalled": NO_LUNGS_NOTE if image.image_id in uncalled else ""}
        for image in images
    ]  # fmt: skip
    values = {
        "readings": readings,
        "most": max((len(reading["heats"]) for reading in readings), default=0),
        "failures": [(row.image_id, without_folder(str(row.reason))) for row in predictions.failures.itertuples()],
        "heat_note": HEAT_NOTE if explanations else "",
        "gradient": gradient(),
        "side_note": SIDE_NOTE,
        "without": ", ".join(predictions.provenance.get("without_features", [])),
        "provenance": provenance_facts(dict(predictions.provenance if provenance is None else provenance)),
    }
    return render("reading.html", kind="reading", title=title, values=values)


def _reading(
    image: Image, predictions: Predictions, drawn: Sequence[tuple[Explanation, str]], points: Mapping[str, float]
) -> dict[str, Any]:
    explanations = [each for each, _ in drawn]
    place = int(np.flatnonzero(predictions.table.image_id == image.image_id)[0])
    row = dict(zip(predictions.findings, predictions.probabilities[place].tolist(), strict=True))
    names = sorted(row, key=lambda name: -np.nan_to_num(row[name], nan=-1.0))
    places = {each.finding: place for place, each in enumerate(explanations)}
    chosen = next((name for name in names if name in places), None)
    return {
        "image_id": image.image_id,
        "alt": f"Chest radiograph {image.image_id}{f', {image.view} view' if image.view else ''}.",
        "image": shown_image(image.pixels),
        "heats": [{"uri": layer, "name": display(each.finding)} for each, layer in drawn],
        "method": ", ".join(dict.fromkeys(each.method for each in explanations)),
        "findings": [_finding(name, row[name], points.get(name), places.get(name), chosen) for name in names],
        "marked": bool(points),
        "facts": facts_of(image),
    }


def without_folder(reason: str) -> str:
    """Why an image could not be read, with its file's name alone: a reading is passed on, a folder can name a patient.

    >>> without_folder("someone/image.png: an empty file. Expected DICOM, PNG or JPEG.")
    'image.png: an empty file. Expected DICOM, PNG or JPEG.'
    """
    file, colon, rest = reason.partition(": ")
    return f"{PurePath(file).name}{colon}{rest}"


def _finding(
    name: str, probability: float, point: float | None, place: int | None, chosen: str | None
) -> dict[str, Any]:
    given = not np.isnan(probability)
    return {
        "name": display(name),
        "text": number(probability) if given else "not given",
        "percent": round(100 * probability, 1) if given else None,
        "mark": None if point is None else round(100 * point, 1),
        "above": given and point is not None and probability >= point,
        "place": place,
        "chosen": name == chosen,
    }


def facts_of(image: Image) -> list[tuple[str, str]]:
    """What the file says of the image, with what it does not say named as such."""
    height, width = image.pixels.shape
    spacing, source = image.spacing_mm, f" ({image.facts['spacing']})" if "spacing" in image.facts else ""
    return [
        ("File", f"{image.path.name} ({image.format})"),
        ("Size", f"{width} × {height} pixels"),
        ("View", image.view or NOT_SAID),
        ("Laterality", image.laterality or NOT_SAID),
        ("Spacing", NOT_SAID if spacing is None else f"{spacing[0]:.3g} × {spacing[1]:.3g} mm{source}"),
        ("Sex", image.sex or NOT_SAID),
        ("Age", NOT_SAID if image.age_years is None else f"{image.age_years:g} years"),
        *((key.replace("_", " ").capitalize(), value) for key, value in image.facts.items() if key not in SHOWN_ABOVE),
    ]
