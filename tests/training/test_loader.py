from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import torch

from hilum.images import Preprocess, build_store
from hilum.runs.batch import Batch
from hilum.schema import Cohort
from hilum.training.loader import Loader


@pytest.fixture(scope="module")
def loader(tiny_cohort: Cohort, tmp_path_factory: pytest.TempPathFactory) -> Loader:
    store = build_store(tiny_cohort.images, Preprocess(size=32), tmp_path_factory.mktemp("s"), name="tiny", workers=0)
    places = np.arange(3, 80)
    rows = store.rows(tiny_cohort.images.image_id)
    return Loader(store, rows[places], places, tiny_cohort.labels.to_numpy()[places], batch_size=8, seed=5)


def positions(batches: Iterable[Batch]) -> list[int]:
    return [int(position) for batch in batches for position in batch.positions]


def test_an_epoch_holds_every_image_once(loader: Loader) -> None:
    assert sorted(positions(loader.shuffled(0))) == list(range(3, 80))


def test_the_order_follows_from_seed_and_epoch_alone(loader: Loader) -> None:
    torch.manual_seed(0)
    first = positions(loader.shuffled(0))
    np.random.default_rng(1).random()
    assert positions(loader.shuffled(0)) == first
    assert positions(loader.shuffled(1)) != first
    other = Loader(loader.store, loader.rows, loader.positions, loader.labels, batch_size=8, seed=6)
    assert positions(other.shuffled(0)) != first


def test_batches_are_of_as_equal_size_as_can_be(loader: Loader) -> None:
    sizes = [len(batch) for batch in loader.shuffled(0)]
    assert len(sizes) == len(loader) == 10
    assert set(sizes) == {7, 8}


def test_pixels_and_labels_belong_to_their_image(loader: Loader, tiny_cohort: Cohort) -> None:
    labels = tiny_cohort.labels.to_numpy()
    for batch in loader.shuffled(2):
        assert batch.labels is not None
        assert np.array_equal(batch.labels.numpy(), labels[batch.positions])
        images = batch.tensors["image"]
        assert images.dtype == torch.uint8
        assert images.shape == (len(batch), 32, 32)
        bright = images[:, 6:12, 5:11].float().mean((-2, -1)) > 130  # where a Mass lies
        assert np.array_equal(bright.numpy(), labels[batch.positions, 0] == 1)


def test_processes_share_each_batch_without_a_image_twice(loader: Loader) -> None:
    shares = [positions(loader.shuffled(0, rank=rank, world=2)) for rank in range(2)]
    assert sorted(shares[0] + shares[1]) == list(range(3, 80))
    alone = [set(batch.positions) for batch in loader.shuffled(0)]
    together = zip(loader.shuffled(0, rank=0, world=2), loader.shuffled(0, rank=1, world=2), strict=True)
    assert [set(a.positions) | set(b.positions) for a, b in together] == alone


def test_in_order_is_the_cohorts_order(loader: Loader) -> None:
    assert positions(loader.in_order()) == list(range(3, 80))


def test_an_epoch_can_be_left_early(loader: Loader, tmp_path: Path) -> None:
    batches = loader.shuffled(0)
    next(batches)
    batches.close()  # type: ignore[attr-defined]
    assert len(positions(loader.shuffled(0))) == 77
