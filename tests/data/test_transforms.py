import pytest
import torch
from torch import Generator, Tensor

from hilum.data import Augment, Batch
from hilum.data.registries import transforms
from hilum.schema import ConfigError

NOTHING = {
    "affine": {"degrees": 0.0, "translate": 0.0, "scale": 0.0},
    "flip": {"chance": 0.0},
    "brightness_contrast": {"brightness": 0.0, "contrast": 0.0},
    "noise": {"deviation": 0.0},
    "erasing": {"chance": 0.0},
}
STRONG = {
    "affine": {"degrees": 90.0, "translate": 0.5, "scale": 0.5},
    "flip": {"chance": 1.0},
    "brightness_contrast": {"brightness": 1.0, "contrast": 1.0},
    "noise": {"deviation": 1.0},
    "erasing": {"chance": 1.0, "share": 1.0},
}


def seeded(seed: int = 0) -> Generator:
    return torch.Generator().manual_seed(seed)


def batch(pixels: Tensor, **targets: object) -> Batch:
    return Batch(tuple(map(str, range(len(pixels)))), {"image": pixels}, targets)


def applied(name: str, pixels: Tensor, generator: Generator, **keywords: object) -> Tensor:
    return transforms[name](batch(pixels), generator, **keywords).inputs["image"]


def run(augment: Augment, pixels: Tensor, generator: Generator) -> Tensor:
    return augment(batch(pixels), generator).inputs["image"]


def images(count: int = 6) -> Tensor:
    return torch.rand(count, 1, 40, 48, generator=seeded(9))


@pytest.mark.parametrize("name", transforms)
@pytest.mark.parametrize("keywords", ["default", "strong"])
def test_contract(name: str, keywords: str) -> None:
    """Shape, range and the caller's tensor stay; the draw comes from the generator alone, each image has its own."""
    chosen = STRONG[name] if keywords == "strong" else {}
    same, before = images(1).expand(6, -1, -1, -1).contiguous(), images(1).expand(6, -1, -1, -1).clone()
    first = applied(name, same, seeded(), **chosen)
    assert first.shape == same.shape
    assert first.dtype == torch.float32
    assert first.min() >= 0
    assert first.max() <= 1
    assert torch.equal(same, before)
    torch.manual_seed(1)
    assert torch.equal(first, applied(name, same, seeded(), **chosen))
    assert not torch.equal(first, applied(name, same, seeded(5), **chosen)) or chosen == {"chance": 1.0}
    assert len({image.numpy().tobytes() for image in first}) > 1 or chosen == {"chance": 1.0}


@pytest.mark.parametrize("name", transforms)
def test_none_of_it_changes_nothing(name: str) -> None:
    torch.testing.assert_close(applied(name, images(), seeded(), **NOTHING[name]), images(), atol=1e-5, rtol=0)


def test_the_contract_found_transforms() -> None:
    assert set(transforms) == set(NOTHING) == set(STRONG)


def test_affine_turns_as_far_as_it_says() -> None:
    """A spot above the middle is found again within 30 degrees of the vertical, and the whole range is used."""
    spots = torch.zeros(200, 1, 40, 40)
    spots[:, :, 2:6, 18:22] = 1.0
    turned = applied("affine", spots, seeded(), degrees=30.0, translate=0.0, scale=0.0)
    y, x = torch.meshgrid(torch.arange(40) - 19.5, torch.arange(40) - 19.5, indexing="ij")
    mass = turned.sum((-2, -1))
    angles = torch.atan2((turned * x).sum((-2, -1)) / mass, -(turned * y).sum((-2, -1)) / mass).rad2deg()
    assert angles.abs().max() <= 30.5
    assert angles.max() > 25
    assert angles.min() < -25


def test_affine_shifts_and_scales_as_far_as_it_says() -> None:
    spots = torch.zeros(200, 1, 40, 40)
    spots[:, :, 12:28, 12:28] = 1.0
    moved = applied("affine", spots, seeded(), degrees=0.0, translate=0.1, scale=0.0)
    column = (moved * (torch.arange(40) - 19.5)).sum((-2, -1)) / moved.sum((-2, -1))
    assert column.abs().max() <= 4.01
    assert column.max() > 3
    grown = applied("affine", spots, seeded(), degrees=0.0, translate=0.0, scale=0.2)
    side = grown.sum((-2, -1)).sqrt() / 16
    assert 0.78 < side.min() < 0.85
    assert 1.15 < side.max() < 1.22


