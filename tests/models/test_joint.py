import pytest
import torch
from torch import Tensor

from hilum.explain import explainers
from hilum.models.joint import Joint, joint
from hilum.schema import ConfigError


def tiny(**keywords: object) -> Joint:
    torch.manual_seed(0)
    given = {"encoder": "test_resnet", "outputs": 3, "features": 5, "visit": 7, "size": 64} | keywords
    model = joint(**given)  # type: ignore[arg-type]
    torch.nn.init.normal_(model.no_features)
    torch.nn.init.normal_(model.no_image)
    return model


def drawn(count: int = 4) -> tuple[Tensor, Tensor]:
    return torch.rand(count, 1, 64, 64), torch.randn(count, 5)


def test_the_logit_is_the_image_s_part_plus_the_features_part() -> None:
    model, (images, features) = tiny().eval(), drawn()
    maps = model.maps(images)
    image = torch.einsum("bdhw,kd->bkhw", maps, model.cam_weights()).mean(dim=(-2, -1))
    past = model.past.embed(features=features) @ model.head.weight[:, model.depth :].T
    torch.testing.assert_close(model(image=images, features=features)["labels"], image + past + model.head.bias)


def test_a_image_without_features_is_read_by_its_image_alone() -> None:
    model, (images, features) = tiny().eval(), drawn()
    features[1] = torch.nan
    logits = model(image=images, features=features)["labels"]
    torch.testing.assert_close(logits[1:2], model.from_maps(model.maps(images[1:2])))
    assert not torch.allclose(logits[0:1], model.from_maps(model.maps(images[0:1])))


@pytest.mark.parametrize(("hidden", "kept"), [("hide_features", "image"), ("hide_images", "features")])
def test_a_side_that_is_always_hidden_does_not_matter(hidden: str, kept: str) -> None:
    model, (images, features) = tiny(**{"hide_features": 0.0, "hide_images": 0.0} | {hidden: 1.0}).train(), drawn()
    inputs = {"image": images.requires_grad_(), "features": features.requires_grad_()}
    model(image=images, features=features)["labels"].square().sum().backward()
    assert {name for name, tensor in inputs.items() if tensor.grad is not None and tensor.grad.abs().sum() > 0} == {
        kept
    }


def test_no_image_loses_both_sides() -> None:
    model, (images, features) = tiny(hide_features=0.5, hide_images=0.5).train(), drawn(64)
    features[:8] = torch.nan
    vectors = model.embed(image=images, features=features)
    without = (vectors[:, model.depth :] == model.no_features).all(dim=1)
    blind = (vectors[:, : model.depth] == model.no_image).all(dim=1)
    assert without.sum() > 8
    assert blind.any()
    assert not (without & blind).any()


def test_a_recurrent_past_wants_visits() -> None:
    with pytest.raises(ConfigError, match="takes visits"):
        tiny(past="gru", visit=0)


def test_more_than_all_images_cannot_be_hidden() -> None:
    with pytest.raises(ConfigError, match="at most 1"):
        tiny(hide_features=0.7, hide_images=0.4)


@pytest.mark.parametrize("method", ["cam", "gradcam"])
def test_heatmaps_are_of_the_image_s_part(method: str) -> None:
    model, (images, _) = tiny().eval(), drawn()
    maps = explainers[method](model, images)
    assert maps.shape[:2] == (4, 3)
    torch.testing.assert_close(maps, explainers["cam"](model, images), rtol=1e-4, atol=1e-4)


def test_a_recurrent_past_fits_too() -> None:
    model, (images, features) = tiny(past="gru").eval(), drawn()
    assert model.inputs == ("image", "features", "visits")
    assert model(image=images, features=features, visits=torch.zeros(4, 3, 7))["labels"].shape == (4, 3)


def test_a_pooling_of_choice_has_no_closed_form() -> None:
    model, (images, features) = tiny(pool="max").eval(), drawn()
    assert model.cam_weights() is None
    features[:] = torch.nan
    torch.testing.assert_close(model(image=images, features=features)["labels"], model.from_maps(model.maps(images)))


def test_maps_without_a_pooling_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"model\.pool: none"):
        tiny(pool="none")
