"""How often 95 % intervals of rates, average precision and paired differences hold the truth: for `coverage.py`.

Two models read the same cohorts. Their true AUROC, average precision, Brier score, and recall, specificity,
precision and F1 at one threshold are known: from the normal distribution, or by integrating over it. Patients have a
finding by chance, so their number differs from cohort to cohort.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import norm

from hilum.evaluation.delong import delong_test
from hilum.evaluation.differences import paired
from hilum.evaluation.intervals import closed
from hilum.evaluation.metrics import of_family
from hilum.evaluation.subgroups import level_of_pair

FEW = np.array([0.40, 0.20, 0.12, 0.08, 0.07, 0.05, 0.04, 0.04])  # of 1 to 8 images a patient
COHORTS = ((60, 20), (300, 40))  # patients, and how many of them have the finding, on average
PAIRS = ((0.75, 0.75), (0.85, 0.80), (0.95, 0.95), (0.95, 0.90))  # true AUROC of the two models
WORLDS = ((0.3, False), (0.9, False), (0.9, True))  # correlation of the two models, and whether patients are missed
THRESHOLD = 1.0
METRICS = ("auroc", "average_precision", "brier", "recall", "specificity", "precision", "f1")
LEAST = 15  # patients with the finding that a cohort must have


@dataclass(frozen=True)
class Pair:
    """One kind of cohort and two models.

    Args:
        patients: how many.
        positive: patients with the finding, on average.
        several: images a patient: 1 to 8, alike by 0.5; else one.
        areas: true AUROC of the two.
        alike: correlation of the two models' scores, given the label.
        missed: most of the loss comes from patients who score wholly like negatives; else binormal.
    """

    patients: int
    positive: int
    several: bool
    areas: tuple[float, float]
    alike: float
    missed: bool


def pairs() -> list[Pair]:
    """Every combination."""
    return [
        Pair(*cohort, several, areas, *world)
        for cohort, several, areas, world in product(COHORTS, (False, True), PAIRS, WORLDS)
    ]


def shape(area: float, missed: bool) -> tuple[float, float]:
    """Share of positive patients who score like negatives, and how far the others lie above them."""
    chance = min(0.3, 1.6 * (1 - area)) if missed else 0.0
    return chance, float(norm.ppf((area - chance / 2) / (1 - chance)) * np.sqrt(2))


def truths(pair: Pair, model: int) -> dict[str, float]:
    """The true value of every metric."""
    chance, hit = shape(pair.areas[model], pair.missed)
    share, x = pair.positive / pair.patients, np.linspace(-7, 12, 40_001)
    density = (1 - chance) * norm.pdf(x - hit) + chance * norm.pdf(x)
    found = share * ((1 - chance) * norm.sf(x - hit) + chance * norm.sf(x))
    called = found + (1 - share) * norm.sf(x)
    area = float((found / called * density).sum() * (x[1] - x[0]))
    recall = float((1 - chance) * norm.sf(THRESHOLD - hit) + chance * norm.sf(THRESHOLD))
    alarms = float(norm.sf(THRESHOLD))
    calls = share * recall + (1 - share) * alarms
    distance = share * density * (1 - probability(x)) ** 2 + (1 - share) * norm.pdf(x) * probability(x) ** 2
    return {
        "auroc": pair.areas[model], "average_precision": area, "brier": float(distance.sum() * (x[1] - x[0])),
        "recall": recall, "specificity": 1 - alarms, "precision": share * recall / calls,
        "f1": 2 * share * recall / (calls + share),
    }  # fmt: skip


def probability(score: np.ndarray) -> np.ndarray:
    """(N,) in [0, 1] of scores whose negatives are standard normal: what a Brier score is of."""
    return np.asarray(expit(1.5 * score - 2))


def cohort(pair: Pair, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Patient (N,), present (N,), and each model's score (N,)."""
    count = pair.patients
    ill = np.zeros(count, bool)
    while not LEAST <= ill.sum() < count - LEAST:
        ill = rng.random(count) < pair.positive / count
    sizes = 1 + rng.choice(8, count, p=FEW) if pair.several else np.ones(count, int)
    patient = np.repeat(np.arange(count), sizes)
    within = 0.5 if pair.several else 0.0

    def noise() -> np.ndarray:
        return np.asarray(
            np.sqrt(within) * rng.standard_normal(count)[patient]
            + np.sqrt(1 - within) * rng.standard_normal(len(patient))
        )

    shared, fate, scores = noise(), rng.random(count), []
    for area in pair.areas:
        chance, hit = shape(area, pair.missed)
        seen = (ill & (fate >= chance))[patient]
        scores.append(np.sqrt(pair.alike) * shared + np.sqrt(1 - pair.alike) * noise() + hit * seen)
    return patient, ill[patient].astype(float), scores


