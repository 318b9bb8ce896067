"""LabelPredictions: one row an image, one probability a finding."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.schema.errors import DataError, listed
from hilum.schema.findings import Findings
from hilum.schema.header import Header, checked_failures, checked_provenance, no_failures
from hilum.schema.image_ids import chexpert_id
from hilum.schema.prediction_files import ID_COLUMNS, read_predictions, write_predictions


@dataclass(frozen=True)
class LabelPredictions:
    """Probabilities for a set of images.

    Args:
        table: `image_id` and one float column a finding, each value a probability in [0, 1] or NaN where the reader
            gave none. They are probabilities already: nothing downstream applies a sigmoid.
        provenance: where they come from (run, weights' hash, split, versions), JSON values; travels in the file.
        failures: `image_id` and `reason` of the images that could not be read.
        scores: the values are any numbers, as another team's logits, of which the order alone tells; only metrics of
            order take them.

    Raises:
        DataError: when ids repeat or a value is not a probability.
    """

    kind: ClassVar[str] = "labels"
    table: pd.DataFrame
    provenance: dict[str, Any] = field(default_factory=dict)
    failures: pd.DataFrame = field(default_factory=no_failures)
    scores: bool = False
    findings: Findings = field(init=False)
    header: Header = field(init=False, repr=False)

    def __post_init__(self) -> None:
        columns = list(map(str, self.table.columns))
        if columns.count("image_id") != 1 or len(columns) < 2:
            raise DataError("Predictions need the column image_id and one column a finding.")
        table = self.table.reset_index(drop=True).set_axis(columns, axis=1)
        names = [column for column in columns if column != "image_id"]
        findings = Findings(tuple(names))
        table["image_id"] = table["image_id"].astype("str")
        header = Header(tuple(table.image_id), self.provenance, self.failures)
        _refuse_other_than_probabilities(table, names, scores=self.scores)
        object.__setattr__(self, "table", table[["image_id", *names]])
        object.__setattr__(self, "findings", findings)
        object.__setattr__(self, "header", header)

    def __len__(self) -> int:
        return len(self.table)

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """(N, K) probabilities in the order of `findings`."""
        return self.table[list(self.findings)].to_numpy(np.float64)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write as Parquet, in whose metadata provenance and failures travel; or, under a name in `.csv`, as a CSV.

        Raises:
            DataError: for another ending.
        """
        records = self.failures.to_dict("records")
        attributes = {"kind": self.kind, "provenance": self.provenance, "failures": records, "scores": self.scores}
        write_predictions(path, self.table, attributes)

    @classmethod
    def load(cls, path: str | os.PathLike[str], prefix: str = "", *, scores: bool = False) -> "LabelPredictions":
        """Read a Parquet or CSV file, ours or anyone's: `image_id` (or NIH's `Image Index`) and one column a
        finding.

        Args:
            path: the file.
            prefix: what stands before a finding's name in its column, as `prob_`; other columns are then left alone.
                A Parquet file that `save` wrote has none and is read without.
            scores: take any numbers.

        Raises:
            DataError: when it is something else.
        """
        path = Path(path)
        table = read_predictions(path)
        attributes, table.attrs = table.attrs, {}
        if attributes.get("kind", cls.kind) != cls.kind:
            raise DataError(f"{path}: holds predicted {attributes['kind']}, expected labels: one column a finding.")
        ours = "provenance" in attributes
        chosen = _chosen(path, table, "" if ours else prefix)
        if not len(chosen) and not ours:
            raise DataError(f"{path}: no rows. Expected one row an image.")
        try:
            return cls(chosen, *_origin(attributes, path.name), scores=scores or attributes.get("scores") is True)
        except DataError as error:
            raise DataError(f"{path}: {error}") from error


def _origin(attributes: Mapping[Any, Any], name: str) -> tuple[dict[str, Any], pd.DataFrame]:
    """Provenance and failures that a file's metadata holds; where it holds none, the file's name."""
    provenance = checked_provenance(attributes.get("provenance")) or {"predictions": name}
    return provenance, checked_failures(attributes.get("failures"))


def _chosen(path: Path, table: pd.DataFrame, prefix: str) -> pd.DataFrame:
    """`image_id` and the columns of findings, without their prefix."""
    table = table.set_axis(list(map(str, table.columns)), axis=1)
    ids = next((name for name in ID_COLUMNS if name in table), None)
    if ids is None:
        raise DataError(f"{path}: no column {' or '.join(ID_COLUMNS)}. Expected one row an image.")
    names = [name for name in table.columns if name.startswith(prefix) and name != ids]
    if not names:
        raise DataError(f"{path}: no column begins with '{prefix}'. Columns: {listed(table.columns)}.")
    words = [name for name in names if len(table) and not _is_real(table[name])]
    if words:
        raise DataError(
            f"{path}: no numbers in {listed(words)}. Expected probabilities; "
            "name with --prefix what stands before the columns of findings."
        )
    chosen = table[[ids, *names]].rename(columns={name: name.removeprefix(prefix) for name in names})
    chosen = chosen.rename(columns={ids: "image_id"})
    if ids == "Image Index":  # names of files; our ids go without the suffix
        chosen["image_id"] = chosen.image_id.astype("str").str.removesuffix(".png")
    if ids in ("Study", "Path"):  # CheXpert's paths
        chosen["image_id"] = chosen.image_id.astype("str").map(chexpert_id)
    return chosen


def _is_real(column: "pd.Series[Any]") -> bool:
    """Whether the column holds real numbers, yes and no among them, or nothing at all."""
    numbers = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_complex_dtype(column)
    return bool(numbers or column.isna().all())


def _refuse_other_than_probabilities(table: pd.DataFrame, names: list[str], *, scores: bool) -> None:
    try:
        values = table[names].to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise DataError(f"Predictions hold values that are no numbers ({error}). Expected probabilities.") from error
    bad = np.isinf(values) if scores else ~np.isnan(values) & ((values < 0) | (values > 1))
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise DataError(
            f"Predictions outside [0, 1]: {int(bad.sum()):,}, the first {values[row, column]:g} for "
            f"{names[column]} of {table.image_id[row]}. Expected probabilities: apply the sigmoid before writing, "
            "and leave out columns that are no findings; metrics of order alone, asked for by name (--metric auroc), "
            "take any finite numbers."
        )
