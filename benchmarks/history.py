"""What a patient's history adds, measured on all 112,120 rows of NIH ChestX-ray14.

    python benchmarks/history.py owner   ROOT     the owner's split: demographics, counts, all of it
    python benchmarks/history.py report1 ROOT     five 70/30 splits by patient, as Herlihy, Hilton & Mukadam 2018
    python benchmarks/history.py fusion  ROOT     with a published DenseNet-121's probabilities of 22,433 images
    python benchmarks/history.py bound   ROOT     the same without the previous image, and without the same year
    python benchmarks/history.py joint   ROOT     image and history in one network, on the images at hand

ROOT is NIH's folder; `fusion` and `bound` want `densenet121_test_predictions.csv` in it. Each prints a Markdown page;
`--out benchmarks/results` also writes it there.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from hilum.datasets import datasets
from hilum.device import Device
from hilum.evaluation import Comparison, compare, evaluate, fuse
from hilum.features import errors_before
from hilum.inference import Predictor
from hilum.runs import load_recipe
from hilum.runs.provenance import commit
from hilum.schema import Cohort, Predictions
from hilum.schema.findings import NIH14, display
from hilum.schema.split import hold_out
from hilum.training import train

MODELS = {"mlp": "perceptron", "gru": "recurrent unit"}
BOTH = "mean of both"
WITH_ERRORS = "stack with earlier errors"
LIMITS: dict[str, dict[str, bool] | None] = {
    "all earlier images": {},
    "previous image left out": {"skip_previous": True},
    "only at a younger age": {"strictly_younger": True},
    "no image: age, sex, view": None,
}
PUBLISHED = {  # Herlihy, Hilton & Mukadam 2018, table 1: mean, then the findings in NIH's order
    "FFN-CumulativeSumMultiplier (published)": [
        *(0.4980, 0.5004, 0.5390, 0.4932, 0.4766, 0.4334, 0.4879, 0.5048),
        *(0.5757, 0.4982, 0.4962, 0.5083, 0.4872, 0.4858, 0.4862),
    ],
    "FFN-CumulativeSumNoMultiplier (published)": [
        *(0.5037, 0.5000, 0.5510, 0.5014, 0.4998, 0.5000, 0.4786, 0.4999),
        *(0.5189, 0.5003, 0.5000, 0.5015, 0.4999, 0.5000, 0.5000),
    ],
}
OWNER = """
Mean AUROC over 14 findings on the owner's test list ({images:,} images of {patients:,} patients), with the 95 %
interval of 1,000 bootstrap replicates over patients. Validation patients, 10 % of the training list, chose the epoch.
"""
REPORT1 = """
AUROC, mean of five 70/30 splits drawn by patient (± standard deviation over the five). The published rows are of five
random 70/30 splits with visits in order of age. *Same features*: age in buckets, sex, cumulative counts, one hidden
layer of 128 nodes; a multiplier on positive labels changes nothing once columns are standardized.
"""
FUSION = """
{images:,} images of {patients:,} patients: the test set of a published DenseNet-121 (jrzech/reproduce-chexnet), which
is not the owner's. History was learned on the images of all other patients. *Log-odds* uses no label of these patients
but those of each image's own past. Both stacks learn how far to trust each side from these images' labels, each image
from other patients' images only (five parts). *Earlier errors* are what the CNN said of the patient's earlier images
and how far that was from their reports.
"""
JOINT = """
The {images:,} images at hand ({learning:,} to learn from and validate on, {test:,} of {patients:,} patients to test),
by nih14-small, nih14-history-mlp and nih14-history-joint: mean AUROC over the findings that the test images have, with
the 95 % interval over patients. *Of the whole table*: learned on all 86,524 images of the training list; no image is
needed.
"""


# --- learning --------------------------------------------------------------------------------------------------------


def learned(recipe: str, cohort: Cohort, *settings: str) -> tuple[Predictions, str]:
    """Probabilities for the test split by what was learned on the others, and how long learning took."""
    with tempfile.TemporaryDirectory() as folder:
        wall, processor = time.perf_counter(), time.process_time()
        run = train(load_recipe(recipe, settings), cohort, Path(folder) / "run", device="cpu")
        spent = f"{time.perf_counter() - wall:.0f} s, {time.process_time() - processor:.0f} s of one core"
        return Predictor.open(run, device="cpu").predict(cohort.split("test"), batch_size=1024), spent


def limited(limit: Mapping[str, bool], *sets: str) -> list[str]:
    return [f"features.{name}.{key}={str(value).lower()}" for name in sets for key, value in limit.items()]


def history_of(cohort: Cohort, limit: Mapping[str, bool] | None) -> dict[str, tuple[Predictions, str]]:
    """Perceptron, recurrent unit, and the mean of both; without history the perceptron alone."""
    if limit is None:
        return {MODELS["mlp"]: learned("nih14-history-mlp", cohort, "features={demographics: {}}")}
    past = {
        MODELS["mlp"]: learned("nih14-history-mlp", cohort, *limited(limit, "history")),
        MODELS["gru"]: learned("nih14-history-gru", cohort, *limited(limit, "history", "visits")),
    }
    both = fuse([one for one, _ in past.values()], method="mean")
    return {**past, BOTH: (both, "")}


# --- tables ----------------------------------------------------------------------------------------------------------


def macro(predictions: Predictions, cohort: Cohort) -> str:
    rows = evaluate(predictions, cohort, metrics=["auroc"], curves=False).rows
    row = rows[rows.finding == "macro"].iloc[0]
    return f"{row.value:.4f} ({row.low:.4f} to {row.high:.4f})"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def per_finding(comparison: Comparison) -> str:
    """AUROCs of all models beside each other, and the gain of the last over the first with its paired interval."""
    compared = comparison.table
    models = list(dict.fromkeys(compared.model))
    rows = []
    for finding in (*NIH14, "macro"):
        found = compared[compared.finding == finding].set_index("model")
        last, name = found.loc[models[-1]], "**Mean**" if finding == "macro" else display(finding)
        rows.append([name, *(f"{found.value[one]:.4f}" for one in models), gain(last), f"{last.p_corrected:.3f}"])
    return table(["", *models, "gain (95 % interval)", "p"], rows)


def gain(row: pd.Series) -> str:
    return f"{row.difference:+.4f} ({row.difference_low:+.4f} to {row.difference_high:+.4f})"


def paragraphs(*parts: str) -> str:
    return "\n\n".join(part.strip() for part in parts)


# --- experiments -----------------------------------------------------------------------------------------------------


def owner(cohort: Cohort) -> str:
    parts = {
        "age, sex, view": ("mlp", "demographics: {}"),
        "cumulative counts": ("mlp", "history: {vectors: [count]}"),
        "age, sex, view, counts": ("mlp", "demographics: {}, history: {vectors: [count]}"),
        "age, sex, view, last 16 visits": ("gru", "demographics: {}, visits: {last: 16}"),
    }
    rows = []
    for name, (model, sets) in parts.items():
        predictions, spent = learned(f"nih14-history-{model}", cohort, f"features={{{sets}}}")
        rows.append([name, MODELS[model], macro(predictions, cohort), spent])
    past = history_of(cohort, {})
    rows += [["all features", name, macro(predictions, cohort), spent] for name, (predictions, spent) in past.items()]
    singles = compare({name: one for name, (one, _) in past.items()}, cohort, metrics=["auroc"])
    test = cohort.split("test")
    return paragraphs(
        OWNER.format(images=len(test), patients=test.patients),
        table(["learned from", "by", "mean AUROC", "learning took"], rows),
        "All features, by finding. The gain is that of the mean over the perceptron, paired; p after Holm.",
        per_finding(singles),
    )


def report1(cohort: Cohort) -> str:
    found: dict[str, list[list[float]]] = {"same features": [], "all features": []}
    everyone = replace(cohort, images=cohort.images.assign(split="train"))
    for seed in range(5):
        split = hold_out(everyone, fraction=0.3, seed=seed, into="test")
        for name, recipe in zip(found, ("nih14-history-report1", "nih14-history-mlp"), strict=True):
            rows = evaluate(learned(recipe, split)[0], split, metrics=["auroc"], curves=False, replicates=1).rows
            found[name].append([rows.value[rows.finding == one].iloc[0] for one in ("macro", *NIH14)])
    rows = [[name, *(f"{one:.4f}" for one in each)] for name, each in PUBLISHED.items()]
    for name, values in found.items():
        mean, spread = np.mean(values, axis=0), np.std(values, axis=0, ddof=1)
        rows.append([f"ours, {name}", f"{mean[0]:.4f} ± {spread[0]:.4f}", *(f"{one:.4f}" for one in mean[1:])])
    return paragraphs(REPORT1, table(["", "Mean", *map(display, NIH14)], rows))


def with_cnn(cohort: Cohort) -> tuple[Cohort, Predictions]:
    """The cohort with the CNN's images as test split, all other patients to learn from."""
    cnn = Predictions.load(Path(str(cohort.root)) / "densenet121_test_predictions.csv", prefix="prob_")
    mine = cohort.images.image_id.isin(cnn.table.image_id)
    theirs = cohort.images.patient_id.isin(cohort.images.patient_id[mine])
    images = cohort.images.assign(split=np.where(mine, "test", np.where(theirs, None, "train")))
    return replace(cohort, images=images), cnn


