"""The worst errors: images on which the model was most sure of the wrong thing, or their labels are wrong."""

import numpy as np
import pandas as pd

from hilum.evaluation.alignment import Aligned


def worst_errors(aligned: Aligned, *, most: int = 3) -> pd.DataFrame:
    """For each finding the images with it that rank lowest, and the images without it that rank highest.

    Findings have different levels of probability, so errors are compared by rank: `outranked` is the share of the
    other class that stands on the wrong side of the image (0.98 of a miss: 98 % of the images without the finding were
    given more).

    Args:
        aligned: the images.
        most: of each kind and finding.

    Returns:
        `image_id`, `patient_id`, `finding`, `label` (1: missed, 0: false alarm), `probability`, `outranked`; the worst
        first, among equals the first ones of every finding before the second ones.
    """
    found: list[pd.DataFrame] = []
    for k, finding in enumerate(aligned.findings):
        rows = aligned.known(k)
        present, score = aligned.present[rows, k], aligned.score[rows, k]
        for label, sign in ((1, -1), (0, 1)):
            own, other = rows[present == label], np.sort(sign * score[present != label])
            if not len(own) or not len(other):
                continue
            worst = own[np.argsort(-sign * aligned.score[own, k], kind="stable")[:most]]
            outranked = np.searchsorted(other, sign * aligned.score[worst, k]) / len(other)
            held = aligned.images.iloc[worst][["image_id", "patient_id"]]
            facts = {"finding": finding, "label": label, "probability": aligned.score[worst, k]}
            found.append(held.assign(**facts, outranked=outranked, place=range(len(worst))))
    if not found:
        return pd.DataFrame(columns=["image_id", "patient_id", "finding", "label", "probability", "outranked"])
    table = pd.concat(found).sort_values(["outranked", "place"], ascending=[False, True], kind="stable")
    return table.drop(columns="place").reset_index(drop=True)
