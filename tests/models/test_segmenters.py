"""What every model of masks promises: logits of each pixel, of each image alone, at the image's own size."""

import inspect

import pytest
import torch

from hilum.models import Model, models
from hilum.models.plain_unet import PlainUNet
from hilum.models.segmenter import Segmenter
from hilum.schema import ConfigError

NAMES = [name for name in models if inspect.signature(models[name]).return_annotation in (Segmenter, PlainUNet)]
SMALL = {"plain_unet": {"width": 4, "depth": 3}, "deeplab_v3_plus": {"width": 16}}
UNETS = {"depth": 3, "widths": (16, 8, 8)}


def built(name: str, **keywords: object) -> torch.nn.Module:
    torch.manual_seed(0)
    own = {} if name == "plain_unet" else {"encoder": "resnet10t"}
    given = own | SMALL.get(name, UNETS) | {"outputs": 3, "size": 64} | keywords
    model: torch.nn.Module = models[name](**given)
    return model.eval()


def test_they_are_found() -> None:
    assert set(NAMES) == {"deeplab_v3_plus", "plain_unet", "unet", "unet_plus_plus"}


@pytest.mark.parametrize("name", NAMES)
def test_logits_of_each_pixel_and_of_that_image_alone(name: str) -> None:
    model = built(name)
    assert isinstance(model, Model)
    images = torch.rand(3, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        both, alone = model(image=images), model(image=images[1:2])
    assert list(both) == ["masks"]
    assert both["masks"].shape == (3, 3, 64, 64)
    assert torch.allclose(both["masks"][1:2], alone["masks"], atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_every_weight_learns(name: str) -> None:
    model = built(name).train()
    model(image=torch.rand(2, 1, 64, 64))["masks"].square().mean().backward()
    idle = [name for name, weight in model.named_parameters() if weight.grad is None]
    assert idle == []


@pytest.mark.parametrize("name", NAMES)
def test_a_size_that_cannot_be_halved_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be halved"):
        built(name, size=60)


def test_encoders_without_a_first_halving_and_decoders_without_a_last() -> None:
    model = built("unet", encoder="convnext_atto", depth=4, widths=(16,) * 4, attention="scse")
    assert model.encoder.strides == (4, 8, 16)  # type: ignore[union-attr]
    with torch.no_grad():
        assert model(image=torch.zeros(1, 1, 64, 64))["masks"].shape == (1, 3, 64, 64)


def test_what_lies_behind_the_depth_is_cut_off() -> None:
    whole, cut = built("unet", depth=5, widths=(8,) * 5), built("unet", depth=3, widths=(8,) * 3)
    count = [sum(weight.numel() for weight in model.encoder.parameters()) for model in (whole, cut)]  # type: ignore[union-attr]
    assert count[1] < count[0] / 4
    with torch.no_grad():
        image = torch.rand(1, 1, 64, 64)
        cut.encoder.load_state_dict(whole.encoder.state_dict(), strict=False)  # type: ignore[union-attr]
        fine = whole.encoder.features(image)[2], cut.encoder.features(image)[2]  # type: ignore[union-attr]
    assert torch.allclose(*fine, atol=1e-5)


def test_encoders_whose_maps_do_not_halve_are_refused() -> None:
    with pytest.raises(ConfigError, match="Expected an encoder whose maps halve from level to level"):
        built("unet", encoder="vit_tiny_patch16_224", depth=4, widths=(8,) * 4)


def test_too_few_widths_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"model.widths: \[8\] for a depth of 3"):
        built("unet_plus_plus", widths=(8,))
