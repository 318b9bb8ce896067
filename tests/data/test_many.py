from pathlib import Path

import numpy as np
import pytest
import torch

from hilum.data import CohortSource, ManySource
from hilum.images import Preprocess, build_store, store_build
from hilum.schema import Cohort

SMALL, LARGE = Preprocess(size=16), Preprocess(size=32, center_crop=0.8)
PLAN = [np.arange(4), np.array([5, 4, 4])]


@pytest.fixture
def cohort(tiny_cohort: Cohort) -> Cohort:
    return tiny_cohort.take(np.arange(6), "six")


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    decode = store_build.decode
    monkeypatch.setattr(store_build, "decode", lambda path, content: found.append(path.stem) or decode(path, content))
    return found


def test_each_part_gets_what_it_would_get_alone_and_files_are_read_once(cohort: Cohort, reads: list[str]) -> None:
    """Also where two parts share their pixels, and where one looks at none."""

    def parts() -> list[CohortSource]:
        beside = {"features": torch.arange(6)}
        ways = [CohortSource(cohort, way, workers=0) for way in (SMALL, LARGE, SMALL)]
        return [*ways, CohortSource(cohort, SMALL, images=False, beside=beside)]

    together = list(ManySource(parts()).side_by_side(PLAN))
    assert len(reads) == 7
    assert len(together) == 2
    for place, alone in enumerate(parts()):
        for both, own in zip((batch[place] for batch in together), alone.batches(PLAN), strict=True):
            assert both.image_ids == own.image_ids
            assert both.inputs.keys() == own.inputs.keys()
            assert all(np.array_equal(both.inputs[name], own.inputs[name]) for name in own.inputs)
            assert both.frames == own.frames


def test_what_a_store_holds_is_not_read_again(cohort: Cohort, reads: list[str], tmp_path: Path) -> None:
    store = build_store(cohort.images.iloc[:3], LARGE, tmp_path, name="six", workers=0)
    reads.clear()
    parts = [CohortSource(cohort, LARGE, store=store, workers=0), CohortSource(cohort, LARGE, workers=0)]
    ((stored, read),) = ManySource(parts).side_by_side([np.arange(6)])
    assert np.array_equal(stored.inputs["image"], read.inputs["image"])
    assert len(reads) == 6
    ((alone,),) = ManySource(parts[:1]).side_by_side([np.arange(6)])
    assert np.array_equal(alone.inputs["image"], read.inputs["image"])
    assert len(reads) == 9  # the three that the store lacks


def test_what_cannot_be_read_is_named_once(cohort: Cohort) -> None:
    images = cohort.images.assign(path=cohort.images.path.where(cohort.images.index != 2, "gone.png"))
    many = ManySource([CohortSource(Cohort("six", images), way, workers=0) for way in (SMALL, LARGE)])
    ((small, large),) = many.side_by_side([np.arange(6)])
    assert small.image_ids == large.image_ids == tuple(cohort.images.image_id[[0, 1, 3, 4, 5]])
    assert [image_id for image_id, _ in many.failures] == [cohort.images.image_id[2]]
