import pytest
import torch
from torch import nn

from hilum.explain import explainers
from hilum.models import Classifier
from hilum.models.classifier import classifier
from hilum.schema import ConfigError

TRUNKS = ["test_resnet", "test_vit", "test_convnext", "test_efficientnet"]  # timm's smallest of each kind


def tiny(**keywords: object) -> Classifier:
    torch.manual_seed(0)
    return classifier(**{"trunk": "test_resnet", "outputs": 3, "size": 64} | keywords).eval()  # type: ignore[arg-type]


def films(channels: int = 1, size: int = 64) -> torch.Tensor:
    return torch.rand(2, channels, size, size, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("trunk", TRUNKS)
@pytest.mark.parametrize("channels", [1, 3])
def test_every_kind_of_trunk(trunk: str, channels: int) -> None:
    model = tiny(trunk=trunk, channels=channels)
    assert model.inputs == ("images",)
    maps, logits = model.forward_features(films(channels)), model(films(channels))
    assert maps.ndim == 4
    assert logits.shape == (2, 3)
    assert model.embed(films(channels)).shape == maps.shape[:2]
    torch.testing.assert_close(model.forward_head(maps), logits)


@pytest.mark.parametrize("trunk", ["test_resnet", "test_vit", "swin_tiny_patch4_window7_224"])
def test_maps_lie_as_the_image_does(trunk: str) -> None:
    """Tokens and channels-last maps are laid out again: what changes on the right changes the maps on the right."""
    model, size = tiny(trunk=trunk, size=224), 224
    images = films(size=size)
    changed = images.clone()
    changed[:, :, 10:50, -40:-10] += 1.0
    with torch.no_grad():
        moved = (model.forward_features(changed) - model.forward_features(images)).abs().sum(dim=1)[0]
    half = moved.shape[0] // 2
    corners = [moved[:half, :half], moved[:half, -half:], moved[-half:, :half], moved[-half:, -half:]]
    assert max(range(4), key=lambda corner: corners[corner].sum()) == 1


@pytest.mark.parametrize(
    ("keywords", "linear"),
    [({}, True), ({"transition": 8}, True), ({"dropout": 0.5}, True), ({"hidden": (16, 8)}, False)],
)
def test_heads(keywords: dict[str, object], linear: bool) -> None:
    model = tiny(**keywords)
    assert model(films()).shape == (2, 3)
    if linear:
        assert model.cam_weights is not None
        evidence = torch.einsum("bdhw,kd->bkhw", model.forward_features(films()), model.cam_weights)
        torch.testing.assert_close(evidence.mean((-2, -1)) + model.head[-1].bias, model(films()))
        assert explainers["cam"](model, films()).shape[:2] == (2, 3)
    else:
        assert model.cam_weights is None
        with pytest.raises(ConfigError, match="gradcam"):
            explainers["cam"](model, films())


def test_transition_sets_the_width() -> None:
    assert tiny(transition=8).forward_features(films()).shape[1] == 8


def test_dropout_acts_while_learning_alone() -> None:
    model = tiny(dropout=0.5, hidden=(16,))
    assert torch.equal(model(films()), model(films()))
    model.train()
    assert not torch.equal(model(films()), model(films()))


def test_no_weight_of_a_trunk_is_idle() -> None:
    """timm's own heads are gone: all that is kept learns (VGG's would be 120 million idle weights)."""
    for trunk in ("test_convnext", "test_vit"):
        model = classifier(trunk=trunk, outputs=2, size=64)
        model(films()).sum().backward()
        assert [name for name, weight in model.named_parameters() if weight.grad is None] == []


def test_a_new_model_learns() -> None:
    assert all(module.training for module in classifier(trunk="test_resnet", outputs=2, size=64).modules())


@pytest.mark.parametrize("trunk", ["densnet121", "no such thing"])
def test_unknown_trunk_names_the_nearest(trunk: str) -> None:
    with pytest.raises(ConfigError, match=r"model\.trunk.*(densenet121|resnet18)"):
        classifier(trunk=trunk, outputs=2)


def test_a_trunk_without_maps_is_refused() -> None:
    class Flat(nn.Module):
        def forward_features(self, images: torch.Tensor) -> torch.Tensor:
            return images.flatten(2)

    from hilum.models.classifier import _maps_of

    with pytest.raises(ConfigError, match="gives no feature maps"):
        _maps_of(Flat(), "flat", 1, 64)


def test_a_size_that_a_transformer_cannot_take_is_refused() -> None:
    with pytest.raises(ConfigError, match="test_vit"):
        classifier(trunk="test_vit", outputs=2, size=65)
