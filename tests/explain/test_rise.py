import pytest
import torch
from torch import Tensor, nn

from hilum.explain.methods.rise import rise
from hilum.models import ImageView


class Corner(nn.Module, ImageView):
    """One logit: the mean of a square of the image."""

    def maps(self, image: Tensor) -> Tensor:
        return image

    def from_maps(self, maps: Tensor) -> Tensor:
        return maps[:, :, 8:12, 20:24].mean(dim=(-2, -1))

    def cam_weights(self) -> None:
        return None


def test_the_map_is_strongest_where_showing_raises_the_logit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hilum.explain.methods.rise.MASKS", 256)
    image = torch.zeros(1, 1, 32, 40)
    image[..., 8:12, 20:24] = 1.0
    image[..., 20:30, 2:12] = 1.0  # bright, but the logit does not look there
    heat = rise(Corner(), image)[0, 0]
    assert heat.shape == (32, 40)
    top, left = divmod(int(heat.argmax()), 40)
    assert 6 <= top < 14
    assert 18 <= left < 26
    assert heat[8:12, 20:24].mean() > 3 * heat[20:30, 2:12].mean()
