"""How near different images come to being taken for copies: images of one patient, and images of different patients.

python benchmarks/not_copies.py FOLDER_OF_NIH_IMAGES... [--others 20000] [--seed 0]

NIH's file names say whose an image is (`00000013_004.png` is the fifth of patient 13). Every pair of one patient is
compared on pixels, without the search that would spare most of them; so is a draw of pairs of different patients.
"""

import argparse
import itertools
from pathlib import Path

import numpy as np
import pandas as pd

from hilum.audit.likeness import LEVELS, Grid, likeness
from hilum.audit.look import Looks
from hilum.audit.thumbnail import at

STILL = np.zeros(4)


def compared(looks: Looks, pairs: list[tuple[int, int]]) -> pd.DataFrame:
    """For each pair its level's correlation as the images stand and as they fit best, and the verdict."""
    whole = {image: place for place, image in reversed(list(enumerate(looks.image.tolist())))}  # not the trimmed one
    rows = []
    for one, other in pairs:
        detail = int(looks.images.loc[[one, other], ["height", "width"]].min(axis=None))
        level = [level for level in LEVELS if level.side <= detail][-1]
        first, second = looks.thumbnails[whole[one]], looks.thumbnails[whole[other]]
        standing = Grid(level.side).correlation(at(first, level.side), at(second, level.side), STILL, level)
        verdict = likeness(first, second, detail)
        fitted = verdict.correlation if verdict.side == level.side else np.nan  # else given up at a coarser level
        rows.append((one, other, level.side, standing, fitted, verdict.moved, verdict.copies))
    return pd.DataFrame(rows, columns=["one", "other", "side", "standing", "fitted", "moved", "copies"])


def report(name: str, table: pd.DataFrame, looks: Looks) -> None:
    for side, rows in table.groupby("side"):
        different = rows[~rows.copies]
        standing = different.standing.quantile([0.5, 0.99, 1]).round(3).tolist()
        reached, most = different.fitted.notna().sum(), different.fitted.max()
        print(f"{name} | {side} px | {len(rows)} | {standing} | {reached} | {most:.3f} | {int(rows.copies.sum())}")
        for row in rows[rows.copies].itertuples():
            print("    taken for copies:", looks.images.path[row.one], looks.images.path[row.other])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--others", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    paths = sorted(path for folder in options.folders for path in folder.rglob("*.png"))
    looks = Looks.at(paths)
    patients = pd.Series([path.stem.split("_")[0] for path in paths])
    names = pd.Series([path.stem for path in paths])
    groups = patients.groupby(patients).indices.values()
    same = [pair for group in groups for pair in itertools.combinations(group.tolist(), 2)]
    same = [(one, other) for one, other in same if names[one] != names[other]]
    drawn = np.random.default_rng(options.seed).integers(0, len(paths), (options.others, 2)).tolist()
    others = [(one, other) for one, other in drawn if patients[one] != patients[other]]
    print("images of | compared at | pairs | as they stand, 50, 99, 100 % | moved to fit | at most | taken for copies")
    report("one patient", compared(looks, same), looks)
    report("two patients", compared(looks, others), looks)


if __name__ == "__main__":
    main()
