"""What others ask of a model. Capabilities are told by type, never by looking for attributes."""

from typing import Protocol, runtime_checkable

from torch import Tensor


@runtime_checkable
class ImageView(Protocol):
    """A model that looks at pixels, as explainers see it."""

    def maps(self, image: Tensor) -> Tensor:
        """(B, C, H, W) to (B, D, h, w), before pooling."""
        ...

    def from_maps(self, maps: Tensor) -> Tensor:
        """(B, D, h, w) to (B, K) logits."""
        ...

    def cam_weights(self) -> Tensor | None:
        """(K, D) where the head is linear on average-pooled maps."""
        ...
