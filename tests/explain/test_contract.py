"""What every explainer promises."""

import pytest
import torch
from torch import Tensor, nn

from hilum.explain import explainers
from hilum.models import ImageView
from hilum.schema import ConfigError


class Filtered(nn.Module, ImageView):
    """Three feature maps of the image's size, a linear head over four findings."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.encoder, self.head = nn.Conv2d(1, 3, 3, padding=1), nn.Linear(3, 4)

    def maps(self, image: Tensor) -> Tensor:
        return self.encoder(image).relu()

    def from_maps(self, maps: Tensor) -> Tensor:
        return self.head(maps.mean(dim=(-2, -1)))

    def cam_weights(self) -> Tensor:
        return self.head.weight


def drawn() -> Tensor:
    return torch.randn(3, 1, 8, 10, generator=torch.Generator().manual_seed(1))


CHOSEN = [name for name in explainers if name != "attention_rollout"]  # its own test: it says nothing of findings


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """As few masks and steps as tell right from wrong."""
    monkeypatch.setattr("hilum.explain.methods.rise.MASKS", 64)


def test_there_are_explainers() -> None:
    assert len(CHOSEN) >= 9


@pytest.mark.parametrize("name", CHOSEN)
def test_maps_of_every_finding_in_0_to_1(name: str) -> None:
    maps = explainers[name](Filtered().eval(), drawn())
    assert maps.shape == (3, 4, 8, 10)
    assert maps.dtype == torch.float32
    assert not maps.requires_grad
    assert maps.min() >= 0
    peaks = maps.amax(dim=(-2, -1))  # 0 where a method that looks at what speaks for a finding alone sees nothing
    assert ((peaks == 0) | torch.isclose(peaks, torch.ones(()))).all()
    assert (peaks > 0).float().mean() > 0.5


@pytest.mark.parametrize("name", CHOSEN)
def test_findings_are_chosen_by_position(name: str) -> None:
    model = Filtered().eval()
    torch.testing.assert_close(explainers[name](model, drawn(), [2, 0]), explainers[name](model, drawn())[:, [2, 0]])


@pytest.mark.parametrize("name", CHOSEN)
def test_images_of_a_batch_do_not_meet(name: str) -> None:
    model = Filtered().eval()
    alone = torch.cat([explainers[name](model, image[None]) for image in drawn()])
    torch.testing.assert_close(explainers[name](model, drawn()), alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", explainers)
def test_what_is_no_view_of_images_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="Linear"):
        explainers[name](nn.Linear(3, 4), drawn())


@pytest.mark.parametrize("name", CHOSEN)
def test_evidence_goes_through_the_scale_that_is_given(name: str) -> None:
    model, seen = Filtered().eval(), []
    explainers[name](model, drawn(), [0], lambda evidence: seen.append(evidence) or torch.zeros(3, 1, 8, 10))
    assert seen[0].shape == (3, 1, 8, 10)
    assert seen[0].abs().max() > 0
