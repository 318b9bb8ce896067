"""Layout: which logits of a model belong to which finding, when some have one and others three."""

from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

ABSENT, PRESENT, UNCERTAIN = range(3)  # the order of a finding's three logits


# B images, K findings, T of them with three logits, W logits
@dataclass(frozen=True)
class Layout:
    """The logits of the findings stand in the findings' order, those of one finding side by side.

    Args:
        three: for each of the K findings whether it has three logits, of absent, present and uncertain.
    """

    three: tuple[bool, ...]

    @property
    def width(self) -> int:
        """W."""
        return len(self.three) + 2 * sum(self.three)

    @property
    def plain(self) -> bool:
        """Whether each finding has one logit."""
        return not any(self.three)

    def contrasts(self) -> NDArray[np.float32]:
        """(K, W), the sum of logits that speaks for each finding: its one logit, or present less absent."""
        table = np.zeros((len(self.three), self.width), np.float32)
        for place, start in enumerate(self._starts()):
            if self.three[place]:
                table[place, start + ABSENT], table[place, start + PRESENT] = -1, 1
            else:
                table[place, start] = 1
        return table

    def evidence(self, logits: Tensor) -> Tensor:
        """(B, W) to (B, K): what speaks for each finding."""
        return logits if self.plain else logits @ torch.from_numpy(self.contrasts()).to(logits).T

    def triples(self, logits: Tensor) -> Tensor:
        """(B, W) to (B, T, 3): the logits of those that have three."""
        starts = [start for start, three in zip(self._starts(), self.three, strict=True) if three]
        places = torch.tensor(starts, device=logits.device, dtype=torch.long)[:, None]
        return logits[:, places + torch.arange(3, device=logits.device)]

    def _starts(self) -> list[int]:
        widths = [3 if three else 1 for three in self.three]
        return list(accumulate(widths[:-1], initial=0))
