import pytest
import torch
from scipy.ndimage import gaussian_filter

from hilum.explain.scale import smoothed, to_unit


def evidence() -> torch.Tensor:
    return torch.randn(2, 3, 12, 15, generator=torch.Generator().manual_seed(0))


def test_relu_then_least_to_most_as_grad_cam_was_published() -> None:
    positive = evidence().clamp(min=0)
    torch.testing.assert_close(to_unit(evidence(), zero="relu"), positive / positive.amax(dim=(-2, -1), keepdim=True))


def test_relu_shows_nothing_where_all_evidence_is_against() -> None:
    against = -evidence().abs() - 1
    assert (to_unit(against, zero="relu") == 0).all()
    assert to_unit(against, zero="mean").amax() == 1


def test_min_spans_least_to_most() -> None:
    maps = to_unit(evidence(), zero="min")
    assert (maps.amin(dim=(-2, -1)) == 0).all()
    assert (maps.amax(dim=(-2, -1)) == 1).all()
    torch.testing.assert_close(maps, to_unit(3 * evidence() - 40, zero="min"), atol=1e-5, rtol=0)


def test_smoothing_is_a_gaussian_with_edges_that_go_on() -> None:
    expected = [gaussian_filter(one.numpy(), 1.2, mode="nearest", truncate=4 / 1.2) for one in evidence().flatten(0, 1)]
    found = smoothed(evidence(), 0.1).flatten(0, 1)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, torch.from_numpy(other), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("share", [0.0, 0.01])
def test_less_than_a_cell_of_smoothing_is_none(share: float) -> None:
    assert torch.equal(smoothed(evidence(), share), evidence())


def test_smoothed_maps_still_reach_one() -> None:
    assert to_unit(evidence(), smoothing=0.2).amax(dim=(-2, -1)) == pytest.approx(1)
