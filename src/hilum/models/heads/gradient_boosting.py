"""Gradient boosting: decision trees that are grown at once, kept as tensors and walked through by PyTorch."""

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from hilum.models.heads.cases import Cases
from hilum.models.heads.stored import Stored
from hilum.models.settings import Width
from hilum.registry import register

NODES = ("feature", "threshold", "missing_left", "left", "right", "value")  # what a tree is made of


# N images, B of a batch, D width of the vectors, K outputs, T trees an output, M nodes a tree
class GradientBoosting(Stored):
    """Trees, T for each of K outputs; a logit is the sum of the leaves that a vector reaches, plus a start.

    Each node is a row of (K, T, M) tensors: the value of the vector that it looks at, a threshold up to which the walk
    goes left, and the numbers of the nodes left and right. A leaf has itself on both sides.

    Args:
        outputs: K.
        growth: keywords of scikit-learn's HistGradientBoostingClassifier.
    """

    value: Tensor
    start: Tensor
    depth: Tensor

    def __init__(self, outputs: int, **growth: Any) -> None:
        super().__init__()
        self.growth = growth
        for name, tensor in _as_tensors([[_leaf()]] * outputs, [0.0] * outputs).items():
            self.register_buffer(name, tensor)

    def forward(self, vectors: Tensor) -> Tensor:  # (B, D) -> (B, K)
        """Logits."""
        tables = {name: getattr(self, name).flatten(0, 1) for name in NODES}  # (K T, M)
        columns = vectors.double().T  # (D, B)
        at = torch.zeros(len(tables["left"]), len(vectors), dtype=torch.int64, device=vectors.device)  # (K T, B)
        here = {name: table.gather(1, at) for name, table in tables.items()}
        for _ in range(int(self.depth)):
            seen = columns.gather(0, here["feature"])
            left = torch.where(seen.isnan(), here["missing_left"], seen <= here["threshold"])
            at = torch.where(left, here["left"], here["right"])
            here = {name: table.gather(1, at) for name, table in tables.items()}
        leaves = here["value"].reshape(*self.value.shape[:2], -1).sum(dim=1)  # (K, B)
        logits: Tensor = leaves.T + self.start
        return logits.float()

    def fit(
        self,
        vectors: NDArray[np.float32],
        labels: NDArray[np.float32],
        weights: NDArray[np.float32],
        patients: Sequence[str],  # noqa: ARG002  nothing is chosen by cross-validation
    ) -> list[str]:
        """Grow the trees; arguments and result as `FittedHead.fit` says."""
        from sklearn.ensemble import HistGradientBoostingClassifier

        trees: list[list[Any]] = []
        starts, said = [], []
        for output in range(labels.shape[1]):
            cases = Cases.of(labels[:, output], weights[:, output])
            if cases.lack:
                trees.append([_leaf()])
                starts.append(cases.logit)
                said.append(f"a constant ({cases.lack})")
                continue
            model = HistGradientBoostingClassifier(early_stopping=False, random_state=0, **self.growth)
            model.fit(vectors[cases.rows], cases.present, sample_weight=cases.weight)
            trees.append([step[0].nodes for step in model._predictors])  # not promised; a test holds it
            starts.append(float(model._baseline_prediction.item()))
            said.append(f"{len(trees[-1])} trees")
        for name, tensor in _as_tensors(trees, starts).items():
            setattr(self, name, tensor.to(self.start.device))
        return said


def _leaf() -> Any:
    """A tree of scikit-learn that is one leaf of value 0."""
    fields = [("value", "f8"), ("feature_idx", "i8"), ("num_threshold", "f8"), ("missing_go_to_left", "u1"),
              ("left", "u4"), ("right", "u4"), ("depth", "u4"), ("is_leaf", "u1")]  # fmt: skip
    return np.array([(0.0, 0, 0.0, 0, 0, 0, 0, 1)], fields)


def _as_tensors(trees: list[list[Any]], starts: list[float]) -> dict[str, Tensor]:
    """K lists of scikit-learn's trees as tensors (K, T, M); what an output or a tree lacks is leaves of value 0."""
    most = max(len(nodes) for each in trees for nodes in each)
    shape = (len(trees), max(map(len, trees)), most)
    held: dict[str, Any] = {
        "feature": np.zeros(shape, np.int64), "threshold": np.zeros(shape), "missing_left": np.zeros(shape, bool),
        "left": np.zeros(shape, np.int64), "right": np.zeros(shape, np.int64), "value": np.zeros(shape),
    }  # fmt: skip
    depth = 0
    for output, each in enumerate(trees):
        for number, nodes in enumerate(each):
            place, leaf, own = (output, number, slice(len(nodes))), nodes["is_leaf"] == 1, np.arange(len(nodes))
            held["feature"][place] = np.where(leaf, 0, nodes["feature_idx"])
            held["threshold"][place] = np.where(leaf, 0.0, nodes["num_threshold"])
            held["missing_left"][place] = nodes["missing_go_to_left"] == 1
            held["left"][place] = np.where(leaf, own, nodes["left"])
            held["right"][place] = np.where(leaf, own, nodes["right"])
            held["value"][place] = np.where(leaf, nodes["value"], 0.0)
            depth = max(depth, int(nodes["depth"].max()))
    tensors = {name: torch.from_numpy(array) for name, array in held.items()}
    return tensors | {"start": torch.tensor(starts, dtype=torch.float64), "depth": torch.tensor(depth)}


@register
def gradient_boosting(
    *,
    outputs: int,
    trees: Width = 100,
    rate: Annotated[float, Field(gt=0, le=1)] = 0.1,
    leaves: Annotated[int, Field(ge=2)] = 15,
    least_images: Width = 20,
    penalty: Annotated[float, Field(ge=0)] = 0.0,
) -> GradientBoosting:
    """Decision trees that are grown at once, each on what those before it left; for features, and for embeddings.

    Args:
        outputs: how many logits; the model's.
        trees: for each logit.
        rate: share of each tree's answer that is taken.
        leaves: of a tree, at most.
        least_images: of a leaf.
        penalty: L2, on the leaves' values.

    Source: Friedman 2001, Annals of Statistics 29:1189; grown by scikit-learn's HistGradientBoostingClassifier.
    """
    return GradientBoosting(
        outputs,
        max_iter=trees,
        learning_rate=rate,
        max_leaf_nodes=leaves,
        min_samples_leaf=least_images,
        l2_regularization=penalty,
    )
