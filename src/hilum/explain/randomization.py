"""Cascading randomization: a heatmap that stays the same while weights are lost says nothing of what was learned."""

from collections.abc import Iterator
from copy import deepcopy

import torch
from torch import Tensor, nn

STAGES = 5  # below the head
BROKEN = 0.5  # rank correlation with the map of the trained network, above which a map of a random one did not change


def cascade(model: nn.Module, seed: int = 0) -> Iterator[tuple[str, nn.Module]]:
    """The network with more and more of its layers random, from the head down to the pixels.

    The weights of a layer are put in random order: as large and as spread as they were, and without what they had
    learned. What a batch norm has counted goes along with its weights.

    Args:
        model: left as it is.
        seed: of the orders.

    Yields:
        Which layers are random, and the network: the head first, then so many more at a time; the last is all random.

    Source: Adebayo et al. 2018, Sanity checks for saliency maps, NeurIPS, section 4.1.
    """
    copy = deepcopy(model)
    generator = torch.Generator().manual_seed(seed)
    layers = [(name, layer) for name, layer in copy.named_modules() if _own(layer)][::-1]
    head = [pair for pair in layers if not pair[0].startswith(("encoder", "model.encoder"))] or layers[:1]
    below = [pair for pair in layers if pair not in head]
    size = max(1, -(-len(below) // STAGES))
    done = 0
    for group in (head, *(below[start : start + size] for start in range(0, len(below), size))):
        for _, layer in group:
            for values in _own(layer):
                _shuffle(values, generator)
        done += len(group)
        yield ("head" if group is head else f"{done} of {len(layers)} layers"), copy.eval()


def unchanged(correlation: float) -> bool:
    """Whether a map of an all random network is still like that of the trained one: its explainer is broken."""
    return correlation >= BROKEN


def _own(layer: nn.Module) -> list[Tensor]:
    buffers = [buffer for buffer in layer.buffers(recurse=False) if buffer.is_floating_point()]
    return [*layer.parameters(recurse=False), *buffers] if any(True for _ in layer.parameters(recurse=False)) else []


def _shuffle(values: Tensor, generator: torch.Generator) -> None:
    with torch.no_grad():
        order = torch.randperm(values.numel(), generator=generator).to(values.device)
        values.copy_(values.flatten()[order].reshape(values.shape))
