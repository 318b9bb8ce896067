from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
import torch

from hilum.data import Batch, CohortSource, Loader
from hilum.data.loader import chosen
from hilum.images import Preprocess, build_store
from hilum.schema import Cohort

ROWS = np.arange(3, 80)


@pytest.fixture(scope="module")
def loader(tiny_cohort: Cohort, tmp_path_factory: pytest.TempPathFactory) -> Loader:
    preprocess = Preprocess(size=32)
    store = build_store(tiny_cohort.images, preprocess, tmp_path_factory.mktemp("s"), name="tiny", workers=0)
    labels = torch.from_numpy(tiny_cohort.labels.to_numpy(copy=True))
    targets = {"labels": labels, "weights": torch.ones_like(labels)}
    source = CohortSource(tiny_cohort, preprocess, store=store, targets=targets)
    return Loader(source, ROWS, 8, chosen(targets, ROWS), seed=5)


def ids(batches: Iterable[Batch]) -> list[str]:
    return [image_id for batch in batches for image_id in batch.image_ids]


@pytest.fixture(scope="module")
def all_ids(tiny_cohort: Cohort) -> list[str]:
    return tiny_cohort.images.image_id.tolist()[3:]


def test_an_epoch_holds_every_image_once(loader: Loader, all_ids: list[str]) -> None:
    assert sorted(ids(loader.epoch(0))) == sorted(all_ids)


def test_the_order_follows_from_seed_and_epoch_alone(loader: Loader) -> None:
    torch.manual_seed(0)
    first = ids(loader.epoch(0))
    np.random.default_rng(1).random()
    assert ids(loader.epoch(0)) == first
    assert ids(loader.epoch(1)) != first
    assert ids(replace(loader, seed=6).epoch(0)) != first


def test_batches_are_of_as_equal_size_as_can_be(loader: Loader) -> None:
    sizes = [len(batch) for batch in loader.epoch(0)]
    assert len(sizes) == len(loader) == 10
    assert set(sizes) == {7, 8}


@pytest.mark.parametrize(
    ("images", "batch_size", "world", "least"), [(77, 2, 1, 2), (5, 4, 1, 2), (77, 4, 2, 2), (3, 1, 1, 1)]
)
def test_no_process_gets_a_batch_of_one_unless_it_is_asked_for(
    loader: Loader, images: int, batch_size: int, world: int, least: int
) -> None:
    """A batch norm has no deviation to divide by when it sees one image."""
    rows = ROWS[:images]
    odd = replace(loader, rows=rows, batch_size=batch_size, targets=chosen(loader.targets, rows - 3), world=world)
    sizes = [len(batch) for rank in range(world) for batch in odd.epoch(0, rank=rank)]
    assert min(sizes) >= least
    assert sum(sizes) == images


def test_pixels_targets_and_frames_belong_to_their_image(loader: Loader, tiny_cohort: Cohort) -> None:
    labels = dict(zip(tiny_cohort.images.image_id, tiny_cohort.labels.to_numpy(), strict=True))
    for batch in loader.epoch(2):
        expected = np.array([labels[image_id] for image_id in batch.image_ids])
        assert np.array_equal(batch.targets["labels"].numpy(), expected)
        image = batch.inputs["image"]
        assert image.dtype == torch.uint8
        assert image.shape == (len(batch), 32, 32)
        bright = image[:, 6:12, 5:11].float().mean((-2, -1)) > 130  # where a Mass lies
        assert np.array_equal(bright.numpy(), expected[:, 0] == 1)
        assert {(frame.height, frame.width) for frame in batch.frames} == {(64, 64)}


def test_processes_share_each_batch_without_an_image_twice(loader: Loader, all_ids: list[str]) -> None:
    shared = replace(loader, world=2)
    shares = [ids(shared.epoch(0, rank=rank)) for rank in range(2)]
    assert sorted(shares[0] + shares[1]) == sorted(all_ids)
    alone = [set(batch.image_ids) for batch in loader.epoch(0)]
    together = zip(shared.epoch(0, rank=0), shared.epoch(0, rank=1), strict=True)
    assert [set(a.image_ids) | set(b.image_ids) for a, b in together] == alone


def test_in_order_is_the_cohorts_order(loader: Loader, all_ids: list[str]) -> None:
    assert ids(loader.in_order()) == all_ids


def test_an_epoch_can_be_left_early(loader: Loader) -> None:
    batches = loader.epoch(0)
    next(batches)
    batches.close()  # type: ignore[attr-defined]
    assert len(ids(loader.epoch(0))) == 77
