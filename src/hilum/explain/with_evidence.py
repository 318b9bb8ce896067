"""A classifier that says in one pass what it finds and where: its logits, and what each place adds to them."""

from torch import Tensor, nn

from hilum.explain.methods.cam import evidence
from hilum.models.contract import ImageView, Model

EVIDENCE = "evidence"  # the raw output's name


# B images, C channels, H W pixels, W logits, h w size of the feature maps
class WithEvidence(nn.Module, Model):
    """The same network with one more raw output, from which class activation maps are drawn without a second pass.

    Args:
        model: one of which `gives_evidence` is true.
    """

    inputs = ("image",)

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.training = model.training  # whoever puts it back into its mode puts the model back too
        self.notes = tuple(model.notes)  # type: ignore[arg-type]

    def forward(self, *, image: Tensor) -> dict[str, Tensor]:  # (B, C, H, W) -> (B, W) and (B, W, h, w), logits
        """Logits of images, and what each place adds to them."""
        maps = self.model.maps(image)  # type: ignore[operator]
        weights = self.model.cam_weights()  # type: ignore[operator]
        return {"labels": self.model.from_maps(maps), EVIDENCE: evidence(maps, weights)}  # type: ignore[operator]


def gives_evidence(model: nn.Module) -> bool:
    """Whether a network looks at one image and nothing else, with a linear head on average-pooled maps."""
    alone = isinstance(model, Model) and tuple(model.inputs) == ("image",)
    return alone and isinstance(model, ImageView) and model.cam_weights() is not None
