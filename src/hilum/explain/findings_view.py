"""A model whose outputs are not one logit a finding, seen as if they were."""

from torch import Tensor, nn

from hilum.models.contract import ImageView


# B images, C channels, D feature maps, K findings, W logits
class FindingsView(nn.Module, ImageView):
    """What speaks for each finding, as the only output of a model.

    Args:
        model: an `ImageView` with W logits.
        contrasts: (K, W), the sum of logits that speaks for each finding.
    """

    def __init__(self, model: ImageView, contrasts: Tensor) -> None:
        super().__init__()
        self.model, self.contrasts = model, contrasts

    def maps(self, image: Tensor) -> Tensor:  # (B, C, H, W) -> (B, D, h, w)
        """Feature maps before pooling."""
        return self.model.maps(image)

    def from_maps(self, maps: Tensor) -> Tensor:  # (B, D, h, w) -> (B, K)
        """What speaks for each finding."""
        logits = self.model.from_maps(maps)
        return logits @ self.contrasts.to(logits).T

    def cam_weights(self) -> Tensor | None:
        """(K, D) where the model's head is linear on average-pooled maps, else None."""
        weights = self.model.cam_weights()
        return None if weights is None else self.contrasts.to(weights) @ weights
