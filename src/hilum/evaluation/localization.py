"""How well heatmaps find true boxes: scores of single maps, and their means with intervals, beside controls.

A map is scored against the boxes of one finding on one image; images without a box of it are not scored, since every
map has a strongest place. Means are over pairs of image and finding, intervals over patients, and every kind of map is
measured on the same replicates, so that a map and its controls are compared in pairs.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.evaluation.bootstrap import draw
from hilum.evaluation.metrics.sums import Values, Weights
from hilum.schema.boxes import overlaps

IOU = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)  # Wang's thresholds of overlap
IOBB = (0.1, 0.25, 0.5, 0.75, 0.9)
LEVELS = (60 / 255, 180 / 255)  # of the heatmap, where Wang cuts boxes out of it, both at once


def scored(
    heatmap: NDArray[np.float32],
    mask: NDArray[np.bool_],
    drawn: Values,
    true: Values,
    region: NDArray[np.bool_] | None = None,
) -> dict[str, float]:
    """One map of one finding against where the finding truly lies on that image.

    `pointing_game` is 1 where the strongest place lies in the true region (the pointing game without a margin, which is
    cheXlocalize's hit rate). `energy_in_box` is the share of the map's heat inside the true region. `miou` is the
    overlap of the thresholded map with the true region, 0 for an empty mask. `localization_accuracy_iou_…` and
    `…_iobb_…` are the share of true boxes that a drawn one covers so far, in shares of both together or of the drawn
    box; `false_boxes_iou_…` and `…_iobb_…` count drawn boxes that reach no true one so far. A map that is zero
    everywhere scores 0.

    Args:
        heatmap: (H, W) in [0, 1].
        mask: (H, W), the heatmap above the threshold chosen for it.
        drawn: (M, 4) boxes `x0 y0 x1 y1` cut from the heatmap at `LEVELS`.
        true: (N, 4), N at least 1: true boxes, or those around the parts of an outlined region.
        region: (H, W) the outlined region; all true boxes together when left out.

    Source: Wang et al. 2017, arXiv:1705.02315, section 4 (T(IoU), T(IoBB), false positives an image); Zhang et al.
    2018, Top-down neural attention by excitation backprop, IJCV 126:1084-1102 (pointing game); Wang et al. 2020,
    Score-CAM, section 4.4 (energy); Saporta et al. 2022, Nature Machine Intelligence 4:867-878 (mIoU, hit rate).

    >>> heat = np.zeros((4, 4), np.float32); heat[0, :2] = 1
    >>> found = scored(heat, heat > 0.5, np.array([[0.0, 0, 2, 1]]), np.array([[0.0, 0, 2, 2]]))
    >>> found["pointing_game"], found["energy_in_box"], found["miou"], found["localization_accuracy_iobb_0.9"]
    (1.0, 1.0, 0.5, 1.0)
    """
    truth = inside(true, heatmap.shape) if region is None else region
    row, column = np.unravel_index(int(heatmap.argmax()), heatmap.shape)
    heat, both = float(heatmap.sum()), float((mask | truth).sum())
    found = {
        "pointing_game": float(truth[row, column]) if heat else 0.0,
        "energy_in_box": float(heatmap[truth].sum()) / heat if heat else 0.0,
        "miou": float((mask & truth).sum()) / both if both else 0.0,
    }
    iou = overlaps(drawn, true)
    for name, shared, thresholds in (("iou", iou, IOU), ("iobb", of_drawn(drawn, true), IOBB)):
        for least in thresholds:
            hit = shared > least
            found[f"localization_accuracy_{name}_{least:g}"] = float(hit.any(axis=0).mean())
            found[f"false_boxes_{name}_{least:g}"] = float((~hit.any(axis=1)).sum())
    return found


def inside(boxes: Values, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(H, W) true on pixels whose middle lies in one of (N, 4) boxes, of which parts may lie outside the image."""
    rows, columns = (np.arange(side) + 0.5 for side in shape)
    across = (columns >= boxes[:, [0]]) & (columns < boxes[:, [2]])  # (N, W)
    down = (rows >= boxes[:, [1]]) & (rows < boxes[:, [3]])
    return np.asarray((down[:, :, None] & across[:, None]).any(axis=0))


def of_drawn(drawn: Values, true: Values) -> Values:
    """(M, N) share of each drawn box that lies in each true one (IoBB).

    >>> of_drawn(np.array([[0.0, 0, 2, 2]]), np.array([[1.0, 0, 9, 9]])).tolist()
    [[0.5]]
    """
    low = np.maximum(drawn[:, None, :2], true[None, :, :2])
    high = np.minimum(drawn[:, None, 2:], true[None, :, 2:])
    area = np.prod(drawn[:, 2:] - drawn[:, :2], axis=1)
    return np.asarray(np.clip(high - low, 0, None).prod(axis=2) / area[:, None])


def summarized(
    scores: pd.DataFrame, patient_of: Mapping[str, str], *, replicates: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """Means of scores with 95 % intervals, by finding and over all pairs, for each kind of map.

    Args:
        scores: one row a pair and kind of map: `image_id`, `finding`, `map`, `draw` (the controls that are drawn have
            several), and one column a score. The map itself stands first.
        patient_of: whose image each is.
        replicates: of the bootstrap over patients.
        seed: of it.

    Returns:
        `finding` (`all`: the mean over pairs; `macro`: over findings), `subgroup`, `map`, `metric`, `value`, `low`,
        `high`, `present` (pairs), `absent`, and `ahead`, `ahead_low`, `ahead_high`: how far the first kind of map lies
        above this one, from paired replicates.
    """
    named = [name for name in scores.columns if name not in ("image_id", "finding", "map", "draw")]
    kinds = list(dict.fromkeys(scores["map"]))
    means = scores.groupby(["map", "image_id", "finding"], sort=False)[named].mean()
    pairs = means.loc[kinds[0]].index
    findings = pairs.get_level_values("finding").to_numpy()
    draws = draw(
        [patient_of[image_id] for image_id in pairs.get_level_values("image_id")],
        replicates=replicates,
        seed=seed,
        method="percentile",
    )
    weights = Weights(draws.block(0, draws.weights.shape[1]), draws.patient)
    rows = []
    for metric in named:
        first = means.loc[kinds[0]].reindex(pairs)[metric].to_numpy()
        for kind in kinds:
            value = means.loc[kind].reindex(pairs)[metric].to_numpy()
            found, ahead = (_means(one, findings, weights) for one in (value, first - value))
            for finding, values in found.items():
                low, high = draws.interval(values)
                ahead_low, ahead_high = draws.interval(ahead[finding])
                count = int((findings == finding).sum()) if finding in findings else len(findings)
                rows.append({
                    "finding": finding, "subgroup": "all", "map": kind, "metric": metric,
                    "value": float(values[0]), "low": low, "high": high, "present": count, "absent": 0,
                    "ahead": float(ahead[finding][0]), "ahead_low": ahead_low, "ahead_high": ahead_high,
                })  # fmt: skip
    return pd.DataFrame(rows)


def _means(value: Values, findings: NDArray[np.object_], weights: Weights) -> dict[str, Values]:
    """By finding, then `macro` and `all`, the mean under each column of weights, of the pairs that have a value."""
    there = np.isfinite(value)  # the first image has no other before it whose map could be a control
    found = {}
    for finding in sorted(set(findings)):
        rows = np.flatnonzero((findings == finding) & there)
        found[str(finding)] = weights.at(rows).mean(value[rows])
    each = np.stack(list(found.values()))
    if len(found) > 1:
        found["macro"] = np.asarray(each.mean(axis=0))  # nan where a finding was not drawn: another mean
    rows = np.flatnonzero(there)
    return {**found, "all": weights.at(rows).mean(value[rows])}


def full_set(
    pairs: pd.DataFrame, absent: pd.DataFrame, probability: pd.DataFrame, cuts: Mapping[str, float]
) -> pd.DataFrame:
    """CheXlocalize's full set: the overlap also of images without the finding, where a map that is drawn is wrong.

    A map counts as empty where the finding's probability lies below its cut. The overlap is 0 where one of map and
    truth is empty, and not defined where both are.

    Args:
        pairs: scores of pairs with a true region, as `summarized` takes them, with `miou`.
        absent: `image_id` and `finding` of pairs that are known to have none.
        probability: one row an image, indexed by `image_id`, one column a finding.
        cuts: of each finding, the probability below which its map counts as empty.

    Returns:
        As `pairs`, with the one score `miou_full_set`, of the pairs in which it is defined.

    Source: Saporta et al. 2022, Nature Machine Intelligence 4:867-878, and the authors' code.
    """
    named = ["image_id", "finding", "map", "draw"]
    called = _called(pairs, probability, cuts)
    present = pairs[named].assign(miou_full_set=pairs.miou.where(called, 0.0))
    wrong = absent[_called(absent, probability, cuts)].assign(draw=0, miou_full_set=0.0)
    each = [wrong.assign(map=kind)[[*named, "miou_full_set"]] for kind in dict.fromkeys(pairs["map"])]
    return pd.concat([present, *each], ignore_index=True)


def _called(pairs: pd.DataFrame, probability: pd.DataFrame, cuts: Mapping[str, float]) -> NDArray[np.bool_]:
    """Of each pair, whether its probability reaches the finding's cut."""
    wanted = pd.MultiIndex.from_frame(pairs[["image_id", "finding"]])
    return np.asarray(probability.stack().reindex(wanted).to_numpy() >= pairs.finding.map(cuts).to_numpy(np.float64))


def best_cut(overlap: Values, present: Values, absent: Values) -> float:
    """The probability from which on maps count that makes the mean overlap over the full set largest; the lower of two.

    Args:
        overlap: (N,) of images with the finding, their maps' overlap with the truth.
        present: (N,) the finding's probability on them.
        absent: (M,) the same on images without it.

    >>> best_cut(np.array([0.5, 0.4, 0.0]), np.array([0.9, 0.6, 0.2]), np.array([0.1, 0.5, 0.5]))
    0.6
    """
    cuts = np.unique(present)
    means = [float(np.where(present >= cut, overlap, 0).sum() / (len(present) + (absent >= cut).sum())) for cut in cuts]
    return float(cuts[int(np.argmax(means))])


def best_threshold(overlap: Mapping[float, Sequence[float]]) -> float:
    """The threshold whose masks overlap the true boxes of the images it is chosen on best; the lower of two alike.

    Args:
        overlap: of each threshold, the overlap (IoU) on each image.

    Source: Saporta et al. 2022, as above: the largest mean IoU on validation images.

    >>> best_threshold({0.2: [0.1, 0.3], 0.4: [0.3, 0.3], 0.6: [0.0, 0.5]})
    0.4
    """
    return max(sorted(overlap), key=lambda threshold: float(np.mean(overlap[threshold])))
