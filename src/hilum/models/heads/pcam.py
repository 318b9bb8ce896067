"""Probabilistic class activation maps: each finding pools by its own probability of each place."""

from torch import Tensor
from torch.nn import functional

from hilum.models.heads.places import Places
from hilum.models.settings import Dropout
from hilum.registry import register


class Pcam(Places):
    """The mean of what the places say, each weighted by its own probability, finding by finding.

    To pool the maps with these weights and apply the linear layer afterwards, as the paper says it, is the same: the
    weights have the sum 1, and the layer is linear.
    """

    def forward(self, maps: Tensor) -> Tensor:  # (B, D, h, w) -> (B, K)
        """Logits."""
        said = self.places(maps)
        weights = functional.logsigmoid(said).softmax(dim=2)  # p / sum p, also where every p is nearly 0
        return (weights * said).sum(dim=2)


@register
def pcam(*, width: int, outputs: int, dropout: Dropout = 0.0) -> Pcam:
    """Reads maps (`pool: none`): one linear layer on each place, weighted by the probability that it gives there.

    Args:
        width: of the maps; the model's.
        outputs: how many logits; the model's.
        dropout: share of a place's values dropped while learning.

    Source: Ye et al. 2020, arXiv:2005.14480, section 3.
    """
    return Pcam(width, outputs, dropout)