def fused(
    cohort: Cohort, cnn: Predictions, limit: Mapping[str, bool] | None, past: Predictions
) -> dict[str, Predictions]:
    models = {
        "CNN": cnn,
        "history": past,
        "log-odds": fuse([cnn, past]),
        "stack": fuse([cnn, past], method="stack", cohort=cohort),
    }
    if limit is None:
        return models
    errors = errors_before(cohort, cnn, **limit)
    return {**models, WITH_ERRORS: fuse([cnn, past], method="stack", cohort=cohort, features=errors)}


def fusion(cohort: Cohort) -> str:
    cohort, cnn = with_cnn(cohort)
    test, past = cohort.split("test"), history_of(cohort, {})
    rows = [[name, macro(one, cohort), spent] for name, (one, spent) in past.items()]
    both = past[BOTH][0]
    models = fused(cohort, cnn, {}, both)
    errors = errors_before(cohort, cnn)
    stacks = {
        f"{precision:g}": fuse([cnn, both], method="stack", cohort=cohort, features=errors, precision=precision)
        for precision in (1, 4, 10, 30, 100)
    }
    return paragraphs(
        FUSION.format(images=len(test), patients=test.patients),
        table(["history alone", "mean AUROC", "learning took"], rows),
        "AUROC by finding. The gain is that of the last over the CNN, paired; p after Holm (0.028 is the smallest that "
        "1,000 replicates can give).",
        per_finding(compare(models, cohort, metrics=["auroc"])),
        "Log-odds against the CNN:",
        per_finding(compare({"CNN": cnn, "log-odds": models["log-odds"]}, cohort, metrics=["auroc"])),
        "How much the precision of the stack's prior matters (with earlier errors; 10 is the default):",
        table(["precision", *stacks], [["mean AUROC", *(macro(one, cohort) for one in stacks.values())]]),
    )


