"""Detectors on the RSNA pneumonia images that are at hand: trained, then asked about test images.

    python benchmarks/detection.py train rsna-fasterrcnn-small data/rsna OUT [--set key=value]

The images are split once in three by patient, stratified, and each Run in OUT keeps that split: a quarter of all for
testing and a fifth of the rest for validation, both with seed 0.
"""

import argparse
import resource
import time
from pathlib import Path

from hilum.datasets import datasets
from hilum.runs import load_recipe
from hilum.schema import Cohort
from hilum.schema.files import write_json
from hilum.schema.split import hold_out
from hilum.training import train

TEST, VAL, SEED = 0.25, 0.2, 0


def split_in_three(root: Path) -> Cohort:
    """The images whose files are there, in train, val and test."""
    cohort = datasets["rsna_pneumonia"](root).with_files()
    cohort = hold_out(cohort, fraction=TEST, seed=SEED, into="test")
    return hold_out(cohort, fraction=VAL, seed=SEED, into="val")


def trained(recipe: str, root: Path, out: Path, name: str, settings: list[str]) -> None:
    """Train one, and write down how long it took and how much memory."""
    began, cpu = time.monotonic(), time.process_time()
    train(load_recipe(recipe, settings), split_in_three(root), out / name, stores=out / "stores", device="cpu")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    facts = {"minutes": (time.monotonic() - began) / 60, "cpu_minutes": (time.process_time() - cpu) / 60}
    write_json(out / f"{name}.json", facts | {"memory_mb": memory, "recipe": recipe, "settings": settings})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["train"])
    parser.add_argument("recipe")
    parser.add_argument("root", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--name", default="")
    parser.add_argument("--set", action="append", default=[], dest="settings")
    given = parser.parse_args()
    trained(given.recipe, given.root, given.out, given.name or given.recipe, given.settings)