def test_flip_mirrors() -> None:
    assert torch.equal(applied("flip", images(), seeded(), chance=1.0), images().flip(-1))
    assert "patient" in transforms.summary("flip")  # the reason why no recipe has it


def test_erasing_covers_at_most_its_share_with_the_mean() -> None:
    covered = applied("erasing", images(200), seeded(), chance=1.0, share=0.2)
    changed = (covered != images(200)).flatten(1)
    assert 0.17 < changed.float().mean(1).max() <= 0.23
    for image, before, mask in zip(covered.flatten(1), images(200).flatten(1), changed, strict=True):
        assert (image[mask] == before.mean()).all() or torch.allclose(image[mask], before.mean())


def test_noise_is_as_strong_as_it_says() -> None:
    gray = torch.full((300, 1, 32, 32), 0.5)
    deviations = (applied("noise", gray, seeded(), deviation=0.05) - 0.5).std(dim=(-2, -1))
    assert deviations.max() < 0.055
    assert deviations.min() < 0.005
    assert 0.02 < deviations.mean() < 0.03


def test_brightness_contrast_is_linear_where_nothing_is_clipped() -> None:
    gray = 0.4 + 0.2 * images()
    out = applied("brightness_contrast", gray, seeded(), brightness=0.1, contrast=0.2)
    for image, before in zip(out.flatten(1), gray.flatten(1), strict=True):
        gain = image.std() / before.std()
        assert 0.8 <= gain <= 1.2
        assert (image.mean() - before.mean()).abs() <= 0.1
        torch.testing.assert_close(image, (before - before.mean()) * gain + image.mean())


def test_one_after_the_other_in_the_recipes_order() -> None:
    chosen = {"erasing": {"chance": 1.0}, "noise": {}}
    generator = seeded()
    by_hand = applied("noise", applied("erasing", images(), generator, chance=1.0), generator)
    assert torch.equal(run(Augment(chosen), images(), seeded()), by_hand)
    assert torch.equal(run(Augment({}), images(), seeded()), images())


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"afine": {}}, "no transform 'afine'. Nearest: affine"),
        ({"affine": {"degree": 3}}, r"augment\.affine\.degree: .*augment\.affine\.degrees"),
        ({"affine": {"degrees": "many"}}, r"augment\.affine\.degrees: .*number"),
    ],
)
def test_wrong_names_are_refused_in_full(chosen: dict[str, dict[str, object]], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Augment(chosen)


# --- targets that go along ---


@pytest.mark.parametrize(("name", "keywords"), [("affine", {"degrees": 25.0}), ("flip", {"chance": 0.6})])
def test_boxes_and_masks_go_where_the_pixels_go(name: str, keywords: dict[str, float]) -> None:
    """A bright square, its mask and its box: then the box is the narrowest around the mask."""
    pixels = torch.zeros(40, 1, 64, 64)
    pixels[:, :, 14:30, 38:50] = 1.0
    boxes = [torch.tensor([[38.0, 14.0, 50.0, 30.0]])] * 40
    moved = transforms[name](batch(pixels, masks=pixels > 0, boxes=boxes), seeded(3), **keywords)
    places = set()
    for image, mask, box in zip(moved.inputs["image"], moved.targets["masks"], moved.targets["boxes"], strict=True):
        assert ((image > 0.5) == mask).float().mean() > 0.98
        rows, columns = mask[0].nonzero().T
        around = torch.tensor([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]).float()
        assert (box[0] - around).abs().max() <= 1.6
        places.add(tuple(box[0].round().tolist()))
    assert len(places) > 1


def test_images_without_boxes_stay_without() -> None:
    moved = transforms["affine"](batch(images(2), boxes=[torch.zeros(0, 4)] * 2), seeded())
    assert [boxes.shape for boxes in moved.targets["boxes"]] == [(0, 4), (0, 4)]
