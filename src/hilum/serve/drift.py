"""Whether what arrives is still like what the model was fitted on: week by week, from what the rows keep.

Of the images on which operating points were fitted, a Run keeps how many were called: as often as there, a finding
would be called here, if images and patients were alike. A week that differs says that something changed (a machine,
the patients, the model), not what.
"""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from scipy.stats import binomtest

from hilum.evaluation import OperatingPoints
from hilum.serve.database import Database

FEWEST = 20  # images a week, below which nothing is compared
UNLIKELY = 0.001  # p-value from which a week's share stands out; each week tests many findings


def weekly(database: Database, points: OperatingPoints | None) -> list[dict[str, Any]]:
    """What was read, a mapping a week, the latest first.

    Args:
        database: of the server.
        points: of the Run; None where it has none, and then nothing is compared.
    """
    weeks: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    rows = database.rows.execute("SELECT received, summary FROM images WHERE state = 'read' ORDER BY received")
    for row in rows:
        weeks[time.strftime("%G-W%V", time.gmtime(row["received"]))].append(json.loads(row["summary"]))
    expected = {} if points is None else expected_shares(points)
    return [_week(name, images, expected) for name, images in sorted(weeks.items(), reverse=True)]


def expected_shares(points: OperatingPoints) -> dict[str, float]:
    """By finding, the share of the fitted images that were called: true positives and false ones."""
    shares = {}
    for each in points.points:
        images = each.present + each.absent
        if each.fitted and images and each.sensitivity is not None and each.specificity is not None:
            shares[each.finding] = (each.sensitivity * each.present + (1 - each.specificity) * each.absent) / images
    return shares


def _week(name: str, images: list[dict[str, Any]], expected: Mapping[str, float]) -> dict[str, Any]:
    findings = list(images[-1]["probabilities"])
    return {
        "week": name,
        "images": len(images),
        "views": dict(Counter(image.get("view") or "not said" for image in images)),
        "brightness": _quartiles(image.get("mean_brightness") for image in images),
        "findings": [_finding(finding, images, expected.get(finding)) for finding in findings],
    }


def _finding(finding: str, images: list[dict[str, Any]], expected: float | None) -> dict[str, Any]:
    called = sum(finding in image["called"] for image in images)
    said: dict[str, Any] = {
        "finding": finding,
        "probability": _quartiles(image["probabilities"].get(finding) for image in images),
        "called": called / len(images),
        "expected": expected,
        "p_value": None,
        "stands_out": False,
    }
    if expected is not None and 0 < expected < 1 and len(images) >= FEWEST:
        said["p_value"] = float(binomtest(called, len(images), expected).pvalue)
        said["stands_out"] = said["p_value"] < UNLIKELY
    return said


def _quartiles(values: Iterable[float | None]) -> list[float] | None:
    there = [value for value in values if value is not None]
    return [round(float(value), 4) for value in np.percentile(there, [25, 50, 75])] if there else None
