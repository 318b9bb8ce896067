"""Nearest neighbors: what the training images whose vectors point the same way have."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from hilum.models.heads.cases import Cases
from hilum.models.heads.stored import Stored
from hilum.models.settings import Width
from hilum.registry import register


# N training images, B of a batch, D width of the vectors, K outputs
class NearestNeighbors(Stored):
    """The weighted share of the nearest training images that have it, with one vote more for how often it is had.

    Args:
        width: D.
        outputs: K.
        neighbors: how many vote for each output, of those whose label of it is known; nearness is the cosine.
    """

    vectors: Tensor
    labels: Tensor
    weights: Tensor
    prior: Tensor

    def __init__(self, width: int, outputs: int, neighbors: int) -> None:
        super().__init__()
        self.neighbors = neighbors
        self.register_buffer("vectors", torch.zeros(0, width))  # (N, D), each of length 1
        self.register_buffer("labels", torch.zeros(0, outputs))
        self.register_buffer("weights", torch.zeros(0, outputs))
        self.register_buffer("prior", torch.full((outputs,), 0.5))

    def forward(self, vectors: Tensor) -> Tensor:  # (B, D) -> (B, K)
        """Logits."""
        near = functional.normalize(vectors.float(), dim=1) @ self.vectors.T  # (B, N)
        columns = zip(self.labels.T, self.weights.T, self.prior, strict=True)
        return torch.stack([self._votes(near, *column) for column in columns], dim=1)

    def _votes(self, near: Tensor, labels: Tensor, weights: Tensor, prior: Tensor) -> Tensor:  # (B, N) … -> (B,)
        near = near.masked_fill(weights == 0, -torch.inf)
        chosen = near.topk(min(self.neighbors, near.shape[1]), dim=1).indices  # (B, k)
        weight = weights[chosen]
        share = ((weight * labels[chosen]).sum(dim=1) + prior) / (weight.sum(dim=1) + 1)
        return share.logit()

    def fit(
        self,
        vectors: NDArray[np.float32],
        labels: NDArray[np.float32],
        weights: NDArray[np.float32],
        patients: Sequence[str],  # noqa: ARG002  nothing is chosen by cross-validation
    ) -> list[str]:
        """Keep the images; arguments and result as `FittedHead.fit` says."""
        every = [Cases.of(*column) for column in zip(labels.T, weights.T, strict=True)]
        place = self.prior.device
        self.vectors = functional.normalize(torch.tensor(vectors, device=place), dim=1)
        self.labels, self.weights = (torch.tensor(each, device=place) for each in (labels, weights))
        self.prior = torch.tensor([cases.logit for cases in every], device=place).sigmoid()
        kept = len(np.unique(np.concatenate([cases.rows for cases in every])))
        return [f"a constant ({cases.lack})" if cases.lack else f"{kept:,} images" for cases in every]


@register
def nearest_neighbors(*, width: int, outputs: int, neighbors: Width = 50) -> NearestNeighbors:
    """The training images whose vectors point the same way vote; keeps the vectors of all of them in the Run.

    Args:
        width: of the vectors; the model's.
        outputs: how many logits; the model's.
        neighbors: how many vote for each finding, of those whose label of it is known.

    Source: Cover & Hart 1967, IEEE Transactions on Information Theory 13:21.
    """
    return NearestNeighbors(width, outputs, neighbors)
