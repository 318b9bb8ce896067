import pytest
import torch
from torch import nn

from hilum.explain import explainers
from hilum.models import Classifier
from hilum.models.classifier import classifier
from hilum.schema import ConfigError

ENCODERS = ["test_resnet", "test_vit", "test_convnext", "test_efficientnet"]  # timm's smallest of each kind


def tiny(**keywords: object) -> Classifier:
    torch.manual_seed(0)
    return classifier(**{"encoder": "test_resnet", "outputs": 3, "size": 64} | keywords).eval()  # type: ignore[arg-type]


def drawn(channels: int = 1, size: int = 64) -> torch.Tensor:
    return torch.rand(2, channels, size, size, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("channels", [1, 3])
def test_every_kind_of_encoder(encoder: str, channels: int) -> None:
    model = tiny(encoder=encoder, channels=channels)
    assert model.inputs == ("images",)
    maps, logits = model.forward_features(drawn(channels)), model(drawn(channels))
    assert maps.ndim == 4
    assert logits.shape == (2, 3)
    assert model.embed(drawn(channels)).shape == maps.shape[:2]
    torch.testing.assert_close(model.forward_head(maps), logits)


@pytest.mark.parametrize("encoder", ["test_resnet", "test_vit", "swin_tiny_patch4_window7_224"])
def test_maps_lie_as_the_image_does(encoder: str) -> None:
    """Tokens and channels-last maps are laid out again: what changes on the right changes the maps on the right."""
    model, size = tiny(encoder=encoder, size=224), 224
    images = drawn(size=size)
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
    assert model(drawn()).shape == (2, 3)
    if linear:
        assert model.cam_weights is not None
        evidence = torch.einsum("bdhw,kd->bkhw", model.forward_features(drawn()), model.cam_weights)
        torch.testing.assert_close(evidence.mean((-2, -1)) + model.head[-1].bias, model(drawn()))
        assert explainers["cam"](model, drawn()).shape[:2] == (2, 3)
    else:
        assert model.cam_weights is None
        with pytest.raises(ConfigError, match="gradcam"):
            explainers["cam"](model, drawn())


def test_transition_sets_the_width() -> None:
    assert tiny(transition=8).forward_features(drawn()).shape[1] == 8


def test_dropout_acts_while_learning_alone() -> None:
    model = tiny(dropout=0.5, hidden=(16,))
    assert torch.equal(model(drawn()), model(drawn()))
    model.train()
    assert not torch.equal(model(drawn()), model(drawn()))


def test_no_weight_of_a_encoder_is_idle() -> None:
    """timm's own heads are gone: all that is kept learns (VGG's would be 120 million idle weights)."""
    for encoder in ("test_convnext", "test_vit"):
        model = classifier(encoder=encoder, outputs=2, size=64)
        model(drawn()).sum().backward()
        assert [name for name, weight in model.named_parameters() if weight.grad is None] == []


def test_a_new_model_learns() -> None:
    assert all(module.training for module in classifier(encoder="test_resnet", outputs=2, size=64).modules())


@pytest.mark.parametrize("encoder", ["densnet121", "no such thing"])
def test_unknown_encoder_names_the_nearest(encoder: str) -> None:
    with pytest.raises(ConfigError, match=r"model\.encoder.*(densenet121|resnet18)"):
        classifier(encoder=encoder, outputs=2)


def test_a_encoder_without_maps_is_refused() -> None:
    class Flat(nn.Module):
        def forward_features(self, images: torch.Tensor) -> torch.Tensor:
            return images.flatten(2)

    from hilum.models.classifier import _maps_of

    with pytest.raises(ConfigError, match="gives no feature maps"):
        _maps_of(Flat(), "flat", 1, 64)


def test_a_size_that_a_transformer_cannot_take_is_refused() -> None:
    with pytest.raises(ConfigError, match="test_vit"):
        classifier(encoder="test_vit", outputs=2, size=65)
