"""A linear probe on NIH ChestX-ray14: seconds from a finished store to a Run, and how well it ranks the test images.

    python benchmarks/linear_probe.py ROOT [--recipe nih14-linear-probe] [--set model.head=nearest_neighbors]

ROOT is NIH's folder. The store is built first and not counted: any training would need it. What is timed is
`hilum train` from there on, then `hilum predict` on the test images: seconds on the clock and, for a machine that does
other things too, seconds of its cores (with OMP_NUM_THREADS=1, since threads that wait for each other count).
"""

import argparse
import tempfile
import time
from pathlib import Path

import torch

from hilum.datasets import datasets
from hilum.device import Device
from hilum.evaluation import evaluate
from hilum.images import build_store
from hilum.inference import Predictor
from hilum.runs import load_recipe
from hilum.training import train


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("--recipe", default="nih14-linear-probe")
    parser.add_argument("--set", action="append", default=[], dest="overrides")
    parser.add_argument(
        "--stores", type=Path, help="where the store is found or built; a temporary folder when left out"
    )
    asked = parser.parse_args()
    recipe = load_recipe(asked.recipe, asked.overrides)
    cohort = datasets["nih14"](asked.root).with_files()
    facts = Device.choose("auto", recipe.training.precision).facts()
    print(f"{facts['name']}, {facts['precision']}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    with tempfile.TemporaryDirectory() as temporary:
        stores = asked.stores or Path(temporary) / "stores"
        build_store(cohort.images, recipe.preprocess, stores, name=cohort.name)
        began, busy = time.perf_counter(), time.process_time()
        run = train(recipe, cohort, Path(temporary) / "run", stores=stores)
        learned, fitted = time.perf_counter(), time.process_time()
        test = cohort.split("test")
        predictions = Predictor.open(run).predict(test, stores=stores)
        done = time.perf_counter()
        measured = evaluate(predictions, test, metrics=["auroc"])
    counts = run.provenance["cohort"]
    print(
        f"{recipe.name}: {counts['train']:,} images to fit, {counts['val']:,} to validate: "
        f"{learned - began:.1f} s, {fitted - busy:.1f} s of the cores"
    )
    print(f"{len(predictions):,} test images predicted in fp32: {done - learned:.1f} s")
    print("\n".join(run.provenance["model"]["notes"]))
    columns = ["finding", "value", "low", "high", "present", "absent"]
    print(measured.rows[columns].round(3).to_string(index=False))


if __name__ == "__main__":
    main()
