"""What helps when a thousand images teach: one change at a time, three seeds each, differences on the same patients.

    python benchmarks/ablation.py ROOT RUNS

ROOT is NIH ChestX-ray14's folder, whole or a part; RUNS is where the Runs go, and a command that was cut off goes on
there. The base is EfficientNet-Lite0 from ImageNet whose late blocks learn. A setting's figure is the mean AUROC over
findings on the owner's test images, averaged over the seeds; its difference from the base is paired by patient and by
seed. A change is told apart from none when the interval leaves out 0 and all seeds point the same way; what the
seeds say together is compared with what they say one by one on average.
"""

import sys
from pathlib import Path

import numpy as np

from hilum.datasets import datasets
from hilum.evaluation.bootstrap import draw
from hilum.evaluation.metrics import metrics
from hilum.inference import Predictor
from hilum.runs import Recipe, Run, load_recipe
from hilum.schema import Cohort, LabelPredictions, as_labels
from hilum.training import train

SEEDS, REPLICATES = 3, 1000
JOINED = "three seeds joined"
BASE = Path(__file__).with_name("ablation.yaml")
CHANGES: dict[str, list[str]] = {
    "base": [],
    "center crop to 75 %": ["preprocess.center_crop=0.75"],
    "histogram equalization": ["preprocess.equalize=histogram"],
    "loss weighted by positives": ["task.loss={name: positive_weighted}"],
    "rare findings drawn more often": ["training.sampler={name: inverse_frequency}"],
    "from scratch, all of it learns": ["model.pretrained=none", "training.phases.0.frozen=[]"],
}


def main(root: str, runs: str) -> None:
    cohort = datasets["nih14"](root).with_files()
    told = {name: [_said(name, seed, cohort, Path(runs)) for seed in range(SEEDS)] for name in CHANGES}
    told[JOINED] = [_joined(told["base"])] * SEEDS
    test = cohort.split("test")
    test = test.where(test.images.image_id.isin(told["base"][0].table.image_id), "Read")
    draws = draw(test.images.patient_id, replicates=REPLICATES, seed=0)
    weights = draws.weights[draws.patient][:, : REPLICATES + 1].astype(float)
    figures = {name: np.stack([_means(one, test, weights) for one in each]) for name, each in told.items()}
    print(f"{len(test)} test images of {draws.patients} patients, {SEEDS} seeds, {REPLICATES} replicates by patient.\n")
    print(
        "| change | mean AUROC | each seed | difference from the base | told apart |\n| --- | --- | --- | --- | --- |"
    )
    for name, values in figures.items():  # (seeds, 1 + replicates)
        print(_row(name, values, None if name == "base" else values - figures["base"]))


def _recipe(name: str, seed: int) -> Recipe:
    return load_recipe(str(BASE), [*CHANGES[name], f"training.seed={seed}"])


def _said(name: str, seed: int, cohort: Cohort, runs: Path) -> LabelPredictions:
    """What the Run of a setting and seed says of the test images; trained where it is not yet there."""
    folder = runs / f"{name.replace(' ', '-').replace(',', '').replace('%', 'percent')}-{seed}"
    kept = folder / "test.parquet"
    if not kept.is_file():
        run = train(_recipe(name, seed), cohort, folder, resume=folder.exists(), stores=runs / "stores")
        told = Predictor.open(Run.open(run.folder)).predict(cohort.split("test"), stores=runs / "stores")
        as_labels(told).save(kept)
    return LabelPredictions.load(kept)


def _joined(each: list[LabelPredictions]) -> LabelPredictions:
    table = each[0].table.copy()
    table[list(each[0].findings)] = np.mean([one.probabilities for one in each], axis=0)
    return LabelPredictions(table)


def _means(told: LabelPredictions, test: Cohort, weights: np.ndarray) -> np.ndarray:
    """(1 + R,) mean AUROC over the findings, as it is and on each replicate."""
    scores = told.table.set_index("image_id").loc[test.images.image_id, list(told.findings)].to_numpy()
    labels = test.labels_for(told.findings)
    each = [
        np.asarray(metrics["auroc"](labels[:, place], scores[:, place], weights)) for place in range(labels.shape[1])
    ]
    return np.nanmean(each, axis=0)


def _row(name: str, values: np.ndarray, differences: np.ndarray | None) -> str:
    seeds = ", ".join(f"{value:.3f}" for value in values[:, 0])
    cells = [name, _with_interval(values.mean(axis=0)), seeds if len(set(seeds.split(", "))) > 1 else "", "", ""]
    if differences is not None:
        low, high = np.nanquantile(differences.mean(axis=0)[1:], [0.025, 0.975])
        agree = name == JOINED or len(set(np.sign(differences[:, 0]))) == 1
        cells[3] = _with_interval(differences.mean(axis=0), "+")
        cells[4] = "yes" if agree and (low > 0 or high < 0) else "no"
    return f"| {' | '.join(cells)} |"


def _with_interval(values: np.ndarray, sign: str = "") -> str:
    low, high = np.nanquantile(values[1:], [0.025, 0.975])
    return f"{values[0]:{sign}.3f} ({low:{sign}.3f} to {high:{sign}.3f})"


if __name__ == "__main__":
    main(*sys.argv[1:])
