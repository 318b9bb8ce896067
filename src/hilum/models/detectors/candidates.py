"""Candidates: what a detector says, in arrays of fixed shape, before any is struck out as another's double."""

from collections.abc import Sequence

import torch
from torch import Tensor

NOTHING = -torch.inf  # the logit of a place that holds no box


# B images, N candidates, K findings
def surest(boxes: Tensor, logits: Tensor, count: int, size: int) -> dict[str, Tensor]:
    """The candidates whose surest finding is surest.

    Args:
        boxes: (B, N, 4) x0 y0 x1 y1 on the square.
        logits: (B, N, K).
        count: how many are kept; fewer are filled up with places that hold none.
        size: side of the square, to which boxes are cut.

    Returns:
        `boxes` (B, count, 4) and `scores` (B, count, K), logits, -inf where there is no box.
    """
    kept = min(count, boxes.shape[1])
    places = logits.amax(dim=2).topk(kept, dim=1).indices.unsqueeze(-1)  # (B, kept, 1)
    boxes = boxes.gather(1, places.expand(-1, -1, 4)).clamp(0, size)
    logits = logits.gather(1, places.expand(-1, -1, logits.shape[2]))
    empty = (0, 0, 0, count - kept)
    return {
        "boxes": torch.nn.functional.pad(boxes, empty),
        "scores": torch.nn.functional.pad(logits, empty, value=NOTHING),
    }


def one_a_finding(boxes: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
    """Candidates with a box of their own for each finding, as candidates that speak of one finding each.

    Args:
        boxes: (N, K, 4).
        logits: (N, K).

    Returns:
        (N K, 4) and (N K, K), -inf but for the one finding.
    """
    count, findings = logits.shape
    alone = torch.full((count, findings, findings), NOTHING, device=logits.device)
    own = torch.arange(findings, device=logits.device)
    alone[:, own, own] = logits.float()
    return boxes.reshape(-1, 4), alone.reshape(-1, findings)


def stacked(parts: Sequence[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """Boxes and logits of each image, of any number, as one array each, filled up with places that hold none."""
    most = max((len(boxes) for boxes, _ in parts), default=0)
    boxes = [torch.nn.functional.pad(one, (0, 0, 0, most - len(one))) for one, _ in parts]
    logits = [torch.nn.functional.pad(one, (0, 0, 0, most - len(one)), value=NOTHING) for _, one in parts]
    return torch.stack(boxes), torch.stack(logits)


def from_probabilities(logits: Tensor) -> Tensor:
    """(…, K + 1) logits of nothing and of K findings that exclude each other to (…, K) whose sigmoid says the same.

    >>> from_probabilities(torch.zeros(1, 2)).sigmoid().tolist()
    [[0.5]]
    """
    total = logits.logsumexp(dim=-1, keepdim=True)
    chance = (logits - total)[..., 1:]  # log of the softmax
    return chance - torch.log1p(-chance.exp().clamp(max=1 - 1e-6))


def logit_of(score: Tensor) -> Tensor:
    """The logit of a score in [0, 1] that is a product of several."""
    return torch.logit(score.float(), eps=1e-6)
