"""Where a probability becomes a call: one threshold for all, one a finding, or one a finding and fold of patients."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hilum.evaluation.alignment import Aligned
from hilum.schema import ConfigError
from hilum.schema.findings import Findings, display

Thresholds: TypeAlias = NDArray[np.float64]  # (K,), or (N, K) where folds have their own
Threshold: TypeAlias = float | Mapping[str, float] | Sequence[Mapping[str, float]]
UNSAID = 0.5


def thresholds_of(aligned: Aligned, threshold: Threshold) -> Thresholds:
    """(K,) one threshold a finding; (N, K) where each fold of the patients has its own.

    Args:
        aligned: the images.
        threshold: one number, one a finding, or for each fold one a finding.

    Raises:
        ConfigError: for a finding without one.
    """
    if isinstance(threshold, Mapping):
        return _of_findings(aligned.findings, threshold)
    if isinstance(threshold, Sequence):
        each = np.stack([_of_findings(aligned.findings, one) for one in threshold])
        return np.asarray(each[folds_of(aligned.images.patient_id, len(threshold))])
    return np.full(len(aligned.findings), float(threshold))


def travelling(provenance: Mapping[str, Any]) -> Threshold:
    """The operating points that travel with predictions; 0.5 where none do."""
    held: Threshold = provenance.get("operating_points", {}).get("thresholds", UNSAID)
    return held


def folds_of(patient_ids: Iterable[object], folds: int) -> NDArray[np.intp]:
    """(N,) which fold a patient belongs to: from the id alone, so that it is the same in every table.

    >>> folds_of(["a", "b", "a"], 5).tolist()
    [4, 3, 4]
    """
    names = [str(name) for name in patient_ids]
    fold = {name: int(hashlib.sha256(name.encode()).hexdigest()[:12], 16) % folds for name in set(names)}
    return np.array([fold[name] for name in names], dtype=np.intp)


def at(thresholds: Thresholds, rows: NDArray[np.intp], k: Any = slice(None)) -> Any:
    """The thresholds of these rows: a number or (M,) for one finding or one a row, (K,) or (M, K) for all."""
    return thresholds[k] if thresholds.ndim == 1 else thresholds[rows, k]


def said(threshold: Threshold) -> Any:
    """JSON values."""
    if isinstance(threshold, Mapping):
        return {str(name): float(value) for name, value in threshold.items()}
    return [said(one) for one in threshold] if isinstance(threshold, Sequence) else float(threshold)


def _of_findings(findings: Findings, threshold: Mapping[str, float]) -> Thresholds:
    own = Findings(tuple(threshold))
    places = [own.find(name) for name in findings]
    missing = [name for name, place in zip(findings, places, strict=True) if place is None]
    if missing:
        raise ConfigError(
            f"No threshold for {', '.join(map(display, missing))}. Expected one number, or one for every finding."
        )
    return np.array([float(threshold[own[place]]) for place in places if place is not None])
