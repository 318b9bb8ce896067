"""The networks that recipes are made of, one or more of each family, with random weights: maps, and a step back."""

import pytest
import torch

from hilum.models.classifier import classifier
from hilum.models.encoders import encoder
from hilum.schema import ConfigError

# timm's name -> channels of its last map, pixels between its cells, and for each size the cells a side
FAMILIES = {
    "resnet18": (512, 32, {64: 2, 96: 3}),
    "resnet50": (2048, 32, {64: 2, 96: 3}),
    "densenet121": (1024, 32, {64: 2, 96: 3}),
    "densenet169": (1664, 32, {64: 2, 96: 3}),
    "densenet201": (1920, 32, {64: 2, 96: 3}),
    "vgg16": (512, 32, {32: 1, 64: 2}),
    "inception_v3": (2048, 32, {96: 1, 128: 2}),  # its first layers cut the edges off
    "vit_tiny_patch16_224": (192, 16, {64: 4, 96: 6}),
    "deit_tiny_patch16_224": (192, 16, {64: 4, 96: 6}),
    "deit3_small_patch16_224": (384, 16, {64: 4, 96: 6}),
    "vit_small_patch14_dinov2": (384, 14, {56: 4, 84: 6}),
    "swin_tiny_patch4_window7_224": (768, 32, {64: 2, 112: 4}),
    "convnext_tiny": (768, 32, {64: 2, 96: 3}),
    "convnext_atto": (320, 32, {64: 2, 96: 3}),
    "efficientnet_b0": (1280, 32, {64: 2, 96: 3}),
    "tf_efficientnet_lite0": (1280, 32, {64: 2, 96: 3}),
    "tf_efficientnet_lite2": (1280, 32, {64: 2, 96: 3}),
}
CASES = [(name, *case) for name, (_, _, cells) in FAMILIES.items() for case in zip((1, 3), cells, strict=True)]


@pytest.mark.parametrize(("name", "channels", "size"), CASES)
def test_maps_of_every_family_and_a_step_back(name: str, channels: int, size: int) -> None:
    torch.manual_seed(0)
    network = encoder(name, channels, size)
    width, stride, cells = FAMILIES[name]
    maps = network.features(torch.rand(2, channels, size, size))
    assert tuple(one.shape[1] for one in maps) == network.channels
    assert maps[-1].shape == (2, width, cells[size], cells[size])
    assert network.stride == stride
    assert all(one.isfinite().all() for one in maps)
    maps[-1].square().sum().backward()
    assert not [name for name, weight in network.named_parameters() if weight.grad is None]


@pytest.mark.parametrize("name", [name for name in FAMILIES if name not in ("inception_v3", "vgg16")])
def test_the_other_channels(name: str) -> None:
    small, large = FAMILIES[name][2]
    for channels, size in ((3, small), (1, large)):
        assert encoder(name, channels, size).channels[-1] == FAMILIES[name][0]


@pytest.mark.parametrize("name", ["vit_tiny_patch16_224", "swin_tiny_patch4_window7_224", "tf_efficientnet_lite0"])
def test_a_classifier_on_it_learns(name: str) -> None:
    torch.manual_seed(0)
    model = classifier(encoder=name, outputs=2, size=64)
    image, labels = torch.rand(4, 1, 64, 64), torch.tensor([[0.0, 1.0], [1.0, 0.0]]).repeat(2, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    losses = []
    for _ in range(5):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(model(image=image)["labels"], labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0]


def test_a_network_whose_head_reads_two_tokens_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"deit_tiny_distilled_patch16_224 cannot take .* Choose another"):
        encoder("deit_tiny_distilled_patch16_224", 1, 64)
