"""Whether what arrives is still like what it is compared with: week by week, from what the rows keep.

Compared with the images on which a Run's operating points were fitted, of which it keeps how many were called: as often
as there, a finding would be called here, if images and patients were alike. Or with a period of this server's own
weeks, and then also views, flags of quality and the distribution of probabilities. A week that differs says that
something changed (a machine, the patients, the model), not what.
"""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import fisher_exact, ks_2samp

from hilum.evaluation import OperatingPoints
from hilum.serve.database import Database

FEWEST = 20  # images a week, below which nothing is compared
UNLIKELY = 0.001  # p-value from which a week stands out; each week tests many shares
NOT_SAID = "not said"


class Count(NamedTuple):
    """How many of how many images."""

    found: int
    images: int

    @property
    def share(self) -> float:
        """In [0, 1]."""
        return self.found / self.images


@dataclass(frozen=True)
class Reference:
    """What weeks are compared with; nothing where it is silent.

    Args:
        called: by finding.
        views: by view.
        flags: by flag of quality.
        probabilities: by finding, those of its images.
        images: of a period, whose views and flags were counted; 0 where they were not.
    """

    called: Mapping[str, Count] = field(default_factory=dict)
    views: Mapping[str, Count] = field(default_factory=dict)
    flags: Mapping[str, Count] = field(default_factory=dict)
    probabilities: Mapping[str, Sequence[float]] = field(default_factory=dict)
    images: int = 0

    @classmethod
    def fitted(cls, points: OperatingPoints | None) -> "Reference":
        """The images that a Run's operating points were fitted on: true positives and false ones were called."""
        called = {}
        for each in points.points if points else ():
            images = each.present + each.absent
            if each.fitted and images and each.sensitivity is not None and each.specificity is not None:
                found = each.sensitivity * each.present + (1 - each.specificity) * each.absent
                called[each.finding] = Count(round(found), images)
        return cls(called)

    @classmethod
    def period(cls, images: Sequence[Mapping[str, Any]]) -> "Reference":
        """Images of this server, as `images_by_week` gives them."""
        findings = {name: None for image in images for name in image["probabilities"]}
        return cls(
            _counts(images, findings, "called"),
            _counts(images, {view: None for image in images for view in image["views"]}, "views"),
            _counts(images, {flag: None for image in images for flag in image["notes"]}, "notes"),
            {name: _values(images, name) for name in findings},
            len(images),
        )


def images_by_week(database: Database, run: str = "") -> dict[str, list[dict[str, Any]]]:
    """What the rows keep of each image that was read, by week of arrival, the earliest first.

    Args:
        database: of the server.
        run: the one of several whose words count, and the images that it read; all Runs' as one list if left out.
    """
    weeks: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    rows = database.rows.execute("SELECT received, summary FROM images WHERE state = 'read' ORDER BY received")
    for row in rows:
        summary = json.loads(row["summary"])
        said = next((each for each in summary.get("runs", []) if each["run"] == run), None) if run else summary
        if said is not None:
            weeks[time.strftime("%G-W%V", time.gmtime(row["received"]))].append({
                "views": [summary.get("view") or NOT_SAID],
                "notes": summary.get("notes", []),
                "brightness": summary.get("mean_brightness"),
                "probabilities": said["probabilities"],
                "called": said["called"],
            })  # fmt: skip
    return dict(weeks)


def weekly(weeks: Mapping[str, Sequence[Mapping[str, Any]]], reference: Reference) -> list[dict[str, Any]]:
    """Each week beside what it is compared with, the latest first; JSON values.

    Args:
        weeks: of `images_by_week`.
        reference: what they are compared with.
    """
    return [_week(name, images, reference) for name, images in sorted(weeks.items(), reverse=True)]


def _week(name: str, images: Sequence[Mapping[str, Any]], reference: Reference) -> dict[str, Any]:
    views = Counter(view for image in images for view in image["views"])
    flags = Counter(flag for image in images for flag in image["notes"])
    return {
        "week": name,
        "images": len(images),
        "brightness": _quartiles(image["brightness"] for image in images),
        "views": _shares(views, len(images), reference.views, reference.images),
        "quality": _shares(flags, len(images), reference.flags, reference.images),
        "findings": [_finding(finding, images, reference) for finding in images[-1]["probabilities"]],
    }


def _shares(
    counted: Mapping[str, int], images: int, expected: Mapping[str, Count], compared: int
) -> list[dict[str, Any]]:
    unseen = Count(0, compared) if compared else None  # of what the reference never saw
    names = sorted({*counted, *expected})
    return [_share(name, Count(counted.get(name, 0), images), expected.get(name, unseen)) for name in names]


def _share(name: str, seen: Count, expected: Count | None) -> dict[str, Any]:
    """A share beside the one expected, and how probable so different a one would be by chance.

    Source: Fisher's exact test, since what is expected was counted on images as well.
    """
    said: dict[str, Any] = {
        "name": name, "found": seen.found, "share": seen.share, "expected": expected.share if expected else None,
        "p_value": None, "stands_out": False,
    }  # fmt: skip
    if expected is not None and seen.images >= FEWEST:
        table = np.array([[each.found, each.images - each.found] for each in (seen, expected)])
        said["p_value"] = float(fisher_exact(table)[1])
        said["stands_out"] = said["p_value"] < UNLIKELY
    return said


def _finding(finding: str, images: Sequence[Mapping[str, Any]], reference: Reference) -> dict[str, Any]:
    seen = Count(sum(finding in image["called"] for image in images), len(images))
    values, usual = _values(images, finding), reference.probabilities.get(finding, ())
    said = _share(finding, seen, reference.called.get(finding))
    said |= {"probability": _quartiles(values), "expected_probability": _quartiles(usual), "shift_p_value": None}
    if len(values) >= FEWEST and len(usual) >= FEWEST:
        said["shift_p_value"] = float(ks_2samp(values, usual).pvalue)
        said["stands_out"] |= said["shift_p_value"] < UNLIKELY
    return said


def _counts(images: Sequence[Mapping[str, Any]], names: Iterable[str], kind: str) -> dict[str, Count]:
    return {name: Count(sum(name in image[kind] for image in images), len(images)) for name in names}


def _values(images: Sequence[Mapping[str, Any]], finding: str) -> list[float]:
    return [value for image in images if (value := image["probabilities"].get(finding)) is not None]


def _quartiles(values: Iterable[float | None]) -> list[float] | None:
    there = [value for value in values if value is not None]
    return [round(float(value), 4) for value in np.percentile(there, [25, 50, 75])] if there else None
