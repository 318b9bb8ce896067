import pytest
import torch
from torch import Tensor, nn

from hilum.explain.methods.cam import cam
from hilum.explain.methods.gradcam import gradcam
from hilum.explain.scale import to_unit
from hilum.models import ImageView, models
from hilum.schema import ConfigError

GENERATOR = torch.Generator().manual_seed(3)


class Convolved(nn.Module, ImageView):
    """Three feature maps and a head of choice."""

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.encoder, self.head = nn.Conv2d(1, 3, 3), head

    def cam_weights(self) -> Tensor:
        return self.head.weight

    def maps(self, image: Tensor) -> Tensor:
        return self.encoder(image)

    def from_maps(self, maps: Tensor) -> Tensor:
        return self.head(maps.mean(dim=(-2, -1)))


def images() -> Tensor:
    return torch.randn(2, 1, 6, 7, generator=GENERATOR)


def test_equals_cam_for_a_linear_head() -> None:
    model, batch = Convolved(nn.Linear(3, 4)), images()
    torch.testing.assert_close(gradcam(model, batch), cam(model, batch).detach())


def test_weighs_maps_by_the_gradient_of_each_logit() -> None:
    model, batch = Convolved(nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2))), images()
    maps = model.maps(batch).detach().requires_grad_(True)
    expected = []
    for finding in range(2):  # one backward pass a finding: the definition, slowly
        (gradient,) = torch.autograd.grad(model.from_maps(maps)[:, finding].sum(), maps)
        expected.append((maps * gradient.mean(dim=(-2, -1), keepdim=True)).sum(dim=1))
    torch.testing.assert_close(gradcam(model, batch), to_unit(torch.stack(expected, dim=1)))


def test_works_where_gradients_are_switched_off_and_leaves_the_weights_alone() -> None:
    model = Convolved(nn.Linear(3, 4))
    with torch.no_grad():
        gradcam(model, images())
    assert all(weight.grad is None for weight in model.parameters())


def test_a_model_without_maps_is_refused() -> None:
    with pytest.raises(ConfigError, match="Linear has no feature maps"):
        gradcam(nn.Linear(3, 4), images())


def test_a_classifier_of_ours_is_explained_alike_by_both() -> None:
    torch.manual_seed(0)
    model = models["classifier"](encoder="resnet18", outputs=3, channels=1, size=64).eval()
    batch = torch.randn(2, 1, 64, 64, generator=GENERATOR)
    maps = cam(model, batch)
    assert maps.shape == (2, 3, 2, 2)
    torch.testing.assert_close(gradcam(model, batch), maps, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("keywords", [{"head": {"name": "hidden", "hidden": [8]}}, {"pool": "max"}])
def test_a_classifier_that_is_not_linear_on_averages_needs_gradients(keywords: dict[str, object]) -> None:
    model = models["classifier"](encoder="resnet18", outputs=3, channels=1, size=64, **keywords).eval()
    with pytest.raises(ConfigError, match="gradcam"):
        cam(model, torch.zeros(1, 1, 64, 64))
    assert gradcam(model, torch.zeros(1, 1, 64, 64)).shape == (1, 3, 2, 2)
