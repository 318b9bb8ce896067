"""Lungs and heart: how the model that ships was made, and the figures of benchmarks/results/lungs.md.

    python benchmarks/lungs.py train RUN RECIPE ROOT DATASET …   trains on DATASETs under ROOT, a fifth of the patients
                                                                 of each held out; key=value sets what differs
    python benchmarks/lungs.py measure RUN ROOT DATASET          measures a Run on a dataset: on its held-out patients
                                                                 where it learned from others of them, else on all
    python benchmarks/lungs.py ship RUN                          its weights in half precision, for the package

ROOT holds a folder a dataset: montgomery, shenzhen, jsrt, wingspan.
"""

import sys
from pathlib import Path

from safetensors.torch import load_file, save_file

from hilum.datasets import datasets
from hilum.evaluation.evaluate_masks import RATIO
from hilum.evaluation.export import markdown
from hilum.reports.masks_evaluation import structures
from hilum.reports.masks_evaluation import texts as masks_table
from hilum.runs import load_recipe
from hilum.runs.run import LOG, PROVENANCE, WEIGHTS, Run, sha256
from hilum.schema import Cohort, Findings
from hilum.schema.files import write_json
from hilum.schema.join import join
from hilum.schema.split import hold_out
from hilum.training import train as fit
from hilum.training.checkpoint import LAST
from hilum.workflows import predict
from hilum.workflows.evaluate_masks import evaluate

HELD_OUT, SEED = 0.2, 0


def cohort_of(root: str, names: list[str], findings: Findings) -> Cohort:
    """The datasets joined, a fifth of the patients of each in `test`."""
    apart = [hold_out(datasets[name](Path(root) / name), fraction=HELD_OUT, seed=SEED, into="test") for name in names]
    masked = [one.where(one.images.image_id.isin(one.masks.image_id), "With a mask") for one in apart]
    return join(masked, findings=findings) if len(masked) > 1 else masked[0]


def train(out: str, recipe: str, root: str, *words: str) -> None:
    names, settings = ([word for word in words if ("=" in word) is given] for given in (False, True))
    chosen = load_recipe(recipe, settings)
    fit(chosen, cohort_of(root, names, Findings.of(chosen.findings)), out, resume=Path(out).exists())


def measure(run: str, root: str, name: str) -> None:
    """On the held-out patients of a dataset that the Run learned from; on all images of one that it never saw."""
    opened = Run.open(run)
    seen = opened.split.index.str.startswith(f"{name}:").any() or not opened.split.index.str.contains(":").any()
    cohort = cohort_of(root, [name], opened.findings)
    cohort = cohort.split("test") if seen else cohort
    predictions = predict(opened, cohort)
    found = evaluate(predictions, cohort, Path(run) / f"on-{name}")
    print(f"{name}, {'held-out patients' if seen else 'never seen'}: {len(cohort)} images\n")
    print(markdown(masks_table(structures(found))))
    for row in found.rows[found.rows.finding == RATIO].itertuples():
        interval = f"{row.value:.4f} ({row.low:.4f} to {row.high:.4f})"
        print(f"cardiothoracic ratio, {row.metric}: {interval}, {row.present} images")


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
    {"train": train, "measure": measure, "ship": ship}[sys.argv[1]](*sys.argv[2:])
