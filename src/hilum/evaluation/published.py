"""Published figures beside our own: with their source, their split, and how they were read.

The YAML files in `published/` hold them, one file a dataset. Figures of two test sets do not compare: another split's
figure is shown apart and said to be so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd

from hilum.evaluation.compare import Comparison
from hilum.schema import ConfigError, Evaluation
from hilum.schema.findings import key
from hilum.schema.yaml_files import load_yaml

FOLDER = files("hilum.evaluation") / "published"
MARKS = {
    "V": "the primary text",
    "V2": "another work's table",
    "C": "files its authors released",
}
COLUMNS = ("work", "finding", "metric", "value", "low", "high", "dataset", "split", "source", "mark", "note")


@dataclass(frozen=True)
class Figure:
    """What one work reports of one metric on one test set.

    Args:
        dataset: the file it stands in, as `nih14`.
        work: who, and which model.
        source: where it was read.
        mark: how: `V`, `V2` or `C` (see `MARKS`).
        split: the test set, a key of the file's `splits`.
        metric: as in the registry, where we measure it too.
        values: by finding; `macro` and `micro` as in an Evaluation.
        intervals: by finding, 95 %, where the work gives them.
        note: what one must know to read it right.
    """

    dataset: str
    work: str
    source: str
    mark: str
    split: str
    metric: str
    values: dict[str, float]
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)
    note: str = ""

    def comparable(self, split: str | None) -> bool:
        """Whether figures of this split, by its name in the file, may stand beside it."""
        return split is not None and split == self.split and split in known_splits(self.dataset)


def datasets_published() -> tuple[str, ...]:
    """The datasets of which there are published figures."""
    return tuple(sorted(file.name.removesuffix(".yaml") for file in FOLDER.iterdir() if file.name.endswith(".yaml")))


def published(dataset: str) -> list[Figure]:
    """All figures of one dataset, in the order of its file."""
    return [Figure(dataset, **figure) for figure in _held(dataset)["figures"]]


def known_splits(dataset: str) -> dict[str, dict[str, Any]]:
    """The test sets that are the same for whoever names them: by name, `what`, `images`, and `images_hash` if known."""
    aside = {"own", "own_by_image", "not_stated", "subset"}  # everyone's own, or no one knows whose
    return {name: facts for name, facts in _held(dataset)["splits"].items() if name not in aside}


def split_of(dataset: str, images_hash: str) -> str | None:
    """Which published test set an evaluation's images are, by their hash; None when they are another set.

    >>> split_of("nih14", "7519b7296cb0")
    'official'
    """
    splits = known_splits(dataset).items()
    return next((name for name, facts in splits if facts.get("images_hash") == images_hash), None)


def beside(measured: Evaluation | Comparison, dataset: str, metrics: Sequence[str] | None = None) -> pd.DataFrame:
    """Published figures of the same findings and metrics, as rows to set beside our own.

    Args:
        measured: an evaluation or a comparison; its images say which split it is of.
        dataset: of the published figures.
        metrics: which; all that were measured if left out, so that readers' recall and specificity stand there too.

    Returns:
        `work`, `finding`, `metric`, `value`, `low`, `high`, `dataset`, `split`, `source`, `mark`, `note`, and
        `comparable`: false where the figure is of other images, which must be said wherever it is shown. Comparable
        ones come first.
    """
    split = split_of(dataset, str(measured.provenance["images_hash"]))
    table = measured.table if isinstance(measured, Comparison) else measured.rows
    chosen = set(table.metric) if metrics is None else set(metrics)
    own = {key(name): name for name in dict.fromkeys(table.finding)}
    rows = [
        (figure.work, own[key(finding)], figure.metric, value, *figure.intervals.get(finding, (None, None)), dataset,
         figure.split, figure.source, figure.mark, figure.note, figure.comparable(split))
        for figure in published(dataset)
        if figure.metric in chosen
        for finding, value in figure.values.items()
        if key(finding) in own
    ]  # fmt: skip
    shown = pd.DataFrame(rows, columns=[*COLUMNS, "comparable"]).astype({"low": "float64", "high": "float64"})
    return shown.sort_values("comparable", ascending=False, kind="stable", ignore_index=True)


@cache
def _held(dataset: str) -> dict[str, Any]:
    if dataset not in datasets_published():
        raise ConfigError(
            f"There are no published figures of '{dataset}'. Expected one of: {', '.join(datasets_published())}."
        )
    held = load_yaml(Path(str(FOLDER / f"{dataset}.yaml")))
    return dict(held)
