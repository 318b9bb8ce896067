"""Seconds from an owner's tables to a checked Cohort.

    python benchmarks/tables.py --nih data/nih
    python benchmarks/tables.py --nih data/nih --files     also with the 224,316 image files of CheXpert there, empty

NIH's table is the real one (112,120 rows); CheXpert's (224,316 rows) is drawn here in the owner's layout.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from hilum.datasets import datasets
from hilum.schema import Cohort
from hilum.schema.findings import CHEXPERT14
from hilum.schema.split import hold_out

SIZES = {"train": 223_414, "valid": 234, "test": 668}
TABLES = {"train": "train.csv", "valid": "valid.csv", "test": "test_labels.csv"}
IMAGES_A_PATIENT = 3.5
REPEATS = 5


def chexpert_tables(root: Path, *, files: bool) -> None:
    generator = np.random.default_rng(0)
    first = 1
    for split, rows in SIZES.items():
        patients = max(1, round(rows / IMAGES_A_PATIENT))
        patient = np.sort(generator.integers(first, first + patients, rows))
        first += patients
        order = pd.Series(patient).groupby(patient).cumcount()
        lateral = generator.random(rows) < 0.145
        names = [
            f"{split}/patient{who:05d}/study{image // 2 + 1}/view{image % 2 + 1}_{view}.jpg"
            for who, image, view in zip(patient, order, np.where(lateral, "lateral", "frontal"), strict=True)
        ]
        table = pd.DataFrame({"Path": [f"CheXpert-v1.0-small/{name}" for name in names]})
        table["Sex"] = generator.choice(["Male", "Female"], rows)
        table["Age"] = generator.integers(18, 91, rows)
        table["Frontal/Lateral"] = np.where(lateral, "Lateral", "Frontal")
        table["AP/PA"] = np.where(lateral, None, generator.choice(["AP", "PA"], rows, p=[0.85, 0.15]))
        for finding in CHEXPERT14:
            table[finding] = generator.choice([1.0, 0.0, -1.0, np.nan], rows, p=[0.2, 0.1, 0.05, 0.65])
        table.to_csv(root / TABLES[split], index=False)
        if files:
            for name in names:
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()


def timed(what: str, read: Callable[[], Cohort]) -> Cohort:
    wall, processor = [], []
    for _ in range(REPEATS):
        start = time.perf_counter(), time.process_time()
        cohort = read()
        wall.append(time.perf_counter() - start[0])
        processor.append(time.process_time() - start[1])
    there = int(cohort.images.path.notna().sum())
    print(
        f"{what}: median {statistics.median(wall):.2f} s, best {min(wall):.2f} s of {REPEATS} "
        f"(processor {statistics.median(processor):.2f} s); "
        f"{len(cohort):,} rows, {cohort.patients:,} patients, {there:,} files there"
    )
    return cohort


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nih", type=Path, help="the NIH ChestX-ray14 folder")
    parser.add_argument("--files", action="store_true", help="make CheXpert's image files too, empty")
    arguments = parser.parse_args()
    if arguments.nih:
        cohort = timed("nih14 to Cohort", lambda: datasets["nih14"](arguments.nih))
        timed("nih14 hold_out", lambda: hold_out(cohort, fraction=0.1, seed=0))
        timed("nih14 one split", lambda: cohort.split("test"))
    with tempfile.TemporaryDirectory() as folder:
        chexpert_tables(Path(folder), files=arguments.files)
        timed("chexpert to Cohort", lambda: datasets["chexpert"](folder))


if __name__ == "__main__":
    main()
