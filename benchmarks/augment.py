"""How many images a second each transform takes on one core, and a recipe's augmentation as a whole.

    python benchmarks/augment.py [RECIPE …] [--size 224] [--batch 32] [--seconds 1]

Every transform is measured with its usual settings on all images (`chance` 1) of a batch of uneven gray, CutMix and
MixUp with 14 labels; then each recipe's steps together, with the chances that it gives them. Seconds are those of the
processor, so that what else the machine does is not counted.
"""

import argparse
import time

import cv2
import torch

from hilum.data import Augment, Batch
from hilum.data.registries import transforms
from hilum.registry import settings_of
from hilum.runs import load_recipe

NEEDED = {"random": {"of": {"affine": {}, "gamma": {}, "blur": {"chance": 1.0}, "clahe": {"chance": 1.0}}}}
FINDINGS = 14


def rate(augment: Augment, batch: Batch, seconds: float) -> float:
    """Images a second; the first batch is not counted."""
    generator = torch.Generator().manual_seed(0)
    augment(batch, generator)
    count, started = 0, time.process_time()
    while time.process_time() - started < seconds:
        count += len(augment(batch, generator))
    return count / (time.process_time() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="*", default=["nih14-densenet121"])
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=1.0)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    pixels = torch.rand(asked.batch, 1, asked.size, asked.size, generator=torch.Generator().manual_seed(1))
    labels = torch.zeros(asked.batch, FINDINGS)
    batch = Batch(
        tuple(map(str, range(asked.batch))), {"image": pixels}, {"labels": labels, "weights": torch.ones_like(labels)}
    )
    print(f"images/s on one core, {asked.size} px, batches of {asked.batch}")
    for name in transforms:
        always = {"chance": 1.0} if "chance" in settings_of(transforms[name]).model_fields else {}
        chosen = Augment({name: {**NEEDED.get(name, {}), **always}})
        print(f"{name:20s} {rate(chosen, batch, asked.seconds):10,.0f}")
    for name in asked.recipes:
        print(f"{name}: {rate(Augment(load_recipe(name).augment), batch, asked.seconds):,.0f}")


if __name__ == "__main__":
    main()
