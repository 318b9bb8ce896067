"""Heatmaps of an RSNA opacity classifier against its boxes, each image scored by a network that never saw it.

    python benchmarks/heatmaps.py train ROOT OUT      trains the recipe `rsna-opacity` on each half of the images
    python benchmarks/heatmaps.py score ROOT OUT [METHOD …]   scores each half by the other half's network, pools them
    python benchmarks/heatmaps.py weights ROOT OUT METHOD …   the same maps of ever more random networks
    python benchmarks/heatmaps.py faithful ROOT OUT METHOD … [IMAGES]   deletion and insertion, on 16 images or so many
    python benchmarks/heatmaps.py agreement ROOT OUT METHOD … how alike methods rank the places of an image

ROOT is RSNA's folder, OUT a folder of Runs. Thresholds of mIoU are chosen on validation images of each half.
"""

import sys
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd

from hilum.datasets import datasets
from hilum.inference import Predictor
from hilum.inference.explaining import Settings
from hilum.inference.heatmap_tests import agreeing, faithful, randomized
from hilum.runs import Run, load_recipe
from hilum.schema import Cohort
from hilum.schema.split import hold_out
from hilum.training import train
from hilum.workflows.heatmap_truth import with_truth
from hilum.workflows.heatmaps import pair_scores, rows_of
from hilum.workflows.localize import HeatmapSettings

SHOWN = (
    *("pointing_game", "energy_in_box", "miou"),
    *(f"localization_accuracy_iou_{least}" for least in (0.1, 0.3, 0.5)),
    *(f"localization_accuracy_iobb_{least}" for least in (0.1, 0.25, 0.5)),
    "false_boxes_iobb_0.1",
)
STEPS, SMOOTH, FOLLOWED = 10, 0.04, 16
WAYS = {  # what differs from the usual scale: speckled maps are smoothed
    "relu": {"method": "cam", "zero": "relu"},
    "min": {"method": "cam", "zero": "min"},
    "integrated_gradients": {"method": "integrated_gradients", "smoothing": SMOOTH},
}


def half(root: str, which: int) -> Cohort:
    """The images, one half of them held out."""
    cohort = hold_out(datasets["rsna_pneumonia"](root), fraction=0.5, seed=0, into="test")
    if which == 0:
        return cohort
    images = cohort.images.assign(split=cohort.images.split.map({"train": "test", "test": "train"}))
    return replace(cohort, images=images)


def learn(root: str, out: str) -> None:
    for which in (0, 1):
        train(load_recipe("rsna-opacity"), half(root, which), f"{out}/half{which}")


def opened(root: str, out: str, which: int) -> tuple[Predictor, Cohort]:
    run = Run.open(f"{out}/half{which}")
    return Predictor.open(run), run.with_split(half(root, which))


def score(root: str, out: str, ways: list[str]) -> None:
    for way in ways:
        settings = HeatmapSettings(threshold="validation", **WAYS.get(way, {"method": way}))
        for which in (0, 1):
            file = Path(out) / f"{way}-half{which}.parquet"
            if file.exists():
                continue
            start, (predictor, cohort) = time.perf_counter(), opened(root, out, which)
            chosen, cut = with_truth(cohort.split("test"), predictor.run.findings), settings.cut(predictor, cohort)
            pair_scores(predictor, chosen, settings, cut).to_parquet(file)
            print(f"{file.name}: {len(chosen)} images, threshold {cut.threshold}, {time.perf_counter() - start:.0f} s")
        table(root, out, way)


def table(root: str, out: str, way: str) -> None:
    cohort = datasets["rsna_pneumonia"](root)
    parts = [(pd.read_parquet(Path(out) / f"{way}-half{which}.parquet"), cohort) for which in (0, 1)]
    rows = rows_of(parts, replicates=1000, seed=0)
    print(f"\n### {way}, {int(rows.present.max())} images\n")
    print_table(rows, SHOWN)


def print_table(rows: pd.DataFrame, metrics: tuple[str, ...]) -> None:
    pooled = rows[rows.finding == "all"]
    kinds = list(dict.fromkeys(pooled["map"]))
    print(f"| score | {' | '.join(kinds)} |\n| --- |{' --- |' * len(kinds)}")
    for metric in metrics:
        own = pooled[pooled.metric == metric].set_index("map")
        cells = [f"{row.value:.3f} ({row.low:.3f} to {row.high:.3f})" for row in own.loc[kinds].itertuples()]
        print(f"| {metric} | {' | '.join(cells)} |")
    above = [f"{row['map']} {row['ahead']:+.3f} ({row['ahead_low']:+.3f} to {row['ahead_high']:+.3f})"
             for row in pooled[pooled.metric == metrics[0]].iloc[1:].to_dict("records")]  # fmt: skip
    print(f"\n{metrics[0]}, map less control: {'; '.join(above)}", flush=True)


def tested(root: str, out: str, images: int) -> tuple[Predictor, Cohort, dict[str, list[str]]]:
    """Images of the first half that its network never saw, drawn with a seed, each with the one finding."""
    predictor, cohort = opened(root, out, 0)
    chosen = with_truth(cohort.split("test"), predictor.run.findings)
    ids = chosen.images.image_id.sample(images, random_state=0)
    some = chosen.where(chosen.images.image_id.isin(ids), "Tested")
    return predictor, some, {name: [predictor.run.findings[0]] for name in some.images.image_id}


def weights(root: str, out: str, methods: list[str]) -> None:
    predictor, some, pairs = tested(root, out, 20)
    for method in methods:
        how = Settings(None, method, smoothing=WAYS.get(method, {}).get("smoothing", 0.0))
        print(f"\n### {method}, random weights, {len(some)} images\n")
        print("| random | rank correlation | SSIM |\n| --- | --- | --- |")
        for row in randomized(predictor, predictor.source(some), pairs, how).itertuples():
            print(f"| {row.layers} | {row.correlation:.3f} | {row.structure:.3f} |", flush=True)


def follows(root: str, out: str, methods: list[str]) -> None:
    counts = [int(word) for word in methods if word.isdigit()]
    predictor, some, pairs = tested(root, out, *(counts or [FOLLOWED]))
    for method in (word for word in methods if not word.isdigit()):
        found = faithful(predictor, predictor.source(some), pairs, Settings(None, method), steps=STEPS)
        print(f"\n### {method}, faithfulness, {len(some)} images, {STEPS} steps\n")
        print_table(rows_of([(found, some)], replicates=1000, seed=0), tuple(found.columns[4:]))


def agreement(root: str, out: str, methods: list[str]) -> None:
    predictor, some, pairs = tested(root, out, 4)
    table = agreeing(predictor, predictor.source(some), pairs, Settings(None, "cam", smoothing=SMOOTH), methods)
    print(f"\n### agreement, {len(some)} images, smoothing {SMOOTH}\n\n| | {' | '.join(table.columns)} |")
    print(f"| --- |{' --- |' * len(table)}")
    for name, row in table.iterrows():
        print(f"| {name} | {' | '.join(f'{value:.2f}' for value in row)} |")


COMMANDS = {"score": score, "weights": weights, "faithful": follows, "agreement": agreement}


if __name__ == "__main__":
    command, root, out = sys.argv[1:4]
    Path(out).mkdir(parents=True, exist_ok=True)
    if command == "train":
        learn(root, out)
    else:
        COMMANDS[command](root, out, sys.argv[4:] or ["cam"])
