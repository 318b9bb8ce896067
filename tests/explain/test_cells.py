import pytest
import torch
from torch import nn

from hilum.explain.cells import Cells, cells_of
from hilum.models.encoders import encoder as encoder_of


@pytest.mark.parametrize(
    ("encoder", "first"),
    [("resnet18", 0.5), ("densenet121", 14.5), ("efficientnet_b0", 0.5), ("convnext_atto", 16.0)],
)
def test_middles_are_what_strides_and_padding_add_up_to(encoder: str, first: float) -> None:
    cells = cells_of(encoder)
    assert cells is not None
    assert cells.step == 32
    assert cells.first == pytest.approx(first, abs=1.0)


@pytest.mark.parametrize("encoder", ["vit_tiny_patch16_224", "maxvit_nano_rw_256", "nextvit_small"])
def test_patches_and_what_cannot_be_measured_divide_the_image_evenly(encoder: str) -> None:
    assert cells_of(encoder) is None


@pytest.mark.parametrize("place", [(70, 120), (150, 90)])
def test_a_spot_lies_where_the_maps_say(place: tuple[int, int]) -> None:
    torch.manual_seed(0)
    model, cells = encoder_of("resnet18", 1, 224).eval(), cells_of("resnet18")
    assert cells is not None
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)  # the last of a block begins at 0, as if the block were not there
    plain = torch.rand(16, 1, 224, 224) * 0.1
    spotted = plain.clone()
    spotted[..., place[0] - 4 : place[0] + 4, place[1] - 4 : place[1] + 4] += 1
    with torch.no_grad():
        moved = (model.features(spotted)[-1] - model.features(plain)[-1]).square().sum(dim=(0, 1))
    off, evenly_off = (
        torch.tensor(middle(which.spread(moved, 224))) - torch.tensor(place) for which in (cells, Cells(16, 32))
    )
    assert off.abs().max() < 8
    assert evenly_off.min() > 8  # drawn evenly it lies too low and too far to the right


def middle(heat: torch.Tensor) -> tuple[float, float]:
    at = torch.arange(heat.shape[0]) + 0.5
    heat = heat / heat.sum()
    return float(heat.sum(dim=1) @ at), float(heat.sum(dim=0) @ at)


def test_spread_is_linear_between_middles_and_flat_beyond() -> None:
    line = Cells(first=2.5, step=4).spread(torch.tensor([[1.0, 3.0], [1.0, 3.0]]), 10)
    assert line.shape == (10, 10)
    assert line[3].tolist() == [1.0, 1.0, 1.0, 1.5, 2.0, 2.5, 3.0, 3.0, 3.0, 3.0]
    assert (line == line[0]).all()


def test_maps_on_pixels_stay_as_they_are() -> None:
    maps = torch.rand(2, 10, 10)
    assert torch.equal(Cells(first=2.5, step=4).spread(maps, 10), maps)
