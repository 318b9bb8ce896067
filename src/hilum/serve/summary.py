"""What the rows keep of an image that was read: what each Run says, and all of them as one list of findings.

The worklist, the readers' words and the drift live on this alone. Of several Runs a finding's probability and point are
those of the first that gives them, and it is called where any of them calls it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hilum.images import Image
from hilum.outputs.regions import boxes_in
from hilum.schema import Reading
from hilum.schema.files import without_nan
from hilum.schema.findings import key

HIGHEST = 3  # findings that are named where none has an operating point


def summary_of(image: Image, said: Sequence[tuple[str, Reading]]) -> dict[str, Any]:
    """JSON values of one image.

    Args:
        image: that was read.
        said: name of each Run, and its reading.
    """
    names: dict[str, str] = {}  # by the finding's key, as the first Run spells it
    for _, reading in said:
        names = {key(each.finding): each.finding for each in reading.assessments} | names
    runs = [_of_run(name, reading, names) for name, reading in said]
    first = said[0][1]
    summary = {
        "view": image.view,
        "sex": image.sex,
        "age_years": image.age_years,
        "mean_brightness": round(float(image.pixels.mean()), 4),
        "notes": list(first.notes),
        "runs": runs,
        **merged(runs),
    }
    return without_nan(summary | {each.name: round(each.value, 4) for each in first.measurements})  # type: ignore[no-any-return]


def merged(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """All Runs' findings as one list."""
    probabilities: dict[str, float] = {}
    points: dict[str, float] = {}
    for run in reversed(runs):
        probabilities |= {name: value for name, value in run["probabilities"].items() if not np.isnan(value)}
        points |= run["points"]
    order = list(dict.fromkeys(name for run in runs for name in run["probabilities"]))
    called = {name for run in runs for name in run["called"]}
    by_probability = sorted(probabilities, key=lambda name: -probabilities[name])
    return {
        "probabilities": {name: probabilities.get(name, float("nan")) for name in order},
        "points": {name: points[name] for name in order if name in points},
        "called": [name for name in by_probability if name in called],
        "highest": by_probability[:HIGHEST],
    }


def _of_run(name: str, reading: Reading, names: Mapping[str, str]) -> dict[str, Any]:
    """What one Run says, its findings spelled as the first one does, its boxes as shares of the image's sides."""
    height, width = reading.pixels.shape
    called = reading.called("present")
    return {
        "run": name,
        "weights": reading.weights,
        "probabilities": {names[key(each.finding)]: each.probability for each in reading.assessments},
        "points": {names[key(each.finding)]: each.threshold for each in reading.assessments
                   if each.threshold is not None},
        "called": [names[key(each.finding)] for each in called],
        "boxes": [
            {"finding": names.get(key(box.finding), box.finding), "score": box.score, "x0": box.x0 / width,
             "y0": box.y0 / height, "x1": box.x1 / width, "y1": box.y1 / height}
            for box in boxes_in(reading.boxes)
        ],
    }  # fmt: skip


def names_of(summary: Mapping[str, Any]) -> list[str]:
    """The Runs that read an image, in their order."""
    return [run["run"] for run in summary.get("runs", [])]
