"""Explainers by gradient, each against its definition written out slowly, or against what it must add up to."""

import pytest
import torch
from torch import Tensor, nn

from hilum.explain.methods.cam import cam
from hilum.explain.methods.gradcam_plus_plus import gradcam_plus_plus
from hilum.explain.methods.gradient_shap import gradient_shap
from hilum.explain.methods.hirescam import hirescam
from hilum.explain.methods.integrated_gradients import integrated_gradients
from hilum.explain.methods.layercam import layercam
from hilum.models import ImageView
from hilum.schema import ConfigError


class Small(nn.Module, ImageView):
    """Four feature maps behind a convolution, and a head that is not linear."""

    def __init__(self, *, linear: bool = False) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.encoder = nn.Conv2d(1, 4, 3, padding=1)
        self.head = nn.Linear(4, 2) if linear else nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 2))

    def maps(self, image: Tensor) -> Tensor:
        return self.encoder(image).relu()

    def from_maps(self, maps: Tensor) -> Tensor:
        return self.head(maps.amax(dim=(-2, -1)) + maps.mean(dim=(-2, -1)))

    def cam_weights(self) -> Tensor | None:
        return None


class Averaging(Small):
    def from_maps(self, maps: Tensor) -> Tensor:
        return self.head(maps.mean(dim=(-2, -1)))

    def cam_weights(self) -> Tensor:
        return self.head.weight


def images() -> Tensor:
    return torch.rand(2, 1, 6, 7, generator=torch.Generator().manual_seed(3))


def raw(evidence: Tensor) -> Tensor:
    return evidence.detach()


def slowly(model: Small, finding: int) -> tuple[Tensor, Tensor]:
    maps = model.maps(images()).detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(model.from_maps(maps)[:, finding].sum(), maps)
    return maps.detach(), gradient


@pytest.mark.parametrize("finding", [0, 1])
def test_layercam_keeps_each_places_positive_gradient(finding: int) -> None:
    maps, gradient = slowly(Small(), finding)
    expected = (maps * gradient.clamp(min=0)).sum(dim=1)
    torch.testing.assert_close(layercam(Small(), images(), [finding], raw)[:, 0], expected)


def test_hirescam_is_cam_behind_a_linear_head_on_averages() -> None:
    model = Averaging(linear=True)
    torch.testing.assert_close(hirescam(model, images()), cam(model, images()), atol=1e-5, rtol=1e-5)


def test_hirescam_adds_up_to_the_logit_of_a_head_without_bias() -> None:
    model = Small(linear=True)
    with torch.no_grad():
        model.head.bias.zero_()
        logits = model.from_maps(model.maps(images()))
    torch.testing.assert_close(hirescam(model, images(), None, raw).sum(dim=(-2, -1)), logits)


@pytest.mark.parametrize("finding", [0, 1])
def test_gradcam_plus_plus_weighs_as_its_paper_says(finding: int) -> None:
    maps, gradient = slowly(Small(), finding)
    weights = torch.zeros(2, 4)
    for image in range(2):
        for channel in range(4):
            for g in gradient[image, channel].flatten().tolist():
                below = 2 * g**2 + float(maps[image, channel].sum()) * g**3
                weights[image, channel] += (g**2 / below if below else 0.0) * max(g, 0.0)
    expected = torch.einsum("bdhw,bd->bhw", maps, weights)
    torch.testing.assert_close(gradcam_plus_plus(Small(), images(), [finding], raw)[:, 0], expected)


def test_integrated_gradients_add_up_to_what_the_logit_gained() -> None:
    model = Averaging()
    shares = integrated_gradients(model, images(), None, raw)
    even = images().mean(dim=(-2, -1), keepdim=True).expand_as(images())
    with torch.no_grad():
        gained = model.from_maps(model.maps(images())) - model.from_maps(model.maps(even))
    torch.testing.assert_close(shares.sum(dim=(-2, -1)), gained, atol=2e-3, rtol=2e-2)


def test_gradient_shap_of_a_linear_model_is_distance_from_the_mean_gray_times_weight() -> None:
    class Linear(Averaging):
        def maps(self, image: Tensor) -> Tensor:
            return image * torch.tensor([1.0, -2.0, 0.5, 3.0])[:, None, None]

    model, batch = Linear(linear=True), images()
    found = gradient_shap(model, batch, None, raw)
    slope = torch.autograd.functional.jacobian(lambda x: model.from_maps(model.maps(x[None]))[0], batch[0])[:, 0]
    ratio = found[0] / slope  # pixel less the mean of the grays that were drawn: the same for both findings
    torch.testing.assert_close(ratio[0], ratio[1], atol=1e-5, rtol=1e-4)
    drawn = batch[0, 0] - ratio[0]
    torch.testing.assert_close(drawn, drawn.mean().expand_as(drawn), atol=1e-5, rtol=1e-4)
    assert batch[0].min() < drawn.mean() < batch[0].max()


@pytest.mark.parametrize("method", [layercam, hirescam, gradcam_plus_plus, integrated_gradients, gradient_shap])
def test_a_head_without_gradient_is_refused_with_the_way_out(method: object) -> None:
    class Trees(Small):
        def from_maps(self, maps: Tensor) -> Tensor:
            return super().from_maps(maps).detach()

    with pytest.raises(ConfigError, match="'occlusion' or 'rise'"):
        method(Trees(), images())  # type: ignore[operator]
