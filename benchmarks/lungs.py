"""Lungs and heart: how the model that ships was made, and the figures of benchmarks/results/lungs.md.

    python benchmarks/lungs.py train RUN RECIPE ROOT DATASET …   trains on DATASETs under ROOT, a fifth of the patients
                                                                 of each held out
    python benchmarks/lungs.py measure RUN ROOT DATASET          measures a Run on a dataset: on its held-out patients
                                                                 where it learned from others of them, else on all
    python benchmarks/lungs.py ship RUN                          its weights in half precision, to be copied into the package

ROOT holds a folder a dataset: montgomery, shenzhen, jsrt, wingspan.
"""

import sys
from pathlib import Path

from safetensors.torch import load_file, save_file

from hilum.datasets import datasets
from hilum.runs import load_recipe
from hilum.runs.run import LOG, PROVENANCE, WEIGHTS, Run, sha256
from hilum.schema import Cohort, Findings
from hilum.schema.files import write_json
from hilum.schema.join import join
from hilum.schema.split import hold_out
from hilum.training import train as fit
from hilum.training.checkpoint import LAST

HELD_OUT, SEED = 0.2, 0


def cohort_of(root: str, names: list[str], findings: Findings) -> Cohort:
    """The datasets joined, a fifth of the patients of each in `test`."""
    apart = [hold_out(datasets[name](Path(root) / name), fraction=HELD_OUT, seed=SEED, into="test") for name in names]
    masked = [one.where(one.images.image_id.isin(one.masks.image_id), "With a mask") for one in apart]
    return join(masked, findings=findings) if len(masked) > 1 else masked[0]


def train(out: str, recipe: str, root: str, *names: str) -> None:
    chosen = load_recipe(recipe)
    fit(chosen, cohort_of(root, list(names), Findings.of(chosen.findings)), out, resume=Path(out).exists())


def ship(out: str) -> None:
    run = Run.open(out)
    weights = run.folder / WEIGHTS
    save_file({name: tensor.half() for name, tensor in load_file(weights).items()}, weights)
    known = run.provenance["weights"] | {"sha256": sha256(weights), "stored": "half precision"}
    write_json(run.folder / PROVENANCE, run.provenance | {"weights": known})
    for name in (LAST, LOG):
        (run.folder / name).unlink(missing_ok=True)
    print(f"{run.folder}: {sum(path.stat().st_size for path in run.folder.iterdir()) / 1e6:.1f} MB")


if __name__ == "__main__":
    {"train": train, "ship": ship}[sys.argv[1]](*sys.argv[2:])
