"""Logistic regression: a linear head that is fitted at once, its penalty chosen by cross-validation over patients."""

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field

from hilum.models.heads.cases import Cases
from hilum.models.heads.linear import Linear
from hilum.registry import register

STEPS, GRADIENT = 2000, 1e-6  # of the solver: at most so many, until no slope is steeper; rare findings begin flat


# N images, D width of the vectors, K outputs
class LogisticRegression(Linear):
    """A linear layer that is fitted to vectors, output by output, with an L2 penalty.

    Vectors are standardized while it is fitted; mean and deviation are then folded into the layer, which takes vectors
    as they are.

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
        scaled, groups = (vectors - mean) / deviation, np.unique(np.asarray(patients), return_inverse=True)[1]
        said = []
        for output in range(labels.shape[1]):
            cases = Cases.of(labels[:, output], weights[:, output])
            slope, constant, words = np.zeros(vectors.shape[1]), cases.logit, f"a constant ({cases.lack})"
            if not cases.lack:
                strength = self._chosen(scaled, cases, groups)
                model = _fitted(scaled, cases, [strength])[-1]
                slope, words = model.coef_[0] / deviation, f"L2 strength {strength:g}"
                constant = float(model.intercept_[0] - slope @ mean)
            said.append(words)
            with torch.no_grad():
                self.layer.weight[output] = torch.from_numpy(slope).to(self.layer.weight)
                self.layer.bias[output] = constant
        return said

    def _chosen(self, scaled: NDArray[np.float32], cases: Cases, groups: NDArray[np.intp]) -> float:
        """The strength with the smallest log loss on patients who were left out; the largest where none can be."""
        from sklearn.model_selection import GroupKFold

        patients = groups[cases.rows]
        folds = min(self.folds, len(np.unique(patients)))
        losses = np.zeros(len(self.strengths))
        parts = GroupKFold(folds).split(patients, groups=patients) if folds > 1 and len(losses) > 1 else ()
        for learned, left_out in parts:
            some = Cases(cases.rows[learned], cases.present[learned], cases.weight[learned])
            if not some.lack:
                present, weight = cases.present[left_out], cases.weight[left_out]
                for place, model in enumerate(_fitted(scaled, some, self.strengths)):
                    logits = scaled[cases.rows[left_out]] @ model.coef_[0] + model.intercept_[0]
                    losses[place] += (weight * (np.logaddexp(0.0, logits) - present * logits)).sum()
        return self.strengths[int(losses.argmin())]


def _fitted(scaled: NDArray[np.float32], cases: Cases, strengths: Sequence[float]) -> list[Any]:
    """scikit-learn's models of these strengths, each begun where the one before ended."""
    from sklearn.linear_model import LogisticRegression as Solver  # here: who predicts needs none of it

    rows, models, last = scaled[cases.rows], [], None
    for strength in strengths:
        model = Solver(C=1 / strength, max_iter=STEPS, tol=GRADIENT, warm_start=True)
        if last is not None:
            model.coef_, model.intercept_, model.classes_ = last.coef_.copy(), last.intercept_.copy(), last.classes_
        last = model.fit(rows, cases.present, sample_weight=cases.weight)
        models.append(last)
    return models


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
