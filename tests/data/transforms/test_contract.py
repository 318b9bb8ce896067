"""What holds of every transform of the registry."""

import pytest
import torch
from torch import Generator, Tensor

from hilum.data import Batch
from hilum.data.registries import transforms
from hilum.registry import settings_of

NOTHING = {
    "affine": {"degrees": 0.0, "translate": 0.0, "scale": 0.0},
    "blur": {"chance": 1.0, "sigma": 0.0},
    "brightness_contrast": {"brightness": 0.0, "contrast": 0.0},
    "clahe": {"chance": 1.0, "strength": 0.0},
    "collimation": {"chance": 1.0, "inset": 0.0},
    "cutmix": {"chance": 0.0},
    "erasing": {"chance": 1.0, "share": 0.0},
    "flip": {"chance": 0.0},
    "gamma": {"log_gamma": 0.0},
    "invert": {"chance": 0.0},
    "mixup": {"alpha": 1e-6},
    "noise": {"deviation": 0.0},
    "random": {"of": {"gamma": {"log_gamma": 0.0}, "flip": {"chance": 0.0}}},
    "sharpen": {"chance": 1.0, "amount": 0.0},
}
STRONG = {
    "affine": {"degrees": 90.0, "translate": 0.5, "scale": 0.5},
    "blur": {"chance": 1.0, "sigma": 9.0},
    "brightness_contrast": {"brightness": 0.5, "contrast": 1.0},
    "clahe": {"chance": 1.0, "clip_limit": 40.0, "tiles": 3},
    "collimation": {"chance": 1.0, "inset": 0.45, "degrees": 45.0, "gray": 1.0},
    "cutmix": {"alpha": 20.0},
    "erasing": {"chance": 1.0, "share": 1.0},
    "flip": {"chance": 0.7},
    "gamma": {"log_gamma": 5.0},
    "invert": {"chance": 0.7},
    "mixup": {"alpha": 5.0},
    "noise": {"deviation": 1.0},
    "random": {"of": {"gamma": {"log_gamma": 2.0}, "flip": {"chance": 1.0}, "noise": {}, "mixup": {}}, "count": 3},
    "sharpen": {"chance": 1.0, "amount": 9.0},
}
GEOMETRIC = {"affine": {"degrees": 25.0}, "flip": {"chance": 0.6}}
KEYWORDS = {"default": {"random": {"of": {"affine": {}, "erasing": {}, "clahe": {}}}}, "strong": STRONG}


def seeded(seed: int = 0) -> Generator:
    return torch.Generator().manual_seed(seed)


def images(count: int = 16) -> Tensor:
    return torch.rand(count, 1, 40, 48, generator=seeded(9))


def batch(pixels: Tensor, **targets: object) -> Batch:
    return Batch(tuple(map(str, range(len(pixels)))), {"image": pixels}, targets)


def applied(name: str, pixels: Tensor, generator: Generator, **keywords: object) -> Tensor:
    return transforms[name](batch(pixels), generator, **keywords).inputs["image"]


@pytest.mark.parametrize("name", transforms)
@pytest.mark.parametrize("keywords", ["default", "strong"])
def test_contract(name: str, keywords: str) -> None:
    """Shape, range and the caller's tensor stay; the draw comes from the generator alone, each image has its own."""
    chosen = KEYWORDS[keywords].get(name, {})
    pixels, before = images(), images()
    first = applied(name, pixels, seeded(), **chosen)
    assert first.shape == pixels.shape
    assert first.dtype == torch.float32
    assert first.min() >= 0
    assert first.max() <= 1
    assert torch.isfinite(first).all()
    assert torch.equal(pixels, before)
    torch.manual_seed(1)
    state = torch.get_rng_state()
    assert torch.equal(first, applied(name, pixels, seeded(), **chosen))
    assert torch.equal(state, torch.get_rng_state())
    others = [applied(name, pixels, seeded(seed), **chosen) for seed in range(5, 9)]
    assert any(not torch.equal(first, other) for other in others)


@pytest.mark.parametrize("name", sorted(set(transforms) - {"mixup", "cutmix"}))
def test_each_image_has_its_own_draw(name: str) -> None:
    same = images(1).expand(16, -1, -1, -1).contiguous()
    drawn = applied(name, same, seeded(), **STRONG[name])
    alike = {"flip", "invert"}  # done or not, nothing between
    assert len({image.numpy().tobytes() for image in drawn}) == (2 if name in alike else 16)


@pytest.mark.parametrize("name", transforms)
def test_nothing_of_it_changes_nothing(name: str) -> None:
    """At zero strength the image stays; CLAHE's and the grid's rounding aside, to the bit."""
    torch.testing.assert_close(applied(name, images(), seeded(), **NOTHING[name]), images(), atol=1e-5, rtol=0)


def test_the_contract_found_transforms() -> None:
    assert set(transforms) == set(NOTHING) == set(STRONG)


