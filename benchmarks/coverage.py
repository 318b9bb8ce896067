"""How often 95 % intervals hold the truth where patients have several images: the choice of the default.

    python benchmarks/coverage.py                     the tables of docs/explanation/intervals.md, seeded
    python benchmarks/coverage.py --cohorts 100       a quick look
    python benchmarks/coverage.py --only pairs        one part of it, with the same numbers

Cohorts are drawn whose true AUROC over images is known in closed form; each cell has its own stream of chance.
`coverage_pairs.py` draws those with two models, for rates, average precision and differences, `coverage_drawn.py`
measures on them what has no closed form.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import coverage_drawn
import coverage_pairs
import numpy as np
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import norm

from hilum.evaluation.bootstrap import Draws, draw
from hilum.evaluation.export import markdown
from hilum.evaluation.intervals.shares import both_classes, share

FEW = np.array([0.40, 0.20, 0.12, 0.08, 0.07, 0.05, 0.04, 0.04])  # of 1 to 8 images a patient; mean 2.7
AREAS = (0.6, 0.75, 0.85, 0.95, 0.99)
POSITIVE = (5, 10, 15, 20, 40)
BLOCK = 25  # cohorts that share the patients' numbers of images
REPLICATES = 500
Z = norm.ppf(0.975)
Ends = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Cell:
    """One kind of cohort.

    Args:
        patients: how many.
        positive: patients with a positive image, exactly so many.
        sizes: images a patient: `one`, `few` (1 to 8), `skewed` (1 to 40, log-normal, as in ChestX-ray14).
        area: true AUROC over images.
        alike: correlation of one patient's scores, given the label.
        varying: of a positive patient the first image is positive, each other one with chance 0.5; else all are.
        missed: most of the loss comes from positive patients who score wholly like negatives; else binormal.
    """

    patients: int
    positive: int
    sizes: str
    area: float
    alike: float
    varying: bool
    missed: bool


def cells(patients: tuple[int, ...], sizes: tuple[str, ...] = ("few", "skewed")) -> Iterator[Cell]:
    """Every combination; patients with one image each once."""
    for count, positive, area, missed in product(patients, POSITIVE, AREAS, (False, True)):
        if positive < count:
            yield Cell(count, positive, "one", area, 0.0, False, missed)
            for kind, alike, varying in product(sizes, (0.2, 0.8), (False, True)):
                yield Cell(count, positive, kind, area, alike, varying, missed)


def cohorts(cell: Cell, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Patient (N,), present (B, N), score (B, N)."""
    sizes = {
        "one": np.ones(cell.patients, int),
        "few": 1 + rng.choice(8, cell.patients, p=FEW),
        "skewed": np.minimum(np.ceil(rng.lognormal(0.3, 1.1, cell.patients)), 40).astype(int),
    }[cell.sizes]
    patient = np.repeat(np.arange(cell.patients), sizes)
    first = np.r_[True, patient[1:] != patient[:-1]]
    ill = np.argsort(rng.random((BLOCK, cell.patients)), axis=1) < cell.positive
    present = ill[:, patient]
    if cell.varying:
        present = present & (first | (rng.random(present.shape) < 0.5))
    noise = np.sqrt(cell.alike) * rng.standard_normal(ill.shape)[:, patient]
    noise += np.sqrt(1 - cell.alike) * rng.standard_normal(present.shape)
    if not cell.missed:
        return patient, present, noise + norm.ppf(cell.area) * np.sqrt(2) * present
    chance = min(0.3, 1.6 * (1 - cell.area))
    hit = norm.ppf((cell.area - chance / 2) / (1 - chance)) * np.sqrt(2)
    like_negative = (rng.random(ill.shape) < chance)[:, patient]
    return patient, present, noise + hit * (present & ~like_negative)


def placements(present: np.ndarray, score: np.ndarray) -> np.ndarray:
    """(B, N) of a positive the share of negatives below, of a negative that of positives above; there are no ties."""
    order = np.argsort(score, axis=1)
    ranked = np.take_along_axis(present, order, 1)
    m = present.sum(axis=1, keepdims=True)
    above, below = m - np.cumsum(ranked, axis=1), np.cumsum(~ranked, axis=1)
    placed = np.empty(score.shape)
    np.put_along_axis(placed, order, np.where(ranked, below / (present.shape[1] - m), above / m), 1)
    return placed


def closed_forms(patient: np.ndarray, present: np.ndarray, score: np.ndarray) -> dict[str, Ends]:
    """Hilum's own, and DeLong's by patient on the plain and on the logit scale."""
    start = np.flatnonzero(np.r_[True, patient[1:] != patient[:-1]])
    placed = placements(present, score)
    sums = [np.add.reduceat(placed * rows, start, axis=1) for rows in (present, ~present)]
    sizes = [np.add.reduceat(rows * 1.0, start, axis=1) for rows in (present, ~present)]
    chosen = both_classes(*(share(total, size) for total, size in zip(sums, sizes, strict=True)))
    area, count = sums[0].sum(axis=1) / sizes[0].sum(axis=1), len(start)
    pull = sum((x - m * area[:, None]) / m.sum(axis=1, keepdims=True) for x, m in zip(sums, sizes, strict=True))
    error = np.sqrt(count / (count - 1) * (pull**2).sum(axis=1))
    with np.errstate(all="ignore"):
        reach = Z * error / (area * (1 - area))
        low, high = expit(logit(area) - reach), expit(logit(area) + reach)
    edge = (area == 1) | (error == 0)
    return {
        "wilson (the default)": chosen.interval(),
        "DeLong by patient": (area - Z * error, area + Z * error),
        "DeLong by patient, logit scale": (np.where(edge, area, low), np.where(edge, area, high)),
    }


