import pytest
import torch
from torch import Generator, Tensor

from hilum.data import Augment, Batch
from hilum.data.registries import transforms
from hilum.schema import ConfigError


def seeded(seed: int = 0) -> Generator:
    return torch.Generator().manual_seed(seed)


def batch(pixels: Tensor) -> Batch:
    return Batch(tuple(map(str, range(len(pixels)))), {"image": pixels})


def applied(name: str, pixels: Tensor, generator: Generator, **keywords: object) -> Tensor:
    return transforms[name](batch(pixels), generator, **keywords).inputs["image"]


def run(augment: Augment, pixels: Tensor, generator: Generator) -> Tensor:
    return augment(batch(pixels), generator).inputs["image"]


def images(count: int = 6) -> Tensor:
    return torch.rand(count, 1, 40, 48, generator=seeded(9))


def test_one_after_the_other_in_the_recipes_order() -> None:
    chosen = {"erasing": {"chance": 1.0}, "noise": {}}
    generator = seeded()
    by_hand = applied("noise", applied("erasing", images(), generator, chance=1.0), generator)
    assert torch.equal(run(Augment(chosen), images(), seeded()), by_hand)
    assert torch.equal(run(Augment({}), images(), seeded()), images())


def test_a_second_view_goes_through_all_of_it() -> None:
    both = Batch(batch(images()).image_ids, {"image": images(), "lateral": images()})
    out = Augment({"affine": {}, "noise": {}})(both, seeded())
    assert set(out.inputs) == {"image", "lateral"}
    assert not torch.equal(out.inputs["image"], images())
    assert not torch.equal(out.inputs["lateral"], images())
    assert not torch.equal(out.inputs["lateral"], out.inputs["image"])


def test_random_passes_each_image_through_as_many_as_it_says() -> None:
    """Three that each leave their mark, in the order in which they stand."""
    gray = torch.full((600, 1, 8, 8), 0.25)
    of = {"invert": {"chance": 1.0}, "gamma": {"log_gamma": 0.0}, "brightness_contrast": {"brightness": 0.0}}
    twice = {"of": of | {"noise": {"deviation": 1e-4}}, "count": 2}
    out = run(Augment({"random": twice}), gray, seeded())
    inverted = (out.mean(dim=(1, 2, 3)) > 0.5).float().mean()
    assert 0.45 < inverted < 0.55  # two of four
    noisy = (out.std(dim=(1, 2, 3)) > 1e-6).float().mean()
    assert 0.45 < noisy < 0.55
    all_of_them = run(Augment({"random": {"of": of, "count": 9}}), gray, seeded())
    torch.testing.assert_close(all_of_them, 1 - gray)


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"afine": {}}, "no transform 'afine'. Nearest: affine"),
        ({"affine": {"degree": 3}}, r"augment\.affine\.degree: .*augment\.affine\.degrees"),
        ({"affine": {"degrees": "many"}}, r"augment\.affine\.degrees: .*number"),
        ({"affine": {"scale": 1.0}}, r"augment\.affine\.scale: .*less than 1"),
        ({"affine": None}, r"augment\.affine: got None\. .*\{\}"),
        ({"blur": {"chance": 1.5}}, r"augment\.blur\.chance: .*less than or equal to 1"),
        ({"mixup": {"alpha": 0}}, r"augment\.mixup\.alpha: .*greater than 0"),
        ({"random": {}}, r"augment\.random\.of: not given"),
        ({"random": {"of": {}}}, r"augment\.random\.of: got \{\}"),
        ({"random": {"of": {"gama": {}}}}, "no transform 'gama'. Nearest: gamma"),
        ({"random": {"of": {"gamma": {"log": 1}}}}, r"augment\.random\.of\.gamma\.log: .*log_gamma"),
        ({"random": {"of": {"gamma": {}}, "count": 0}}, r"augment\.random\.count: .*greater than or equal to 1"),
    ],
)
def test_wrong_names_and_values_are_refused_in_full(chosen: dict[str, dict[str, object]], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Augment(chosen)
