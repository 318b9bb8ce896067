"""A moving average of the weights: often a better reader than the last step's weights."""

import copy

import torch
from torch import nn


class Average:
    """Exponential moving average of a model's weights and batch statistics.

    Args:
        model: whose weights; `Average.model` starts as its copy.
        decay: share of the old average that a step keeps. The first steps keep less, (1 + n) / (10 + n), so that the
            average does not remember the random start.

    Source: Polyak & Juditsky 1992, SIAM J. Control Optim. 30:838-855; the warm-up as in TensorFlow's
    ExponentialMovingAverage.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model = copy.deepcopy(model).eval().requires_grad_(False)
        self.decay, self.steps = decay, 0

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Take one step of the model in."""
        keep = min(self.decay, (1 + self.steps) / (10 + self.steps))
        self.steps += 1
        for own, new in zip(self.model.state_dict().values(), model.state_dict().values(), strict=True):
            if own.is_floating_point():
                own.lerp_(new, 1 - keep)
            else:
                own.copy_(new)