def bootstraps(patient: np.ndarray, present: np.ndarray, score: np.ndarray, seed: int) -> dict[str, Ends]:
    """Percentile and BCa intervals, from `hilum.evaluation.bootstrap`."""
    ends: dict[str, list[tuple[float, float]]] = {"percentile bootstrap": [], "BCa bootstrap": []}
    for labels, scores in zip(present, score, strict=True):
        draws = draw(patient, replicates=REPLICATES, seed=seed, method="bca")
        order = np.argsort(scores)
        weight = draws.weights[patient[order]].astype(float)
        up, down = weight * labels[order, None], weight * ~labels[order, None]
        with np.errstate(all="ignore"):
            values = (up * np.cumsum(down, axis=0)).sum(axis=0) / (up.sum(axis=0) * down.sum(axis=0))
        plain = Draws(draws.weights[:, : 1 + REPLICATES], draws.patient, REPLICATES, seed)
        ends["percentile bootstrap"].append(plain.interval(values[: 1 + REPLICATES]))
        ends["BCa bootstrap"].append(draws.interval(values))
    return {name: (np.array(pairs)[:, 0], np.array(pairs)[:, 1]) for name, pairs in ends.items()}


def simulate(chosen: list[Cell], count: int, *, resample: bool = False) -> pd.DataFrame:
    """One row a cell and method: `coverage`, and how often the interval lies wholly `above` or `below` the truth."""
    rows = []
    for place, cell in enumerate(chosen):
        rng, found = np.random.default_rng([0, place]), []
        for _ in range(max(1, count // BLOCK)):
            drawn = cohorts(cell, rng)
            found.append(closed_forms(*drawn) | (bootstraps(*drawn, seed=place) if resample else {}))
        for method in found[0]:
            low, high = (np.concatenate([one[method][end] for one in found]) for end in (0, 1))
            above, below = (low > cell.area).mean(), (high < cell.area).mean()
            width = (high - low).mean()
            rows.append({**vars(cell), "method": method, "coverage": 1 - above - below, "above": above,
                         "below": below, "width": width})  # fmt: skip
    return pd.DataFrame(rows)


def table(found: pd.DataFrame, by: str) -> str:
    """Markdown: the lowest and the mean coverage and the mean width of each method."""
    lines = [
        f"| {by.replace('_', ' ')} | cells | lowest | mean | above | below | width |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, rows in found.groupby(by, sort=False):
        numbers = (rows.coverage.min(), rows.coverage.mean(), rows.above.mean(), rows.below.mean())
        shown = " | ".join(f"{100 * number:.1f} %" for number in numbers)
        lines.append(f"| {name} | {len(rows)} | {shown} | {rows.width.mean():.2f} |")
    return "\n".join(lines)


def areas(count: int) -> None:
    """The AUROC of one model."""
    found = simulate(list(cells((40, 60, 120, 300))), count)
    many = found[found.positive >= 15]
    print(f"## 15 or more positive patients, {count:,} cohorts a cell\n\n{table(many, 'method')}\n")
    own = found[found.method.str.startswith("wilson")]
    print(f"## The default by positive patients\n\n{table(own, 'positive')}\n")
    print(f"## The default by true AUROC, 15 or more\n\n{table(own[own.positive >= 15], 'area')}\n")


def resampled(count: int) -> None:
    """The same beside bootstraps, which are slow."""
    few = [cell for cell in cells((60,), ("few",)) if cell.positive in (15, 40) and cell.varying]
    both = simulate(few, count // 10, resample=True)
    print(f"## With bootstraps, 60 patients, {count // 10:,} cohorts a cell\n\n{table(both, 'method')}\n")


def two_models(count: int) -> None:
    """Rates, average precision, AUROC and their differences."""
    measures = coverage_pairs.simulate(coverage_pairs.pairs(), count // 2)
    print(f"## Rates, average precision, differences, {count // 2:,} cohorts a cell\n")
    print(f"{coverage_pairs.table(measures)}\n")


def drawn(count: int) -> None:
    """What has no closed form."""
    found = coverage_drawn.simulate(coverage_drawn.drawn_pairs(), count // 20)
    print(f"## MCC, kappa, readers, {count // 20:,} cohorts a cell\n\n{coverage_pairs.table(found)}\n")


def subgroups(count: int) -> None:
    """The largest gap between groups that are equal."""
    found = coverage_pairs.gaps(count // 2).map(lambda value: value if value > 1 else f"{100 * value:.1f} %")
    print(f"## The largest gap between equal subgroups, {count // 2:,} cohorts\n\n{markdown(found)}")


PARTS = {"areas": areas, "bootstraps": resampled, "pairs": two_models, "drawn": drawn, "gaps": subgroups}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cohorts", type=int, default=2000, help="drawn for each cell")
    parser.add_argument("--only", choices=PARTS, help="one part: it prints the same as among the others")
    given = parser.parse_args()
    for name, part in PARTS.items():
        if given.only in (None, name):
            part(given.cohorts)


if __name__ == "__main__":
    main()
