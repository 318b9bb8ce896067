"""MixUp and CutMix: what a mixed image teaches."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Generator, Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from hilum.data import Batch
from hilum.data.registries import transforms
from hilum.data.transforms.mixing import kept_share
from hilum.schema import ConfigError

MIXING = ["mixup", "cutmix"]


def seeded(seed: int = 0) -> Generator:
    return torch.Generator().manual_seed(seed)


def batch(count: int = 8, findings: int = 3) -> Batch:
    """Images of one gray each, so that a mixture tells its shares."""
    gray = torch.linspace(0.1, 0.9, count)[torch.randperm(count, generator=seeded(1))]
    image = gray.reshape(-1, 1, 1, 1).expand(-1, 1, 64, 64).contiguous()
    labels = torch.rand(count, findings, generator=seeded(2)).round()
    weights = torch.rand(count, findings, generator=seeded(3)) * (
        torch.rand(count, findings, generator=seeded(4)) < 0.6
    )
    return Batch(tuple(map(str, range(count))), {"image": image}, {"labels": labels, "weights": weights})


def shares(before: Batch, after: Batch) -> Tensor:
    """(B,) of each image in its mixture, told from the gray values."""
    own, mixture = (each.inputs["image"].mean(dim=(1, 2, 3)) for each in (before, after))
    other = own.roll(1, 0)
    return (mixture - other) / (own - other)


@pytest.mark.parametrize("name", MIXING)
def test_the_loss_is_that_of_both_in_their_shares(name: str) -> None:
    """For the cross-entropy, label by label, whatever is known of the one and of the other."""
    before = batch()
    after = transforms[name](before, seeded(), alpha=1.0)
    share = shares(before, after)[:, None]
    assert share.min() >= 0.5 - 1e-5
    assert share.min() < 0.8
    logits = torch.randn(8, 3, generator=seeded(5))

    def loss(labels: Tensor, weights: Tensor) -> Tensor:
        return weights * binary_cross_entropy_with_logits(logits, labels, reduction="none")

    labels, weights = before.targets["labels"], before.targets["weights"]
    expected = share * loss(labels, weights) + (1 - share) * loss(labels.roll(1, 0), weights.roll(1, 0))
    torch.testing.assert_close(loss(after.targets["labels"], after.targets["weights"]), expected, atol=1e-5, rtol=1e-4)
    assert ((weights == 0) & (weights.roll(1, 0) > 0)).any()  # all cases were there
    assert ((weights == 0) & (weights.roll(1, 0) == 0)).any()
    assert ((weights > 0) & (weights.roll(1, 0) > 0)).any()


@pytest.mark.parametrize("name", MIXING)
def test_what_is_not_known_of_one_is_the_others(name: str) -> None:
    """Columns: known of both, of the image alone, of the other alone, of neither."""
    image = torch.stack([torch.zeros(1, 32, 32), torch.ones(1, 32, 32)])
    labels = torch.tensor([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]])
    weights = torch.tensor([[1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 1.0, 0.0]])
    after = transforms[name](Batch(("a", "b"), {"image": image}, {"labels": labels, "weights": weights}), seeded())
    kept = 1 - after.inputs["image"][0].mean()  # the share of the first, which is black
    assert 0.5 <= kept <= 1
    torch.testing.assert_close(after.targets["weights"][0], torch.stack([kept / kept, kept, 1 - kept, 0 * kept]))
    torch.testing.assert_close(after.targets["labels"][0], torch.stack([kept, kept / kept, kept / kept, 0 * kept]))


@pytest.mark.parametrize("name", MIXING)
def test_both_views_are_mixed_alike(name: str) -> None:
    one = batch()
    two = Batch(one.image_ids, {**one.inputs, "lateral": 1 - one.inputs["image"]}, one.targets)
    after = transforms[name](two, seeded(), alpha=1.0)
    torch.testing.assert_close(after.inputs["lateral"], 1 - after.inputs["image"])


@pytest.mark.parametrize("name", MIXING)
def test_a_chance_mixes_those_drawn_among_themselves(name: str) -> None:
    before = batch(200)
    after = transforms[name](before, seeded(), alpha=1.0, chance=0.5)
    same = (before.inputs["image"] == after.inputs["image"]).flatten(1).all(1)
    assert 0.35 < same.float().mean() < 0.65
    assert torch.equal(before.targets["labels"][same], after.targets["labels"][same])
    assert torch.equal(before.targets["weights"][same], after.targets["weights"][same])


@pytest.mark.parametrize("name", MIXING)
def test_what_cannot_be_mixed_is_refused(name: str) -> None:
    one = batch()
    with pytest.raises(ConfigError, match=rf"augment\.{name}: .*boxes"):
        transforms[name](Batch(one.image_ids, one.inputs, {**one.targets, "boxes": [torch.zeros(0, 4)] * 8}), seeded())
    with pytest.raises(ConfigError, match=rf"augment\.{name}: .*features"):
        transforms[name](Batch(one.image_ids, {**one.inputs, "features": torch.zeros(8, 2)}, one.targets), seeded())


@pytest.mark.parametrize("alpha", [0.1, 0.2, 1.0, 4.0])
def test_shares_are_the_larger_part_of_a_beta(alpha: float) -> None:
    share = kept_share(20000, seeded(), alpha).double().numpy()
    assert share.min() >= 0.5
    assert share.max() <= 1
    beta = stats.beta(alpha, alpha)
    thresholds = np.linspace(0.5, 0.999, 50)  # beyond, float32 has few numbers for what a small alpha draws there
    below = (share[:, None] <= thresholds).mean(axis=0)
    np.testing.assert_allclose(below, beta.cdf(thresholds) - beta.cdf(1 - thresholds), atol=0.012)


@pytest.mark.parametrize("alpha", [1e-6, 1e6])
def test_extreme_shares_are_finite(alpha: float) -> None:
    share = kept_share(2000, seeded(), alpha)
    assert torch.isfinite(share).all()
    assert (share - (1 if alpha < 1 else 0.5)).abs().max() < 0.05


def test_cutmix_takes_one_rectangle_from_the_same_place() -> None:
    """Of the image's proportions, anywhere, whole."""
    ramp = torch.arange(64.0).expand(64, 64) / 128
    image = torch.stack([ramp, 0.5 + ramp])[:, None].repeat(40, 1, 1, 1)
    out = transforms["cutmix"](Batch(tuple(map(str, range(80))), {"image": image}), seeded()).inputs["image"]
    taken = (out != image)[:, 0]
    for mask, changed, own in zip(taken, out[:, 0], image[:, 0], strict=True):
        if mask.any():
            rows, columns = mask.nonzero().T
            assert mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].all()
            assert abs((rows.max() - rows.min()) - (columns.max() - columns.min())) <= 1
            torch.testing.assert_close((changed - own)[mask].abs(), torch.full((int(mask.sum()),), 0.5))
    assert taken.any(0)[16:48, 16:48].all()


@pytest.mark.parametrize("name", MIXING)
def test_a_third_class_is_mixed_as_labels_are(name: str) -> None:
    """The three shares of a label still sum to one, and each is the mixture of its own."""
    before = batch()
    before.targets["uncertain"] = (1 - before.targets["labels"]) * (torch.arange(8)[:, None] % 2)  # type: ignore[index]
    after = transforms[name](before, seeded(), alpha=1.0)
    swapped = replace(before, targets={**before.targets, "labels": before.targets["uncertain"]})
    expected = transforms[name](swapped, seeded(), alpha=1.0).targets["labels"]
    torch.testing.assert_close(after.targets["uncertain"], expected)
    assert (after.targets["labels"] + after.targets["uncertain"] <= 1 + 1e-6).all()
