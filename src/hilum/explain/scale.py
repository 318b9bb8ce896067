"""One scale for every explainer's maps: which evidence is zero, and which is one."""

from torch import Tensor


def to_unit(evidence: Tensor) -> Tensor:
    """Evidence for each finding as a share of its strongest place on that image.

    Zero means "nothing here speaks for the finding": evidence against it (negative) is clipped, never shifted to
    become visible, as scaling from minimum to maximum would do. One is the strongest place of this map. Maps of
    different images or findings are therefore not comparable in strength; how sure the model is stands in its
    probability. A map without any evidence for its finding is zero everywhere.

    Args:
        evidence: (B, K, h, w), any real numbers; positive raises the finding's logit.

    Returns:
        (B, K, h, w) float32 in [0, 1].

    >>> import torch
    >>> to_unit(torch.tensor([[[[-2.0, 1.0], [4.0, 0.0]]]])).tolist()
    [[[[0.0, 0.25], [1.0, 0.0]]]]
    """
    positive = evidence.detach().float().clamp(min=0)
    peak = positive.amax(dim=(-2, -1), keepdim=True)
    return positive / peak.where(peak > 0, 1.0)
