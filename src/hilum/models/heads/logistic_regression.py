"""Logistic regression: a linear head that is fitted at once, its penalty chosen by cross-validation over patients."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field

from hilum.models.heads.cases import Cases
from hilum.models.heads.linear import Linear
from hilum.models.heads.newton import Axes, Table, solved
from hilum.registry import register

GRADIENT, CHOICE = 1e-8, 1e-5  # no slope of the loss is steeper in the end; where only a strength is chosen


# N images, D width of the vectors, K outputs
class LogisticRegression(Linear):
    """A linear layer that is fitted to vectors, output by output, with an L2 penalty.

    Vectors are standardized while it is fitted, all outputs at once; mean and deviation are then folded into the layer,
    which takes vectors as they are.

    Args:
        width: D.
        outputs: K.
        strengths: of the penalty, among which each output's is chosen.
        folds: parts into which the patients are dealt for that choice.
    """

    def __init__(self, width: int, outputs: int, *, strengths: Sequence[float], folds: int) -> None:
        super().__init__(width, outputs, dropout=0.0)
        self.strengths, self.folds = sorted(strengths, reverse=True), folds  # each fit starts from a stronger one

    def fit(
        self,
        vectors: NDArray[np.float32],
        labels: NDArray[np.float32],
        weights: NDArray[np.float32],
        patients: Sequence[str],
    ) -> list[str]:
        """Fit the layer; arguments and result as `FittedHead.fit` says."""
        mean, deviation = vectors.mean(axis=0), vectors.std(axis=0)
        deviation = np.where(deviation > 0, deviation, 1.0).astype(np.float32)
        cases = [Cases.of(*pair) for pair in zip(labels.T, weights.T, strict=True)]
        said = [f"a constant ({each.lack})" for each in cases]
        slopes, constants = np.zeros((len(cases), vectors.shape[1])), np.array([each.logit for each in cases])
        learned = [place for place, each in enumerate(cases) if not each.lack]
        if learned:
            axes = Axes.of((vectors - mean) / deviation)
            present, weight = labels[:, learned].astype(np.float64), weights[:, learned].astype(np.float64)
            strengths = self._chosen(axes, present, weight, np.unique(np.asarray(patients), return_inverse=True)[1])
            start = _constants(axes, constants[learned])
            found = solved(axes, present, weight, strengths=strengths, start=start, tolerance=GRADIENT)
            slopes[learned] = axes.slopes(found) / deviation
            constants[learned] = found[-1] - slopes[learned] @ mean
            for place, strength in zip(learned, strengths, strict=True):
                said[place] = f"L2 strength {strength:g}"
        with torch.no_grad():
            self.layer.weight.copy_(torch.from_numpy(slopes))
            self.layer.bias.copy_(torch.from_numpy(constants))
        return said

    def _chosen(self, axes: Axes, present: Table, weight: Table, groups: NDArray[np.intp]) -> Table:
        """The strength with the smallest log loss on patients who were left out; the largest where none can be."""
        columns, parts = _parts(weight, groups, self.folds) if len(self.strengths) > 1 else ([], [])
        kept = [np.where(part, 0.0, weight[:, one]) for one, part in zip(columns, parts, strict=True)]
        sides = [present[one > 0, column] for column, one in zip(columns, kept, strict=True)]
        able = [place for place, side in enumerate(sides) if side.size and side.max() > 0 and side.min() < 1]
        losses = np.zeros((present.shape[1], len(self.strengths)))
        if able:
            of = np.array(columns)[able]
            y, learned = present[:, of], np.stack([kept[place] for place in able], axis=1)
            left_out = weight[:, of] - learned
            found = _constants(axes, np.zeros(len(able)))
            for place, strength in enumerate(self.strengths):
                each = np.full(len(able), strength)
                found = solved(axes, y, learned, strengths=each, start=found, tolerance=CHOICE)
                logits = axes.places @ found
                np.add.at(losses[:, place], of, (left_out * (np.logaddexp(0.0, logits) - y * logits)).sum(axis=0))
        chosen: Table = np.array(self.strengths)[losses.argmin(axis=1)]
        return chosen


def _parts(weight: Table, groups: NDArray[np.intp], folds: int) -> tuple[list[int], list[NDArray[np.bool_]]]:
    """Each output with each of its parts: which images are left out, whole patients of those whose label is known."""
    from sklearn.model_selection import GroupKFold  # here: who predicts needs none of it

    columns, parts = [], []
    for column, known in enumerate(weight.T > 0):
        rows = np.flatnonzero(known)
        count = min(folds, len(np.unique(groups[rows])))
        for _, left_out in GroupKFold(count).split(rows, groups=groups[rows]) if count > 1 else ():
            part = np.zeros(len(weight), bool)
            part[rows[left_out]] = True
            columns.append(column)
            parts.append(part)
    return columns, parts


def _constants(axes: Axes, constants: Table) -> Table:
    """Where to begin: at these constants, and at vectors that do not matter."""
    return np.vstack([np.zeros((axes.places.shape[1] - 1, len(constants))), constants])


@register
def logistic_regression(
    *,
    width: int,
    outputs: int,
    strengths: Annotated[tuple[Annotated[float, Field(gt=0)], ...], Field(min_length=1)] = (10.0, 100.0, 1e3, 1e4),
    folds: Annotated[int, Field(ge=2)] = 5,
) -> LogisticRegression:
    """A linear layer that is fitted at once to the vectors of a network that does not learn (a linear probe).

    Args:
        width: of the vectors; the model's.
        outputs: how many logits; the model's.
        strengths: of the L2 penalty on standardized vectors, 1 / C of scikit-learn; each finding takes the one with the
            smallest log loss on patients who were left out. One alone is taken as it is.
        folds: parts into which the patients are dealt for that choice.
    """
    return LogisticRegression(width, outputs, strengths=strengths, folds=folds)
