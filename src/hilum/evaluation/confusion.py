"""Confusion: the four counts of a finding, and which finding is called where another one is."""

from typing import Any

import numpy as np
import pandas as pd

from hilum.evaluation.alignment import Aligned
from hilum.evaluation.metrics.decisions import Decisions
from hilum.evaluation.metrics.sums import Values

NOTHING = "No Finding"


def confusion(aligned: Aligned, thresholds: Values) -> pd.DataFrame:
    """One row a finding: `finding`, `threshold`, and images `tn`, `fp`, `fn`, `tp`."""
    rows = []
    for k, finding in enumerate(aligned.findings):
        known = aligned.known(k)
        n = Decisions.of(aligned.present[known, k], aligned.score[known, k], None, thresholds[k])
        counts = {name: int(getattr(n, name)[0]) for name in ("tn", "fp", "fn", "tp")}
        rows.append({"finding": finding, "threshold": float(thresholds[k]), **counts})
    return pd.DataFrame(rows)


def label_matrix(aligned: Aligned, thresholds: Values) -> dict[str, Any]:
    """Where a finding is, what is called: images by true label (rows) and call (columns).

    An image with several labels counts in several rows, and with several calls in several columns, so what lies beside
    the diagonal is no error by itself: findings live together. `No Finding` is an image without any label, or any call.
    An unknown label counts as absent here.

    Returns:
        `names` (K + 1), `counts` (K + 1 lists of K + 1 images), `images` (K + 1: images of each row).
    """
    present = aligned.present == 1
    called = np.nan_to_num(aligned.score, nan=-1.0) >= thresholds
    true, call = (np.column_stack([table, ~table.any(axis=1)]).astype(np.int64) for table in (present, called))
    return {
        "names": [*aligned.findings, NOTHING],
        "counts": (true.T @ call).tolist(),
        "images": true.sum(axis=0).tolist(),
    }
