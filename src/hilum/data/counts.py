"""Which findings images have, and how often an epoch shows each: what resampling is judged by."""

import numpy as np
from numpy.typing import NDArray

from hilum.data.source import Targets
from hilum.schema import ConfigError, Findings

NONE = "none"  # stands for images without any finding


def presence(targets: Targets) -> NDArray[np.bool_]:
    """(N, K + 1) whether an image has a finding, and whether it has none of them; what teaches nothing is not had.

    Raises:
        ConfigError: for a task without labels.
    """
    if "labels" not in targets:
        raise ConfigError(
            "training.sampler: it counts findings, and this task learns without labels. Expected shuffle or "
            "patient_balanced."
        )
    labels = np.asarray(targets["labels"]) * (np.asarray(targets["weights"]) > 0)  # (N, K)
    present = labels > 0.5
    return np.column_stack([present, ~present.any(axis=1)])


def before_and_after(targets: Targets, order: NDArray[np.intp], findings: Findings) -> str:
    """A sentence: how many images have each finding, among all of them and in an epoch."""
    present = presence(targets)
    pairs = zip((*findings, NONE), present.sum(axis=0), present[order].sum(axis=0), strict=True)
    each = ", ".join(f"{name} {before:,} -> {after:,}" for name, before, after in pairs)
    return (
        f"Training images, as they are and in an epoch: {len(present):,} -> {len(order):,} "
        f"({len(np.unique(order)):,} different ones). With each finding: {each}."
    )
