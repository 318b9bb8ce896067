"""What every kind of Predictions carries beside its table: which images were read, where it comes from, what failed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from hilum.schema.errors import DataError, listed

REASONS = ("image_id", "reason")


def no_failures() -> pd.DataFrame:
    """An empty table of failures."""
    return pd.DataFrame({name: [] for name in REASONS}, dtype="str")


@dataclass(frozen=True)
class Header:
    """The images of some predictions, in order.

    Args:
        image_ids: the images that were read, each once; also those on which nothing was found.
        provenance: where the predictions come from (run, weights' hash, split, versions), JSON values.
        failures: `image_id` and `reason` of the images that could not be read.

    Raises:
        DataError: when an id is missing or stands twice.
    """

    image_ids: tuple[str, ...]
    provenance: dict[str, Any] = field(default_factory=dict)
    failures: pd.DataFrame = field(default_factory=no_failures)

    def __post_init__(self) -> None:
        ids = pd.Series(self.image_ids, dtype="str")
        nameless = ids.index[ids.isna() | (ids == "")]
        if len(nameless):
            raise DataError(f"Predictions hold no image id in rows {listed(nameless)}. Expected one in every row.")
        twice = ids[ids.duplicated()]
        if len(twice):
            raise DataError(
                f"Predictions hold {len(twice)} image ids twice: {listed(twice)}. Expected one row an image."
            )
        object.__setattr__(self, "image_ids", tuple(ids.tolist()))

    def __len__(self) -> int:
        return len(self.image_ids)

    def refuse_others(self, image_ids: Iterable[str]) -> None:
        """Refuse rows of images that the header does not name.

        Raises:
            DataError: naming some of them.
        """
        strange = sorted(set(image_ids) - set(self.image_ids))
        if strange:
            raise DataError(
                f"Predictions hold rows of {len(strange)} images that their header does not name: {listed(strange)}. "
                "Expected every image that was read among image_ids."
            )

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "image_ids": list(self.image_ids),
            "provenance": self.provenance,
            "failures": self.failures.to_dict("records"),
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Header":
        """From what `to_dict` gave.

        Raises:
            DataError: when it is something else.
        """
        ids, provenance, failures = (values.get(name) for name in ("image_ids", "provenance", "failures"))
        if not isinstance(ids, list) or not all(isinstance(image_id, str) for image_id in ids):
            raise DataError("The header names no list of image_ids. Write Predictions with `save`.")
        return cls(tuple(ids), checked_provenance(provenance), checked_failures(failures))


def checked_provenance(value: object) -> dict[str, Any]:
    """A provenance as read from a file; empty where there is none.

    Raises:
        DataError: when it is no mapping.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise DataError(f"provenance is {type(value).__name__}, expected a mapping. Write Predictions with `save`.")
    return value


def checked_failures(value: object) -> pd.DataFrame:
    """The table of failures as read from a file: a list of records, empty where there is none.

    Raises:
        DataError: when it is something else.
    """
    records = [] if value is None else value
    whole = isinstance(records, list) and all(isinstance(row, dict) and set(REASONS) <= set(row) for row in records)
    if not whole:
        raise DataError("failures are no list of image_id and reason. Write Predictions with `save`.")
    assert isinstance(records, list)
    return pd.DataFrame(records, columns=list(REASONS)).astype("str") if records else no_failures()
