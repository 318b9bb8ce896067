"""Features on one scale: what a network is fed, learned from the training images and kept in the Run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.schema import DataError, Features, RunError
from hilum.schema.errors import listed

FARTHEST = 8.0  # standard deviations; an age of 414 years must not drown the rest


# N images, F columns, M of them with missing values among the training images
@dataclass(frozen=True)
class Standardizer:
    """Mean and standard deviation of each column over the training images, and which columns had gaps.

    Args:
        names: the F columns, in order.
        mean: (F,) over the values that were known; 0 for a column without any.
        std: (F,) likewise; 1 for a column that never changed.
        flagged: the M columns with missing values; each gets a second column that says where (1 missing, 0 known).
    """

    names: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    flagged: tuple[str, ...]

    @classmethod
    def fit(cls, features: Features, image_ids: "pd.Series[str]") -> "Standardizer":
        """Learn the scale from these images; images without features teach nothing."""
        values = features.aligned(image_ids).astype(np.float64)
        values = values[~np.isnan(values).all(axis=1)]
        if not len(values):
            raise DataError(
                f"None of the {len(image_ids):,} images to learn from has features. Expected features of these images."
            )
        known = ~np.isnan(values)
        count = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, values, 0.0).sum(axis=0) / count
        std = np.sqrt((np.where(known, values - mean, 0.0) ** 2).sum(axis=0) / count)
        std[std < 1e-6] = 1.0
        flagged = tuple(features.names[place] for place in np.flatnonzero((~known).any(axis=0)))
        return cls(features.names, tuple(mean.tolist()), tuple(std.tolist()), flagged)

    @property
    def columns(self) -> int:
        """F + M: how many numbers an image a network is fed."""
        return len(self.names) + len(self.flagged)

    def apply(self, features: Features, image_ids: "pd.Series[str]") -> NDArray[np.float32]:
        """(N, F + M) values in the order of `image_ids`, about 0 and within 8; the flags come last.

        A missing value becomes the mean, 0. An image without any feature is a row of NaN: what to do without features
        is for the model to say.

        Raises:
            DataError: when a column is missing.
        """
        missing = [name for name in self.names if name not in features.names]
        if missing:
            raise DataError(
                f"Features lack {len(missing)} of the {len(self.names)} columns that were learned from: "
                f"{listed(missing)}. Expected the sets, options and findings of the Run."
            )
        values = Features(features.table[["image_id", *self.names]]).aligned(image_ids)
        nowhere = np.isnan(values).all(axis=1)
        flags = np.isnan(values[:, [self.names.index(name) for name in self.flagged]])
        scaled = (values - np.asarray(self.mean, np.float32)) / np.asarray(self.std, np.float32)
        out = np.concatenate([np.nan_to_num(scaled.clip(-FARTHEST, FARTHEST)), flags.astype(np.float32)], axis=1)
        out[nowhere] = np.nan
        return out

    def to_json(self) -> dict[str, Any]:
        """JSON values that `from_json` reads."""
        columns = zip(self.names, self.mean, self.std, strict=True)
        return {"columns": [dict(zip(("name", "mean", "std"), row, strict=True)) for row in columns]} | {
            "flagged": list(self.flagged)
        }

    @classmethod
    def from_json(cls, held: Mapping[str, Any]) -> "Standardizer":
        """Read what `to_json` gave."""
        try:
            names, mean, std = (tuple(row[key] for row in held["columns"]) for key in ("name", "mean", "std"))
            return cls(names, mean, std, tuple(held["flagged"]))
        except (KeyError, TypeError) as error:
            raise RunError(f"Not a scale of features ({error!r}). Expected 'columns' and 'flagged'.") from error
