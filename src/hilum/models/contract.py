"""What others need of a model, as protocols: `isinstance(model, ImageView)` says whether a model can be looked into.

Tensors go by name. A batch holds many; `Model.inputs` says which of them a model's forward takes, as keywords.
"""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from torch import Tensor


# B images, C channels, H W pixels, K outputs, D feature maps, h w their size
@runtime_checkable
class Model(Protocol):
    """What training and inference need of any model.

    Args:
        inputs: names of the tensors that forward takes: `image` (B, C, H, W), `features` (B, F), `visits` (B, T, C),
            `attention` (B, 1, S, S).
        notes: what was loaded, adapted and left out, in sentences.
    """

    inputs: tuple[str, ...]
    notes: tuple[str, ...]

    # keywords alone, those of `inputs`; `*args: Any` is how mypy lets each model name its own
    def forward(self, *args: Any, **inputs: Any) -> dict[str, Tensor]:
        """Raw outputs by name: `labels`, (B, K) logits."""
        ...


@runtime_checkable
class Embeds(Protocol):
    """A model that sums an image up in one vector."""

    def embed(self, *args: Any, **inputs: Any) -> Tensor:
        """(B, D), the vector that the head sees; takes what forward takes."""
        ...


@runtime_checkable
class ImageView(Protocol):
    """What explainers need of a model that looks at pixels."""

    def maps(self, image: Tensor) -> Tensor:
        """(B, C, H, W) to (B, D, h, w): feature maps before pooling."""
        ...

    def from_maps(self, maps: Tensor) -> Tensor:
        """(B, D, h, w) to (B, K): logits, as for images without other inputs."""
        ...

    def cam_weights(self) -> Tensor | None:
        """(K, D) where the head is linear on average-pooled maps, else None."""
        ...


@runtime_checkable
class ReadsMaps(Protocol):
    """A head that takes feature maps and pools by itself."""

    def places(self, maps: Tensor) -> Tensor:
        """(B, D, h, w) to (B, K, h w): what each place says, before pooling."""
        ...


@runtime_checkable
class FittedHead(Protocol):
    """A head that is fitted at once to the vectors of a network that does not learn, instead of step by step."""

    def fit(
        self,
        vectors: NDArray[np.float32],
        labels: NDArray[np.float32],
        weights: NDArray[np.float32],
        patients: Sequence[str],
    ) -> list[str]:
        """Fit the head, output by output, to the images whose label of it is known.

        Args:
            vectors: (N, D), of the training images.
            labels: (N, K) in [0, 1].
            weights: (N, K) >= 0; 0 where the label is not known.
            patients: (N,) whose images they are: what is chosen by cross-validation is chosen across patients.

        Returns:
            (K,) what became of each output, in a few words; one without positives or negatives gets a constant.
        """
        ...


@runtime_checkable
class FitsBoxes(Protocol):
    """A detector that looks at the boxes to learn from before it learns: which anchors fit them."""

    def fit_boxes(self, boxes: Sequence[Tensor]) -> None:
        """N tables (n, 4) of x0 y0 x1 y1 on the square, one an image. What was found is noted, and kept as weights."""
        ...


@runtime_checkable
class Encoder(Protocol):
    """What turns pixels into feature maps.

    Args:
        channels: of each of the maps that `features` gives.
    """

    channels: tuple[int, ...]

    def features(self, image: Tensor) -> list[Tensor]:
        """(B, C, H, W) to maps (B, D, h, w), from fine to coarse; transformers give several of one size."""
        ...
