import pytest
import torch
from torch import nn

from hilum.models import Encoder
from hilum.models.encoders import TimmEncoder, encoder
from hilum.schema import ConfigError

# timm's name, and how often each of its maps is smaller than the image
ENCODERS = {
    "resnet18": [2, 4, 8, 16, 32],
    "densenet121": [2, 4, 8, 16, 32],
    "efficientnet_b0": [2, 4, 8, 16, 32],
    "test_vit": [16] * 5,
    "test_convnext": [4, 8, 16, 32],
    "swin_tiny_patch4_window7_224": [4, 8, 16, 32],
}


def built(name: str, channels: int = 1, size: int = 224) -> TimmEncoder:
    torch.manual_seed(0)
    return encoder(name, channels, size).eval()


def drawn(channels: int = 1, size: int = 224) -> torch.Tensor:
    return torch.rand(2, channels, size, size, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", ENCODERS)
def test_maps_from_fine_to_coarse(name: str) -> None:
    network = built(name)
    assert isinstance(network, Encoder)
    with torch.no_grad():
        maps = network.features(drawn())
    shrunk = [224 // one.shape[-1] for one in maps]
    assert shrunk == ENCODERS[name][-len(maps) :]
    assert len(maps) > 1
    assert tuple(one.shape[1] for one in maps) == network.channels
    assert all(one.shape[-2] == one.shape[-1] for one in maps)
    assert all(one.isfinite().all() for one in maps)


@pytest.mark.parametrize("name", ["test_resnet", "test_vit", "test_convnext", "test_efficientnet"])
def test_three_channels_and_another_size(name: str) -> None:
    network = built(name, channels=3, size=64)
    assert network.features(drawn(3, 64))[-1].shape[:2] == (2, network.channels[-1])


@pytest.mark.parametrize("name", ["densenet121", "test_vit", "swin_tiny_patch4_window7_224", "efficientnet_b0"])
def test_the_last_map_is_what_timm_gives_to_its_own_head(name: str) -> None:
    network = built(name)
    with torch.no_grad():
        last, out = network.features(drawn())[-1], network.network.forward_features(drawn())  # type: ignore[operator]
        pooled = out[:, 1:].mean(dim=1) if out.ndim == 3 else None
        pooled = out.mean(dim=(1, 2)) if name.startswith("swin") else pooled
    torch.testing.assert_close(last.mean(dim=(-2, -1)), out.mean(dim=(-2, -1)) if pooled is None else pooled)


@pytest.mark.parametrize("name", ["test_resnet", "test_vit", "swin_tiny_patch4_window7_224"])
def test_maps_lie_as_the_image_does(name: str) -> None:
    """Tokens and channels-last maps are laid out again: what changes on the right changes the maps on the right."""
    network, images = built(name), drawn()
    changed = images.clone()
    changed[:, :, 10:50, -40:-10] += 1.0
    with torch.no_grad():
        for before, after in zip(network.features(images), network.features(changed), strict=True):
            moved = (after - before).abs().sum(dim=1)[0]
            half = moved.shape[0] // 2
            corners = [moved[:half, :half], moved[:half, -half:], moved[-half:, :half], moved[-half:, -half:]]
            assert max(range(4), key=lambda corner: corners[corner].sum()) == 1


def test_building_leaves_statistics_alone_and_the_network_learning() -> None:
    network = encoder("test_resnet", 1, 64)
    assert all(module.training for module in network.modules())
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.num_batches_tracked == 0


def test_patches_tile_the_image_and_strides_do_not() -> None:
    assert built("test_vit", size=64).tiles
    assert not built("test_resnet", size=64).tiles
    assert built("test_resnet", size=64).stride == 32


@pytest.mark.parametrize("name", ["densnet121", "no such thing", "", "../resnet18"])
def test_unknown_encoder_names_the_nearest(name: str) -> None:
    with pytest.raises(ConfigError, match=r"model\.encoder.*(densenet121|resnet|vit)"):
        encoder(name, 1, 64)


def test_a_network_without_maps_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import timm

    monkeypatch.setattr(timm, "create_model", lambda name, **keywords: nn.Flatten(2))
    with pytest.raises(ConfigError, match="gives no feature maps"):
        encoder("test_resnet", 1, 64)


@pytest.mark.parametrize("name", ["efficientvit_b0", "coat_tiny"])
def test_a_network_that_cannot_do_without_its_own_pooling_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} cannot take"):
        encoder(name, 1, 64)


def test_a_size_that_a_transformer_cannot_take_is_refused() -> None:
    with pytest.raises(ConfigError, match="test_vit"):
        encoder("test_vit", 1, 65)
