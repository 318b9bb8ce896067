"""Objectives without labels: their losses against worked examples, and that they teach an encoder something."""

import inspect
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from hilum.data import Batch
from hilum.datasets import datasets
from hilum.models import models
from hilum.runs import Recipe
from hilum.runs.build import build_model
from hilum.runs.recipes import load_recipe, with_overrides
from hilum.tasks import Task, tasks
from hilum.tasks.masked_images import MaskedImages, covered, hidden_error
from hilum.tasks.simclr import SimCLR, agreement, nt_xent
from hilum.training import train
from hilum.workflows import embed

NAMES = {"simclr": "contrastive", "masked_images": "reconstructor"}


def test_there_are_objectives() -> None:
    without = {name for name in tasks if "findings" not in inspect.signature(tasks[name]).parameters}
    assert set(NAMES) <= without
    assert not any(isinstance(tasks[name](), Task) for name in without)


def test_nt_xent_by_hand() -> None:
    """Two images, views along axes: a = (1, 0), (0, 1); b = (1, 0), (1, 0)."""
    first, second = torch.tensor([[2.0, 0.0], [0.0, 3.0]]), torch.tensor([[1.0, 0.0], [5.0, 0.0]])
    high, low = math.exp(1 / 0.5), 1.0  # exp of cosine 1 and 0 over a temperature of one half
    terms = [
        -math.log(high / (high + high + low)),  # a0: twin b0 (1); others b1 (1), a1 (0)
        -math.log(low / (low + low + low)),  # a1: twin b1 (0); others a0 (0), b0 (0)
        -math.log(high / (high + high + low)),  # b0: twin a0 (1); others b1 (1), a1 (0)
        -math.log(low / (high + high + low)),  # b1: twin a1 (0); others a0 (1), b0 (1)
    ]
    assert nt_xent(first, second, 0.5).item() == pytest.approx(np.mean(terms), abs=1e-6)


def test_nt_xent_of_twins_far_from_all_others_is_nothing_and_which_view_comes_first_is_nothing() -> None:
    axes = torch.eye(4)
    assert nt_xent(axes, axes, 0.01).item() == pytest.approx(0, abs=1e-6)
    assert agreement(axes, axes) == 1
    draw = torch.Generator().manual_seed(0)
    first, second = (torch.randn(5, 3, generator=draw) for _ in range(2))
    torch.testing.assert_close(nt_xent(first, second, 0.2), nt_xent(second, first, 0.2))
    torch.testing.assert_close(nt_xent(3 * first, second, 0.2), nt_xent(first, second, 0.2))
    order = torch.tensor([3, 1, 4, 0, 2])
    torch.testing.assert_close(nt_xent(first[order], second[order], 0.2), nt_xent(first, second, 0.2))


@pytest.mark.parametrize("channels", [1, 3])
def test_a_view_without_any_change_is_the_image(channels: int) -> None:
    image = torch.randn(3, 1, 16, 16).expand(3, channels, 16, 16)
    still = SimCLR(0.2, smallest=1.0, degrees=0.0, contrast=0.0, brightness=0.0, noise=0.0)
    torch.testing.assert_close(still.view(image), image, atol=1e-5, rtol=0)
    moved = tasks["simclr"]().view(image)
    assert moved.shape == image.shape
    assert not torch.allclose(moved, image, atol=0.05)
    assert torch.equal(moved, moved[:, :1].expand_as(moved))  # channels stay equal


def test_a_part_of_the_image_is_enlarged() -> None:
    """Half of each side, around the middle of a ramp: the values of the middle half."""
    ramp = torch.linspace(-1, 1, 32).expand(1, 1, 32, 32)

    torch.manual_seed(0)
    views = torch.cat([SimCLR(0.2, 0.5, 0.0, 0.0, 0.0, 0.0).view(ramp) for _ in range(50)])
    spans = views[:, 0, 16].amax(1) - views[:, 0, 16].amin(1)
    assert 0.9 < float(spans.min()) < 1.2
    assert 1.7 < float(spans.max()) <= 2.0
    assert float(views.min()) >= -1
    assert float(views.max()) <= 1


