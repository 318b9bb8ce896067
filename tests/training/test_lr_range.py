"""The range test: what it suggests, and that it leaves nothing behind."""

from pathlib import Path

import numpy as np
import pytest

from hilum.runs import Recipe, Run
from hilum.schema import Cohort, ConfigError, DataError
from hilum.training.lr_range import lr_range, smooth, summed_up


def test_a_tenth_of_the_lowest_point() -> None:
    rates = np.geomspace(1e-6, 1, 121)
    found = summed_up(rates, (np.log10(rates) + 2) ** 2)  # lowest at 0.01, where the running mean comes later
    assert 0.001 <= found.suggested <= 0.003
    np.testing.assert_allclose(smooth(np.full(9, 3.0)), 3.0)


def test_a_loss_that_never_fell_suggests_nothing() -> None:
    assert np.isnan(summed_up(np.geomspace(1e-6, 1, 20), np.arange(20.0)).suggested)


def test_steps_without_a_number_are_left_out() -> None:
    found = summed_up(np.geomspace(1e-3, 1, 4), np.array([2.0, 1.0, 0.5, np.nan]))
    assert len(found.rates) == 3
    with pytest.raises(DataError, match="not even at the lowest rate"):
        summed_up(np.ones(2), np.full(2, np.nan))


def test_the_rate_rises_until_the_loss_grows_large(
    tiny_recipe: Recipe, tiny_cohort: Cohort, tiny_run: Run, tmp_path: Path
) -> None:
    stores = tiny_run.folder.parent / "stores"
    before = sorted(tiny_run.folder.parent.rglob("*"))
    found = lr_range(tiny_recipe, tiny_cohort, stores=stores, steps=30, highest=1e6, device="cpu")
    assert (np.diff(found.rates) > 0).all()
    assert found.rates[0] == pytest.approx(1e-6)
    assert len(found.rates) < 30
    assert 1e-6 < found.suggested < 1
    assert sorted(tiny_run.folder.parent.rglob("*")) == before
    again = lr_range(tiny_recipe, tiny_cohort, stores=stores, steps=30, highest=1e6, device="cpu")
    np.testing.assert_array_equal(again.losses, found.losses)


@pytest.mark.parametrize("wrong", [{"steps": 9}, {"lowest": 1.0, "highest": 0.1}, {"lowest": 0.0}])
def test_rates_that_do_not_rise(tiny_recipe: Recipe, tiny_cohort: Cohort, tmp_path: Path, wrong: dict) -> None:
    with pytest.raises(ConfigError, match="rates that rise"):
        lr_range(tiny_recipe, tiny_cohort, stores=tmp_path, **wrong)