@pytest.mark.parametrize("name", transforms)
@pytest.mark.parametrize("level", [0.0, 1.0, 0.5])
def test_empty_images(name: str, level: float) -> None:
    """All black, all white, all gray: finite, and in range."""
    even = applied(name, torch.full((4, 1, 32, 32), level), seeded(), **STRONG[name])
    assert torch.isfinite(even).all()
    assert even.min() >= 0
    assert even.max() <= 1


@pytest.mark.parametrize("name", transforms)
def test_one_image_alone(name: str) -> None:
    assert applied(name, images(1), seeded(), **STRONG[name]).shape == (1, 1, 40, 48)


@pytest.mark.parametrize("name", transforms)
def test_chance_is_a_share_of_the_images(name: str) -> None:
    """Every transform takes it, and its docstring says so."""
    assert "chance" in settings_of(transforms[name]).model_fields
    assert "chance: share of images" in (transforms[name].__doc__ or "")
    pixels = images(1).expand(400, -1, -1, -1) * torch.linspace(0.5, 1, 400).reshape(-1, 1, 1, 1)
    keywords = {**STRONG[name], "chance": 0.3}
    if name == "random":
        keywords |= {"of": {"gamma": {}}}
    changed = (applied(name, pixels, seeded(), **keywords) != pixels).flatten(1).any(1)
    assert 0.2 < changed.float().mean() < 0.4


# --- targets that go along ---


@pytest.mark.parametrize("name", GEOMETRIC)
def test_boxes_and_masks_go_where_the_pixels_go(name: str) -> None:
    """A bright square, its mask and its box: then the box is the narrowest around the mask."""
    pixels = torch.zeros(40, 1, 64, 64)
    pixels[:, :, 14:30, 38:50] = 1.0
    boxes = [torch.tensor([[38.0, 14.0, 50.0, 30.0]])] * 40
    moved = transforms[name](batch(pixels, masks=pixels > 0, boxes=boxes), seeded(3), **GEOMETRIC[name])
    places = set()
    for image, mask, box in zip(moved.inputs["image"], moved.targets["masks"], moved.targets["boxes"], strict=True):
        assert ((image > 0.5) == mask).float().mean() > 0.98
        rows, columns = mask[0].nonzero().T
        around = torch.tensor([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]).float()
        assert (box[0] - around).abs().max() <= 1.6
        places.add(tuple(box[0].round().tolist()))
    assert len(places) > 1


@pytest.mark.parametrize("name", sorted(set(transforms) - set(GEOMETRIC) - {"mixup", "cutmix", "random"}))
def test_all_others_leave_boxes_and_masks(name: str) -> None:
    """And so they leave a bright spot where it was, if they leave any of it."""
    pixels = torch.zeros(12, 1, 64, 64)
    pixels[:, :, 14:30, 38:50] = 1.0
    given = batch(pixels, masks=pixels > 0, boxes=[torch.tensor([[38.0, 14.0, 50.0, 30.0]])] * 12)
    moved = transforms[name](given, seeded(3))
    assert torch.equal(moved.targets["masks"], given.targets["masks"])
    assert all(torch.equal(box, given.targets["boxes"][0]) for box in moved.targets["boxes"])


@pytest.mark.parametrize("name", ["affine", "flip", "random"])
def test_images_without_boxes_stay_without(name: str) -> None:
    keywords = {"of": {"affine": {}, "flip": {}}} if name == "random" else {}
    moved = transforms[name](batch(images(4), boxes=[torch.zeros(0, 4)] * 4), seeded(), **keywords)
    assert [boxes.shape for boxes in moved.targets["boxes"]] == [(0, 4)] * 4


# --- two views ---


@pytest.mark.parametrize("name", sorted(set(transforms) - {"mixup", "cutmix"}))
def test_a_second_view_is_changed_too_by_its_own_draw(name: str) -> None:
    """Targets belong to the first, and the first is drawn as if it were alone where nothing else is drawn before."""
    pixels = images()
    boxes = [torch.tensor([[4.0, 4.0, 20.0, 20.0]])] * len(pixels)
    two = Batch(batch(pixels).image_ids, {"image": pixels, "lateral": pixels.clone()}, {"boxes": boxes})
    if name == "random":
        keywords = {"of": {"affine": {}, "noise": {}}}
    else:
        keywords = STRONG[name]
        alone = transforms[name](batch(pixels, boxes=boxes), seeded(), **keywords)
    changed = transforms[name](two, seeded(), **keywords)
    assert set(changed.inputs) == {"image", "lateral"}
    assert not torch.equal(changed.inputs["lateral"], pixels)
    assert not torch.equal(changed.inputs["lateral"], changed.inputs["image"])
    if name != "random":
        assert torch.equal(changed.inputs["image"], alone.inputs["image"])
        assert all(map(torch.equal, changed.targets["boxes"], alone.targets["boxes"]))
