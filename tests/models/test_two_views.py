import pytest
import torch
from torch import Tensor

from hilum.explain import explainers
from hilum.models.two_views import TwoViews, two_views
from hilum.schema import ConfigError


def tiny(**keywords: object) -> TwoViews:
    torch.manual_seed(0)
    model = two_views(**{"encoder": "test_resnet", "outputs": 3, "size": 64} | keywords)  # type: ignore[arg-type]
    torch.nn.init.normal_(model.no_frontal)
    torch.nn.init.normal_(model.no_lateral)
    return model


def drawn(count: int = 4) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {name: torch.rand(count, 1, 64, 64, generator=generator) for name in ("image", "lateral")}


def test_the_logit_is_the_frontal_s_part_plus_the_lateral_s_part() -> None:
    model, given = tiny().eval(), drawn()
    front, side = model.cam_weights(), model.head.layer.weight[:, model.depth :]  # type: ignore[union-attr, index]
    parts = [
        torch.einsum("bdhw,kd->bkhw", model.maps(given[name]), weights).mean(dim=(-2, -1))
        for name, weights in (("image", front), ("lateral", side))
    ]
    torch.testing.assert_close(model(**given)["labels"], sum(parts) + model.head.layer.bias)  # type: ignore[union-attr]


@pytest.mark.parametrize("lateral", ["shared", "own"])
def test_either_view_may_be_missing(lateral: str) -> None:
    """And what is missing is the learned vector, whatever else is in the batch."""
    model, given = tiny(lateral=lateral).eval(), drawn()
    given["lateral"][1], given["image"][2] = torch.nan, torch.nan
    logits, vectors = model(**given)["labels"], model.embed(**given)
    assert logits.isfinite().all()
    torch.testing.assert_close(logits[1:2], model.from_maps(model.maps(given["image"][1:2])))
    assert torch.equal(vectors[1, model.depth :], model.no_lateral)
    assert torch.equal(vectors[2, : model.depth], model.no_frontal)
    alone = model.embed(image=given["image"][2:3], lateral=given["lateral"][2:3])
    torch.testing.assert_close(vectors[2:3], alone, rtol=1e-4, atol=1e-5)


def test_one_encoder_for_both_or_one_each() -> None:
    shared, own = tiny(), tiny(lateral="own")
    assert shared.lateral_encoder is None
    assert own.lateral_encoder is not None
    given = drawn()
    swapped = {"image": given["lateral"], "lateral": given["image"]}
    for model, same in ((shared.eval(), True), (own.eval(), False)):
        ahead, behind = model.embed(**given), model.embed(**swapped)
        assert torch.allclose(ahead[:, : model.depth], behind[:, model.depth :], atol=1e-5) == same


@pytest.mark.parametrize(("hidden", "kept"), [("hide_lateral", "image"), ("hide_frontal", "lateral")])
def test_a_view_that_is_always_hidden_does_not_matter(hidden: str, kept: str) -> None:
    model = tiny(**{"lateral": "own", "hide_lateral": 0.0, "hide_frontal": 0.0} | {hidden: 1.0}).train()
    given = {name: tensor.requires_grad_() for name, tensor in drawn().items()}
    model(**given)["labels"].square().sum().backward()
    moved = {name for name, tensor in given.items() if tensor.grad is not None and tensor.grad.abs().sum() > 0}
    assert moved == {kept}


def test_no_study_loses_both_views_and_a_lone_view_is_never_hidden() -> None:
    model, given = tiny(hide_lateral=0.5, hide_frontal=0.5).train(), drawn(32)
    given["lateral"][:8], given["image"][8:16] = torch.nan, torch.nan
    vectors = model.embed(**given)
    blind = (vectors[:, : model.depth] == model.no_frontal).all(dim=1)
    flat = (vectors[:, model.depth :] == model.no_lateral).all(dim=1)
    assert flat[:8].all()
    assert blind[8:16].all()
    assert flat[16:].any()
    assert blind[16:].any()
    assert not (flat & blind).any()


@pytest.mark.parametrize("method", ["cam", "gradcam"])
def test_heatmaps_are_of_the_frontal_s_part(method: str) -> None:
    model, given = tiny().eval(), drawn()
    maps = explainers[method](model, given["image"])
    assert maps.shape[:2] == (4, 3)
    torch.testing.assert_close(maps, explainers["cam"](model, given["image"]), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"pool": "none"}, r"model\.pool: none"),
        ({"head": "csra"}, r"model\.head: it reads feature maps"),
        ({"pool": "none", "head": "csra"}, "two views meet as vectors"),
        ({"hide_lateral": 0.7, "hide_frontal": 0.4}, "at most 1"),
    ],
)
def test_what_does_not_fit_is_refused(keywords: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        tiny(**keywords)
