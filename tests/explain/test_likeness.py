import pytest
import torch
from scipy.stats import spearmanr

from hilum.explain.likeness import GRID, rank_correlation, structure


def maps(seed: int) -> torch.Tensor:
    return torch.rand(4, GRID, GRID, generator=torch.Generator().manual_seed(seed))


def test_rank_correlation_is_spearmans() -> None:
    first, second = maps(0), (maps(0) + maps(1)).round(decimals=1)  # with ties
    expected = [spearmanr(one.flatten(), other.flatten()).statistic for one, other in zip(first, second, strict=True)]
    torch.testing.assert_close(
        rank_correlation(first, second), torch.tensor(expected, dtype=torch.float32), atol=1e-5, rtol=1e-5
    )


def test_a_flat_map_is_like_no_other() -> None:
    assert rank_correlation(maps(0), torch.ones(4, GRID, GRID)).tolist() == [0.0] * 4


def test_maps_of_other_sizes_are_compared_on_one_grid() -> None:
    large = maps(0).repeat_interleave(3, dim=1).repeat_interleave(3, dim=2)
    assert rank_correlation(large, maps(0)).tolist() == pytest.approx([1.0] * 4, abs=1e-6)


def test_structure_of_a_map_with_itself_is_one_and_falls_with_noise() -> None:
    same, noisy, other = (structure(maps(0), one).mean() for one in (maps(0), 0.7 * maps(0) + 0.3 * maps(1), maps(1)))
    assert same == pytest.approx(1, abs=1e-5)
    assert same > noisy > other


def test_structure_by_hand_in_one_window() -> None:
    first, second = torch.rand(2, 1, 5, 5, generator=torch.Generator().manual_seed(2))
    means = first.mean(), second.mean()
    spread = first.var(correction=0) + second.var(correction=0)
    shared = ((first - means[0]) * (second - means[1])).mean()
    top = (2 * means[0] * means[1] + 1e-4) * (2 * shared + 9e-4)
    expected = top / ((means[0] ** 2 + means[1] ** 2 + 1e-4) * (spread + 9e-4))
    assert float(structure(first, second)) == pytest.approx(float(expected), abs=1e-5)