def bound(cohort: Cohort) -> str:
    singles, joins = (*MODELS.values(), BOTH), ("log-odds", "stack", WITH_ERRORS)
    alone, joined, gains = [], [], []
    divided, cnn = with_cnn(cohort)
    for name, limit in LIMITS.items():
        past = history_of(cohort, limit)
        alone.append([name, *(macro(past[one][0], cohort) if one in past else "" for one in singles)])
        *_, (best, _) = history_of(divided, limit).values()
        compared = compare(fused(divided, cnn, limit, best), divided, metrics=["auroc"]).table
        mean = compared[compared.finding == "macro"].set_index("model")
        row = [f"{mean.value[one]:.4f}" if one in mean.index else "" for one in ("CNN", "history", *joins)]
        joined.append([name, *row])
        gains.append([name, *(gain(mean.loc[one]) if one in mean.index else "" for one in joins)])
    return paragraphs(
        "History alone, owner's split: mean AUROC with the 95 % interval over patients.",
        table(["history sees", *singles], alone),
        "With the CNN, on its 22,433 images: mean AUROC (history: mean of both).",
        table(["history sees", "CNN", "history", *joins], joined),
        "Gain over the CNN, paired, with its 95 % interval.",
        table(["history sees", *joins], gains),
    )


def joint(cohort: Cohort) -> str:
    images = cohort.with_files()
    test = images.split("test")
    small = ["training.batch_size=32", "training.optimizer={name: adamw, weight_decay: 0.05}"]
    found = {
        "image": learned("nih14-small", images),
        "history": learned("nih14-history-mlp", images, *small),
        "image and history in one network": learned("nih14-history-joint", images),
        "history, of the whole table": learned("nih14-history-mlp", cohort),
    }
    late = fuse([found["image"][0], found["history, of the whole table"][0]])
    found["image and the whole table's history, log-odds"] = late, ""
    rows = [[name, macro(one, test), spent] for name, (one, spent) in found.items()]
    return paragraphs(
        JOINT.format(images=len(images), learning=len(images) - len(test), test=len(test), patients=test.patients),
        table(["learned from", "mean AUROC", "learning took"], rows),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    experiments = {one.__name__: one for one in (owner, report1, fusion, bound, joint)}
    parser.add_argument("experiment", choices=experiments)
    parser.add_argument("root", type=Path)
    parser.add_argument("--out", type=Path, help="folder for history-<experiment>.md")
    given = parser.parse_args()
    began = time.perf_counter()
    page = experiments[given.experiment](datasets["nih14"](given.root))
    machine = (
        f"{Device.choose('cpu').facts()['name']}, {os.cpu_count()} cores, "
        f"{torch.get_num_threads()} threads; torch {torch.__version__}, commit {commit()}; "
        f"{time.perf_counter() - began:.0f} s for the whole page."
    )
    command = f"`python benchmarks/history.py {given.experiment} ROOT`"
    text = paragraphs(f"# History: {given.experiment}", command, page, machine) + "\n"
    print(text)
    if given.out:
        (given.out / f"history-{given.experiment}.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
