"""Findings of which one implies another: Edema is a Lung Opacity. Which finding stands under which, and its chances.

A finding's logit is then that of the finding given its parent, and its probability the product along the way up: a
child is never more probable than its parent.

Source: Chen et al. 2019, Deep hierarchical multi-label classification of chest X-ray images, MIDL; Pham et al. 2019,
arXiv:1911.06475, section 2.2.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from hilum.schema import ConfigError, Findings
from hilum.schema.findings import key
from hilum.tasks.trees import TREES

ALMOST_SURE = -1e-30  # the largest log of a probability that still has a logit in float32


# N images, K findings
@dataclass(frozen=True)
class Hierarchy:
    """Which finding stands under which.

    Args:
        parents: of each of the K findings the place of its parent; -1 for a finding without one.
        given_parents: whether a finding is learned only from images that have its parent.
    """

    parents: tuple[int, ...]
    given_parents: bool

    @classmethod
    def of(cls, tree: str | Mapping[str, str], findings: Findings, *, given_parents: bool) -> "Hierarchy":
        """The hierarchy among these findings.

        Args:
            tree: a name in `TREES`, of which findings that the model does not speak of are passed over; or each
                child's parent.
            findings: the K names.
            given_parents: as for the class.

        Raises:
            ConfigError: for an unknown tree or finding, a circle, and a tree that joins none of the findings.
        """
        if isinstance(tree, str) and tree not in TREES:
            raise ConfigError(f"task.parents: there is no tree '{tree}'. Expected one of: {', '.join(TREES)}.")
        above = TREES[tree] if isinstance(tree, str) else tree
        if not isinstance(tree, str):
            for name in (*tree, *tree.values()):
                findings.position(name)
        up = {key(child): parent for child, parent in above.items()}
        places = tuple(_parent(name, up, findings) for name in findings)
        if all(place < 0 for place in places):
            raise ConfigError(
                f"task.parents: none of {', '.join(findings)} stands under another. Expected findings with a parent "
                "among them; or leave task.parents out."
            )
        return cls(places, given_parents)

    def paths(self) -> NDArray[np.float32]:
        """(K, K), 1 where the second finding is the first one or stands above it."""
        table = np.eye(len(self.parents), dtype=np.float32)
        for place in range(len(self.parents)):
            at = self.parents[place]
            while at >= 0:
                table[place, at] = 1
                at = self.parents[at]
        return table

    def implied(self, labels: Tensor) -> Tensor:
        """(N, K) labels, with a finding present wherever one that stands under it is."""
        below = torch.from_numpy(self.paths().T)  # (K, K), 1 where the second stands under the first
        return torch.where(((labels == 1).float() @ below.T) > 0, 1.0, labels)

    def only_given_parents(self, targets: Tensor, weights: Tensor) -> Tensor:
        """(N, K) weights, 0 for a child where its parent is not known to be present."""
        kept = weights.clone()
        for place, parent in enumerate(self.parents):
            if parent >= 0:
                kept[:, place] *= (targets[:, parent] > 0.5) & (weights[:, parent] > 0)
        return kept

    def whole(self, logits: Tensor) -> Tensor:
        """(N, K) logits given the parents to logits of the findings themselves."""
        paths = torch.from_numpy(self.paths()).to(logits)
        log_p = (functional.logsigmoid(logits) @ paths.T).clamp(max=ALMOST_SURE)
        joint = log_p - torch.where(log_p > -0.7, (-log_p.expm1()).log(), (-log_p.exp()).log1p())
        return torch.where(torch.tensor(self.parents, device=logits.device) < 0, logits, joint)


def _parent(name: str, up: Mapping[str, str], findings: Findings) -> int:
    """The place of the nearest finding above; -1 for none."""
    places = [findings.find(above) for above in _way_up(name, up)]
    return next((place for place in places if place is not None), -1)


def _way_up(name: str, up: Mapping[str, str]) -> list[str]:
    """All that stands above a finding, nearest first."""
    way = [name]
    while (above := up.get(key(way[-1]))) is not None:
        way.append(above)
        if key(above) in map(key, way[:-1]):
            raise ConfigError(f"task.parents: {above} stands under itself. Expected a tree.")
    return way[1:]
