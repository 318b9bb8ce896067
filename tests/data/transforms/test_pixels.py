"""Each transform does what it says, as far as it says."""

import cv2
import numpy as np
import torch
from torch import Generator, Tensor

from hilum.data import Batch
from hilum.data.registries import transforms


def seeded(seed: int = 0) -> Generator:
    return torch.Generator().manual_seed(seed)


def batch(pixels: Tensor, **targets: object) -> Batch:
    return Batch(tuple(map(str, range(len(pixels)))), {"image": pixels}, targets)


def applied(name: str, pixels: Tensor, generator: Generator, **keywords: object) -> Tensor:
    return transforms[name](batch(pixels), generator, **keywords).inputs["image"]


def images(count: int = 6) -> Tensor:
    return torch.rand(count, 1, 40, 48, generator=seeded(9))


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


def test_gamma_raises_to_exponents_of_the_whole_range() -> None:
    gray = torch.full((300, 1, 8, 8), 0.25)
    gray[:, :, 0, 0], gray[:, :, 0, 1] = 0.0, 1.0
    out = applied("gamma", gray, seeded(), log_gamma=0.3)
    logs = (out[:, 0, 4, 4].log() / torch.tensor(0.25).log()).log()
    assert logs.abs().max() <= 0.3 + 1e-5
    assert logs.max() > 0.28
    assert logs.min() < -0.28
    assert (out[:, 0, 0, :2] == torch.tensor([0.0, 1.0])).all()


def test_blur_is_opencvs() -> None:
    """A point becomes the same Gaussian as OpenCV's, for each image with its own width."""
    pixels = images(20)
    out = applied("blur", pixels, seeded(3), chance=1.0, sigma=2.0)
    widths = 2.0 * torch.rand(20, generator=seeded(3))
    for image, blurred, width in zip(pixels[:, 0].numpy(), out[:, 0].numpy(), widths.tolist(), strict=True):
        expected = cv2.GaussianBlur(image, (15, 15), width, borderType=cv2.BORDER_REPLICATE)
        np.testing.assert_allclose(blurred, expected, atol=1e-5)


def test_sharpen_adds_what_a_blur_takes() -> None:
    pixels = 0.3 + 0.4 * images(20)  # nothing is clipped
    out = applied("sharpen", pixels, seeded(3), chance=1.0, amount=0.4, sigma=1.0)
    for image, sharp in zip(pixels[:, 0].numpy(), out[:, 0].numpy(), strict=True):
        detail = image - cv2.GaussianBlur(image, (7, 7), 1.0, borderType=cv2.BORDER_REPLICATE)
        amount = float(((sharp - image) * detail).sum() / (detail**2).sum())
        assert 0 <= amount <= 0.4
        np.testing.assert_allclose(sharp, image + amount * detail, atol=1e-4)


def test_clahe_lies_between_the_image_and_opencvs() -> None:
    pixels = (images(20) * 255).round() / 255 * 0.5
    out = applied("clahe", pixels, seeded(3), chance=1.0, strength=0.8, clip_limit=3.0, tiles=4)
    shares = []
    for image, changed in zip(pixels[:, 0].numpy(), out[:, 0].numpy(), strict=True):
        gray = np.rint(image * 255).astype(np.uint8)
        whole = cv2.createCLAHE(3.0, (4, 4)).apply(gray).astype(np.float32) / 255 - image
        shares.append(float(((changed - image) * whole).sum() / (whole**2).sum()))
        np.testing.assert_allclose(changed, image + shares[-1] * whole, atol=5e-3)
    assert 0.6 < max(shares) <= 0.81
    assert min(shares) < 0.2


def test_invert_exchanges_black_and_white() -> None:
    torch.testing.assert_close(applied("invert", images(), seeded(), chance=1.0), 1 - images())


def test_collimation_leaves_a_rectangle_with_edges_as_far_in_as_it_says() -> None:
    white = torch.ones(200, 1, 100, 100)
    out = applied("collimation", white, seeded(), chance=1.0, inset=0.2, degrees=0.0, gray=0.1)
    edges = []
    for image in out[:, 0]:
        rows, columns = (image > 0.5).nonzero().T
        edges += [rows.min(), 99 - rows.max(), columns.min(), 99 - columns.max()]
        assert (image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] > 0.5).all()
        assert image.min() <= 0.1
    assert 17 < max(edges) <= 20
    assert min(edges) == 0


def test_collimation_turns() -> None:
    """The upper edge rises or falls by up to the tangent of its turn, and its border is no staircase."""
    white = torch.ones(200, 1, 100, 100)
    out = applied("collimation", white, seeded(1), chance=1.0, inset=0.3, degrees=10.0, gray=0.0)
    slopes = []
    for image in out[:, 0]:
        open_rows = image.sum(0)  # of a column; the lower and the upper edge are parallel
        upper = 100 - image[:50].flip(0).cumsum(0)[-1] - 50
        if (open_rows[20:80] > 45).all() and image[50, 20:80].min() == 1:
            slopes.append(float(upper[70] - upper[40]) / 30)
    assert len(slopes) > 30
    assert 0.1 < max(slopes) <= 0.18
    assert -0.18 <= min(slopes) < -0.1
    assert ((out > 0.05) & (out < 0.95)).any()
