"""Binary cross-entropy in which some findings count more than others."""

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from hilum.registry import register
from hilum.tasks.per_finding import PerFinding


@register
def class_weighted(
    logits: Tensor, targets: Tensor, *, weight: PerFinding = 1.0, of: Literal["finding", "image"] = "finding"
) -> Tensor:
    """Binary cross-entropy times a weight: of the finding, or of the image by the finding that it has.

    Args:
        logits: (B, K), any real numbers.
        targets: (B, K) in [0, 1].
        weight: >= 0; one number for all findings, or by name as in {Hernia: 14, others: 1}.
        of: `finding` weighs all labels of a finding, present and absent, by its weight. `image` weighs all labels of an
            image by the weight of its present finding, of several the one that comes first among the findings, of none
            the first finding's: what Keras makes of `class_weight` where an image has several labels.

    Returns:
        (B, K), >= 0.

    >>> class_weighted(torch.zeros(1, 2), torch.tensor([[0.0, 1.0]]), weight=(1.0, 2.0), of="image")
    tensor([[1.3863, 1.3863]])

    Source: tf.keras.Model.fit, `class_weight` (the weight of the target's argmax).
    """
    weights = torch.as_tensor(weight, dtype=logits.dtype, device=logits.device).expand(logits.shape[1])  # (K,)
    each = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    return each * (weights if of == "finding" else weights[targets.argmax(dim=1)][:, None])