def simulate(chosen: list[Pair], count: int, metrics: Sequence[str] = METRICS) -> pd.DataFrame:
    """One row a cell, metric and `kind` (of the one model, or of the difference): `coverage` and mean `width`.

    `equal` says that the two do not differ, where 1 less coverage is the type I error of the test that belongs to it.
    """
    rows = []
    for place, pair in enumerate(chosen):
        rng, true = np.random.default_rng([1, place]), [truths(pair, model) for model in (0, 1)]
        held: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for _ in range(count):
            patient, present, scores = cohort(pair, rng)
            for metric in metrics:
                extra = {"threshold": THRESHOLD} if metric in of_family("call") else {}
                said = [probability(score) for score in scores] if metric == "brier" else scores
                ours, theirs = (closed[metric](present, score, patient, pair.patients, **extra) for score in said)
                low, high = ours.interval()
                held.setdefault((metric, "one model"), []).append((float(low), float(high)))
                held.setdefault((metric, "difference"), []).append(paired(ours, theirs, metric).interval())
            if "auroc" in metrics:
                tested = delong_test(present, *scores, patient=patient)
                held.setdefault(("auroc, DeLong's test", "difference"), []).append((tested.low, tested.high))
        for (metric, kind), ends in held.items():
            name = metric.partition(",")[0]
            truth = true[0][name] - (true[1][name] if kind == "difference" else 0.0)
            low, high = np.array(ends).T
            inside = (low <= truth + 1e-9) & (truth - 1e-9 <= high)
            equal = kind == "difference" and abs(truth) < 1e-12
            found = {"coverage": inside.mean(), "width": (high - low).mean(), "equal": equal}
            rows.append({**vars(pair), "metric": metric, "kind": kind, **found})
    return pd.DataFrame(rows)


def gaps(count: int) -> pd.DataFrame:
    """How often the largest gap between subgroups that do not differ seems to: by the number of groups.

    240 patients with 1 to 8 images, half of them with the finding, AUROC 0.8 in every group; `plain` does not know
    that the two groups were chosen.
    """
    rows, pair = [], Pair(240, 120, several=True, areas=(0.8, 0.8), alike=0.5, missed=False)
    for groups in (2, 4, 8):
        rng, outside = np.random.default_rng([2, groups]), np.zeros(2)
        for _ in range(count):
            patient, present, (score, _) = cohort(pair, rng)
            parts = [patient % groups == place for place in range(groups)]
            found = [closed["auroc"](present[part], score[part], patient[part], pair.patients) for part in parts]
            found.sort(key=lambda estimate: float(estimate.value))
            gap = paired(found[-1], found[0], "auroc")
            outside += [gap.interval(level)[0] > 0 for level in (0.95, level_of_pair(0.95, groups))]
        rows.append({"groups": groups, "plain": outside[0] / count, "Tukey": outside[1] / count})
    return pd.DataFrame(rows)


def table(found: pd.DataFrame) -> str:
    """Markdown: lowest, mean and highest coverage of each metric, and the highest type I error of its difference."""
    lines = [
        "| measure | of | cells | lowest | mean | highest | below 92 % | above 97 % | highest type I error | width |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for (kind, metric), rows in found.groupby(["kind", "metric"], sort=False):
        numbers = " | ".join(
            f"{100 * value:.1f} %" for value in (rows.coverage.min(), rows.coverage.mean(), rows.coverage.max())
        )
        error = f"{100 * (1 - rows.coverage[rows.equal].min()):.1f} %" if rows.equal.any() else ""
        out = f"{(rows.coverage < 0.92).sum()} | {(rows.coverage > 0.97).sum()}"
        name = str(metric).replace("_", " ")
        lines.append(f"| {name} | {kind} | {len(rows)} | {numbers} | {out} | {error} | {rows.width.mean():.2f} |")
    return "\n".join(lines)
