import pytest
import torch

from hilum.explain import explainers
from hilum.models import Classifier
from hilum.models.classifier import classifier
from hilum.models.heads import heads
from hilum.models.pools import pools
from hilum.registry import settings_of
from hilum.schema import ConfigError


def tiny(**keywords: object) -> Classifier:
    torch.manual_seed(0)
    return classifier(**{"encoder": "test_resnet", "outputs": 3, "size": 64} | keywords).eval()  # type: ignore[arg-type]


def drawn(channels: int = 1, size: int = 64) -> torch.Tensor:
    return torch.rand(2, channels, size, size, generator=torch.Generator().manual_seed(0))


READ_MAPS = ("csra", "pcam", "pyramid_attention")
WITHOUT_GRADIENT = ("gradient_boosting", "nearest_neighbors")


@pytest.mark.parametrize("pool", pools)
@pytest.mark.parametrize("head", heads)
def test_every_pooling_with_every_head(pool: str, head: str) -> None:
    """Each pair gives logits, vectors and heatmaps, or is refused in a sentence."""
    if (pool == "none") != (head in READ_MAPS):
        with pytest.raises(ConfigError, match=r"model\.(pool|head): .*Expected"):
            tiny(pool=pool, head=head)
        return
    model = tiny(pool=pool, head=head, transition=8)
    logits = model(image=drawn())["labels"]
    assert logits.shape == (2, 3)
    assert model.embed(image=drawn()).shape == (2, 8)
    if pool != "none":
        torch.testing.assert_close(model.head(model.embed(image=drawn())), logits)
    for name in ("gradcam", "occlusion")[head in WITHOUT_GRADIENT :]:
        assert explainers[name](model, drawn(), [1]).shape[:2] == (2, 1)
    if head in WITHOUT_GRADIENT:
        with pytest.raises(ConfigError, match="occlusion"):
            explainers["gradcam"](model, drawn())
    if pool != "average" or head not in ("linear", "logistic_regression"):
        assert model.cam_weights() is None
        with pytest.raises(ConfigError, match="gradcam"):
            explainers["cam"](model, drawn())


@pytest.mark.parametrize("keywords", [{}, {"transition": 8}, {"head": {"name": "linear", "dropout": 0.5}}])
def test_a_linear_head_on_averages_has_a_closed_form(keywords: dict[str, object]) -> None:
    model = tiny(**keywords)
    weights = model.cam_weights()
    assert weights is not None
    evidence = torch.einsum("bdhw,kd->bkhw", model.maps(drawn()), weights)
    logits = model(image=drawn())["labels"]
    torch.testing.assert_close(evidence.mean((-2, -1)) + model.head.layer.bias, logits)  # type: ignore[union-attr]
    assert explainers["cam"](model, drawn()).shape[:2] == (2, 3)


@pytest.mark.parametrize(
    ("head", "hidden", "dropouts"),
    [
        ("linear", [], [0.0]),
        ({"name": "hidden", "hidden": [256, 50]}, [256, 50], [0.0] * 3),
        ({"name": "hidden", "hidden": [256, 50], "dropout": 0.2}, [256, 50], [0.2] * 3),
    ],
)
def test_the_three_heads_of_a_published_comparison(head: object, hidden: list[int], dropouts: list[float]) -> None:
    """Dense(14); Dense(256), Dense(50), Dense(14) with ReLU between; the same with dropout before each."""
    layers = list(tiny(head=head).head.modules())
    widths = [layer.weight.shape for layer in layers if isinstance(layer, torch.nn.Linear)]
    assert widths == list(zip([*hidden, 3], [tiny().encoder.channels[-1], *hidden], strict=True))
    assert [layer.p for layer in layers if isinstance(layer, torch.nn.Dropout)] == dropouts
    assert sum(isinstance(layer, torch.nn.ReLU) for layer in layers) == len(hidden)


def test_transition_sets_the_width() -> None:
    assert tiny(transition=8).maps(drawn()).shape[1] == 8


def test_dropout_acts_while_learning_alone() -> None:
    model = tiny(head={"name": "hidden", "hidden": [16], "dropout": 0.5})
    assert torch.equal(model(image=drawn())["labels"], model(image=drawn())["labels"])
    model.head.train()
    assert not torch.equal(model(image=drawn())["labels"], model(image=drawn())["labels"])


def test_no_weight_of_an_encoder_is_idle() -> None:
    """timm's own heads are gone: all that is kept learns (VGG's would be 120 million idle weights)."""
    for encoder in ("test_convnext", "test_vit"):
        model = classifier(encoder=encoder, outputs=2, size=64)
        model(image=drawn())["labels"].sum().backward()
        assert [name for name, weight in model.named_parameters() if weight.grad is None] == []


def test_a_new_model_learns() -> None:
    assert all(module.training for module in classifier(encoder="test_resnet", outputs=2, size=64).modules())


# --- what a recipe may say of pooling and head ---


def test_a_recipe_s_components_are_complete() -> None:
    settings = settings_of(classifier, ("outputs", "channels", "size")).model_validate({"encoder": "a", "pool": "max"})
    assert settings.model_dump(mode="json") == {
        "encoder": "a", "pretrained": "none", "transition": 0,
        "pool": {"name": "max"}, "head": {"name": "linear", "dropout": 0.0},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"pool": "avrage"}, "no pooling 'avrage'. Nearest: average"),
        ({"head": "hiden"}, "no head 'hiden'. Nearest: hidden"),
        ({"pool": {"name": "log_sum_exp", "sharpnes": 2}}, r"model\.pool\.sharpnes: .*Nearest: model\.pool\.sharpness"),
        ({"pool": {"name": "log_sum_exp", "sharpness": 0}}, r"model\.pool\.sharpness: .*greater than 0"),
        ({"head": {"name": "linear", "dropout": 1.5}}, r"model\.head\.dropout: .*less than 1"),
        ({"head": {"name": "linear", "width": 5}}, r"model\.head\.width: there is no such setting"),
        ({"head": {"dropout": 0.5}}, r"model\.head: got .*one of: csra, gradient_boosting, hidden, linear, log"),
        ({"head": {"name": "hidden", 3: 4}}, r"model\.head: got .*`name: value`"),
        ({"pool": 7}, r"model\.pool: got 7"),
        ({"pool": None}, r"model\.pool: got None"),
    ],
)
def test_wrong_components_are_refused_by_their_full_name(keywords: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        tiny(**keywords)
    with pytest.raises(ConfigError, match=message):
        settings_of(classifier, ("outputs",)).model_validate({"encoder": "test_resnet"} | keywords)
