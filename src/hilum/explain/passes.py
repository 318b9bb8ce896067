"""How many images go through a network together, where an explainer asks it of many."""

from torch import Tensor

ON_CPU, ELSEWHERE = 8, 64  # on a CPU maps of more no longer fit its caches: 64 at once take twice as long an image


def at_once(image: Tensor) -> int:
    """Images in one forward pass on the device where this one lies."""
    return ON_CPU if image.device.type == "cpu" else ELSEWHERE
