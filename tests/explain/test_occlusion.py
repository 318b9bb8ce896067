import torch
from torch import Tensor, nn

from hilum.explain.methods.occlusion import occlusion
from hilum.models import ImageView
from hilum.models.classifier import classifier


class Corner(nn.Module, ImageView):
    """One logit: the mean of a square of the image."""

    def maps(self, image: Tensor) -> Tensor:
        return image

    def from_maps(self, maps: Tensor) -> Tensor:
        return maps[:, :, 8:12, 20:24].mean(dim=(-2, -1))

    def cam_weights(self) -> None:
        return None


def test_the_map_is_strongest_where_covering_costs_the_logit_most() -> None:
    image = torch.zeros(1, 1, 32, 40)
    image[..., 8:12, 20:24] = 1.0
    image[..., 20:30, 2:12] = 1.0  # bright, but the logit does not look there
    heat = occlusion(Corner(), image)[0, 0]
    assert heat.shape == (32, 40)
    assert heat[8:12, 20:24].mean() > 0.9
    assert heat[18:, :14].max() == 0
    assert heat[:4].max() == 0


def test_it_asks_networks_with_any_head_and_leaves_the_image_alone() -> None:
    torch.manual_seed(0)
    model = classifier(encoder="test_resnet", outputs=2, size=32, pool="max", head="per_finding").eval()
    image = torch.rand(1, 1, 32, 32)
    before = image.clone()
    assert occlusion(model, image).shape == (1, 2, 32, 32)
    assert torch.equal(image, before)
