import pytest
import torch
from torch import Tensor, nn

from hilum.explain.methods.cam import cam, evidence
from hilum.explain.scale import to_unit
from hilum.models import ImageView
from hilum.schema import ConfigError


class Tiny(nn.Module, ImageView):
    """Two feature maps: the image and its negative; two findings that look at one each."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(2, 2)
        with torch.no_grad():
            self.head.weight.copy_(torch.tensor([[2.0, 0.0], [0.0, 3.0]]))
            self.head.bias.copy_(torch.tensor([-1.0, 0.5]))

    def cam_weights(self) -> Tensor:
        return self.head.weight

    def maps(self, image: Tensor) -> Tensor:
        return torch.cat([image, -image], dim=1)

    def from_maps(self, maps: Tensor) -> Tensor:
        return self.head(maps.mean(dim=(-2, -1)))


def spot(row: int, column: int) -> Tensor:
    image = torch.zeros(1, 1, 4, 5)
    image[0, 0, row, column] = 1.0
    return image


def test_the_map_peaks_where_the_image_does() -> None:
    maps = cam(Tiny(), torch.cat([spot(1, 3), spot(2, 0)]))
    assert maps.shape == (2, 2, 4, 5)
    assert maps[0, 0, 1, 3] == maps[1, 0, 2, 0] == 1
    assert maps[:, 0].sum() == 2  # and nowhere else


def test_a_constant_between_weights_and_bias_changes_no_map() -> None:
    images = torch.rand(2, 1, 4, 5, generator=torch.Generator().manual_seed(2))
    places = evidence(Tiny().maps(images), Tiny().cam_weights())
    torch.testing.assert_close(to_unit(places - 50), to_unit(places), atol=1e-5, rtol=0)


def test_evidence_against_a_finding_is_zero() -> None:
    assert cam(Tiny(), spot(1, 3))[0, 1, 1, 3] == 0  # the second finding sees the negative of the spot


def test_what_is_the_same_everywhere_shows_nothing() -> None:
    assert (cam(Tiny(), torch.full((1, 1, 4, 5), 0.1)) == 0).all()


def test_mean_evidence_and_bias_are_the_logit() -> None:
    model, images = Tiny(), torch.randn(3, 1, 4, 5, generator=torch.Generator().manual_seed(0))
    places = evidence(model.maps(images), model.cam_weights())
    torch.testing.assert_close(places.mean(dim=(-2, -1)) + model.head.bias, model.from_maps(model.maps(images)))


def test_scaled_from_the_images_mean_to_its_maximum() -> None:
    images = torch.rand(2, 1, 4, 5, generator=torch.Generator().manual_seed(0))
    maps = cam(Tiny(), images)
    above = (images[:, 0] - images[:, 0].mean(dim=(-2, -1), keepdim=True)).clamp(min=0)
    torch.testing.assert_close(maps[:, 0], above / above.amax(dim=(-2, -1), keepdim=True))
    torch.testing.assert_close(maps, cam(Tiny(), images * 7))  # contrast does not change where it looked


def test_a_head_that_is_not_linear_is_refused_with_the_way_out() -> None:
    with pytest.raises(ConfigError, match="gradcam"):
        cam(nn.Conv2d(1, 2, 3), spot(1, 3))