def test_as_many_patches_are_hidden_in_each_image_and_others_each_time() -> None:
    task = MaskedImages(share=0.6, patches=5)
    hidden = task.drawn(torch.zeros(8, 1, 20, 20))
    assert hidden.shape == (8, 1, 5, 5)
    assert hidden.sum(dim=(1, 2, 3)).unique().tolist() == [15.0]
    assert len(hidden.flatten(1).unique(dim=0)) == 8


def test_what_is_hidden_cannot_be_seen_and_alone_counts() -> None:
    image = torch.randn(1, 1, 8, 8)
    hidden = torch.tensor([[[[1.0, 0.0], [0.0, 0.0]]]])
    seen = covered(image, hidden)
    torch.testing.assert_close(seen[0, 0, :4, :4], image.mean().expand(4, 4))
    assert torch.equal(seen[0, 0, 4:], image[0, 0, 4:])
    drawn = torch.zeros(1, 1, 4, 4)
    small = image[0, 0].reshape(4, 2, 4, 2).mean(dim=(1, 3))
    torch.testing.assert_close(hidden_error(drawn, image, hidden), small[:2, :2].abs().mean())
    drawn[..., 2:, 2:] = 99
    torch.testing.assert_close(hidden_error(drawn, image, hidden), small[:2, :2].abs().mean())


class Perfect(nn.Module):
    """Draws what is wanted, since it was told."""

    def __init__(self, image: Tensor) -> None:
        super().__init__()
        self.drawn = nn.functional.avg_pool2d(image, 4)

    def forward(self, *, image: Tensor) -> dict[str, Tensor]:
        return {"pixels": self.drawn}


def test_who_draws_what_is_there_has_no_loss() -> None:
    image = torch.randn(2, 1, 16, 16)
    step = tasks["masked_images"](patches=4).step(Perfect(image), Batch(("a", "b"), {"image": image}))
    assert step["loss"].item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("encoder", ["test_resnet", "test_vit2", "test_convnext", "test_efficientnet"])
@pytest.mark.parametrize("task", NAMES)
def test_any_encoder_will_do(task: str, encoder: str) -> None:
    torch.manual_seed(0)
    model = models[NAMES[task]](encoder=encoder, channels=3, size=64)
    batch = Batch(("a", "b"), {"image": torch.randn(2, 3, 64, 64)})
    loss = tasks[task]().step(model, batch)["loss"]
    loss.backward()
    assert loss.isfinite()
    assert next(model.encoder.parameters()).grad.abs().sum() > 0  # type: ignore[union-attr]


@pytest.fixture
def recipe(tiny_recipe: Recipe) -> Recipe:
    return with_overrides(tiny_recipe, ["training.epochs=4", "training.lr=3e-3", "training.batch_size=16"])


@pytest.mark.parametrize("task", NAMES)
def test_it_learns_on_drawn_chests_and_its_encoder_arrives_in_a_classifier(
    recipe: Recipe, phantoms: Path, task: str, tmp_path: Path
) -> None:
    values = recipe.model_dump(mode="json") | {"task": task, "model": {"name": NAMES[task], "encoder": "test_resnet"}}
    run = train(Recipe.model_validate(values), datasets["nih14"](phantoms), tmp_path / "run", device="cpu")
    assert run.log.val_loss.iloc[-1] < run.log.val_loss.iloc[0]
    assert run.log.loss.iloc[-1] < run.log.loss.iloc[0]
    assert len(embed(run, datasets["nih14"](phantoms), device="cpu")) == 48
    other = build_model(with_overrides(recipe, [f"model.pretrained={run.folder}"]), pretrained=True)
    learned = run.model().encoder.state_dict()  # type: ignore[union-attr]
    assert learned
    for name, tensor in other.encoder.state_dict().items():  # type: ignore[union-attr]
        assert torch.equal(tensor, learned[name]), name


def test_the_recipes_start_from_imagenet_and_use_these_tasks() -> None:
    for name, task in (("chest-simclr", "simclr"), ("chest-masked", "masked_images")):
        recipe = load_recipe(name)
        assert recipe.task["name"] == task
        assert recipe.model["pretrained"] == "imagenet"
