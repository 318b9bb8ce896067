"""TabularInputs: what a network is fed beside pixels, made from any cohort by the feature sets that a recipe names."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from hilum.features import extract, feature_sets
from hilum.features.standardize import Standardizer
from hilum.registry import settings_of
from hilum.schema import Cohort, Features, Findings, RunError

VISITS = "visits"  # the set that a recurrent network walks through
ATTENTION = "attention"  # the set of maps that are looked at as they are; all others stand side by side
Extracted = tuple[Features | None, Features | None, Features | None]


# N images, F columns, T visits, C numbers a visit, S cells a side of a map
@dataclass(frozen=True)
class TabularInputs:
    """How a cohort becomes the tensors `features` (N, F), `visits` (N, T, C) and `attention` (N, 1, S, S).

    Args:
        sets: the recipe's feature sets with their keywords, in order.
        scale: learned from the training images; None when the recipe names no set but `visits` and `attention`.
        visit: C; 0 when the recipe does not name `visits`.
        attention: S; 0 when the recipe does not name `attention`.
    """

    sets: Mapping[str, Mapping[str, Any]]
    scale: Standardizer | None
    visit: int
    attention: int = 0

    @classmethod
    def fit(
        cls,
        features: Mapping[str, Mapping[str, Any]],
        findings: Findings,
        cohort: Cohort,
        image_ids: "pd.Series[str]",
    ) -> tuple["TabularInputs", dict[str, Tensor]]:
        """Learn the scale from these images of the cohort; also give the tensors of all of it.

        Args:
            features: feature sets with their keywords, as a recipe names them.
            findings: of which the sets that speak of findings speak.
            cohort: all images.
            image_ids: of those to learn the scale from.
        """
        sets = {name: {**options, **_findings(name, tuple(findings))} for name, options in features.items()}
        found = _extracted(sets, cohort)
        flat, walked, seen = found
        steps = sets[VISITS]["last"] if walked is not None else 1
        scale = None if flat is None else Standardizer.fit(flat, image_ids)
        visit = 0 if walked is None else len(walked.names) // steps
        columns = cls(sets, scale, visit, 0 if seen is None else math.isqrt(len(seen.names)))
        return columns, columns._tensors(found, cohort.images.image_id)

    @property
    def features(self) -> int:
        """F."""
        return 0 if self.scale is None else self.scale.columns

    def tensors(self, cohort: Cohort) -> dict[str, Tensor]:
        """The tensors, one row an image of the cohort, in its order; an image without any feature is a row of NaN."""
        return self._tensors(_extracted(self.sets, cohort), cohort.images.image_id)

    def _tensors(self, found: Extracted, image_ids: "pd.Series[str]") -> dict[str, Tensor]:
        flat, walked, seen = found
        tensors = {}
        if flat is not None and self.scale is not None:
            tensors["features"] = torch.from_numpy(self.scale.apply(flat, image_ids))
        if walked is not None:
            values = torch.tensor(walked.aligned(image_ids))
            tensors[VISITS] = values.reshape(len(image_ids), -1, self.visit)
        if seen is not None:
            maps = torch.tensor(seen.aligned(image_ids))
            tensors[ATTENTION] = maps.reshape(len(image_ids), 1, self.attention, self.attention)
        return tensors

    def to_json(self) -> dict[str, Any]:
        """JSON values that `from_json` reads."""
        sets = {name: dict(options) for name, options in self.sets.items()}
        scale = self.scale and self.scale.to_json()
        return {"sets": sets, "scale": scale, "visit": self.visit, "attention": self.attention}

    @classmethod
    def from_json(cls, values: Any) -> "TabularInputs":
        """Read what `to_json` gave."""
        try:
            scale = values["scale"] and Standardizer.from_json(values["scale"])
            return cls(values["sets"], scale, int(values["visit"]), int(values.get("attention", 0)))
        except (KeyError, TypeError, ValueError) as error:
            raise RunError(f"features.json: not the columns of a Run ({error!r}). Copy the Run again.") from error


def _findings(name: str, findings: tuple[str, ...]) -> dict[str, Any]:
    """The Run's findings, for the sets that speak of findings."""
    return {"findings": list(findings)} if "findings" in settings_of(feature_sets[name]).model_fields else {}


def _extracted(sets: Mapping[str, Mapping[str, Any]], cohort: Cohort) -> Extracted:
    """The columns that stand side by side, those of the visits, and the cells of the maps."""

    def of(names: list[str]) -> Features | None:
        return extract(cohort, names, {name: sets[name] for name in names}) if names else None

    alone = (VISITS, ATTENTION)
    visits, maps = ([name] if name in sets else [] for name in alone)
    return of([name for name in sets if name not in alone]), of(visits), of(maps)
