"""How many labels of each finding there are to learn from, and what they therefore cannot teach or measure."""

import torch
from torch import Tensor

from hilum.data import Targets
from hilum.schema import ConfigError, DataError, Findings
from hilum.schema.errors import listed


def sums(targets: Targets) -> Tensor:
    """(K, 2) weight of present and absent labels; uncertain ones that are a class of their own are neither."""
    labels, weights = targets["labels"], targets["weights"]
    absent = 1 - labels - targets.get("uncertain", torch.zeros(()))
    return torch.stack([(labels * weights).sum(dim=0), (absent * weights).sum(dim=0)], dim=1)


def checked(findings: Findings, train: Targets, val: Targets) -> list[str]:
    """Findings that cannot be learned or measured, in sentences.

    Raises:
        DataError: when no finding can be learned.
        ConfigError: when no finding can be measured.
    """
    (taught, _), (present, absent) = sums(train).T, sums(val).T
    silent = [name for name, weight in zip(findings, taught, strict=True) if weight == 0]
    blind = [name for name, yes, no in zip(findings, present, absent, strict=True) if yes == 0 or no == 0]
    if len(silent) == len(findings):
        raise DataError(f"No training image has any of the findings {listed(findings, 20)}. Expected labels of them.")
    if len(blind) == len(findings):
        raise ConfigError(
            "No finding is both present and absent among the validation images, so that no epoch is better than "
            "another. Give more images, or a larger data.val_fraction."
        )
    notes = [
        f"No training image has {name}: it is not learned, and what is predicted of it means nothing. Leave it out of "
        "`findings`, or give images that have it."
        for name in silent
    ]
    return notes + ([f"Not in the validation AUROC, for want of images: {listed(blind, 20)}."] if blind else [])
