"""How long a bootstrap over patients takes: 1,000 replicates of 14 AUROCs over 22,433 images.

    python benchmarks/bootstrap.py
    python benchmarks/bootstrap.py --predictions densenet121_test_predictions.csv --root data/nih --loop

Without files, labels and probabilities of that size are drawn. `--loop` also times the usual way, a resampled call of
scikit-learn a replicate, on a few replicates, and checks that the numbers are the same.
"""

import argparse
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from hilum.evaluation import evaluate
from hilum.evaluation.alignment import align
from hilum.evaluation.bootstrap import Draws, draw, measure
from hilum.evaluation.matching.labels import of_finding, on_match
from hilum.evaluation.metrics import metrics
from hilum.schema import Cohort, LabelPredictions
from hilum.schema.findings import NIH14

IMAGES, PATIENTS, LOOPED = 22_433, 6_187, 5


def drawn(seed: int = 0) -> tuple[LabelPredictions, Cohort]:
    """Labels at NIH's prevalences and probabilities of a fair model, with several images a patient."""
    generator = np.random.default_rng(seed)
    prevalence = np.geomspace(0.002, 0.18, len(NIH14))
    labels = (generator.random((IMAGES, len(NIH14))) < prevalence).astype(float)
    logit = generator.normal(size=labels.shape) + 1.4 * labels + np.log(prevalence)
    ids = [f"{place:08d}" for place in range(IMAGES)]
    images = pd.DataFrame({"image_id": ids, "patient_id": generator.integers(0, PATIENTS, IMAGES).astype(str)})
    scores = pd.DataFrame(1 / (1 + np.exp(-logit)), columns=list(NIH14)).assign(image_id=ids)
    return LabelPredictions(scores), Cohort("drawn", images, pd.DataFrame(labels, columns=list(NIH14)))


def looped(present: np.ndarray, score: np.ndarray, draws: Draws, columns: int) -> np.ndarray:
    """(columns, K) AUROCs: for each replicate the images of the drawn patients, and scikit-learn on them."""
    order = np.argsort(draws.patient, kind="stable")
    images = np.split(order, np.cumsum(np.bincount(draws.patient))[:-1])
    found = []
    for column in range(1, 1 + columns):
        times = draws.weights[:, column]
        rows = np.concatenate([np.tile(own, int(count)) for own, count in zip(images, times, strict=True) if count])
        found.append([roc_auc_score(present[rows, k], score[rows, k]) for k in range(present.shape[1])])
    return np.array(found)


def timed(words: str, function: Callable[[], Any]) -> Any:
    """Prints the wall time, and the processor's own, which a busy machine does not stretch."""
    wall, processor = time.perf_counter(), time.process_time()
    value = function()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    print(f"{words:<60} {wall:7.2f} s   {processor:7.2f} s of one core")
    return value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--predictions", type=Path, help="a Predictions file, columns prob_<finding>")
    parser.add_argument("--root", type=Path, help="NIH's folder, for the labels")
    parser.add_argument("--replicates", type=int, default=1000)
    parser.add_argument("--loop", action="store_true", help="also time scikit-learn in a loop, and compare")
    given = parser.parse_args()
    predictions, cohort = drawn()
    if given.predictions:
        from hilum.datasets import datasets

        predictions, cohort = LabelPredictions.load(given.predictions, prefix="prob_"), datasets["nih14"](given.root)
    aligned = align(predictions, cohort)
    count = len(aligned.findings)
    print(f"{platform.machine()}, {os.cpu_count()} cores; {len(aligned):,} images, {given.replicates:,} replicates")
    draws = timed("draw the patients", lambda: draw(aligned.images.patient_id, replicates=given.replicates))
    one, everyone = on_match({"auroc": metrics["auroc"]}), np.arange(len(aligned))
    values = timed(
        f"{count} AUROCs",
        lambda: [measure(one, of_finding(aligned, k, everyone), draws)["auroc"] for k in range(count)],
    )
    timed(
        f"evaluate: all {len(metrics)} metrics, {count} findings, 3 means, curves",
        lambda: evaluate(predictions, cohort, replicates=given.replicates),
    )
    if given.loop:
        share = f"scikit-learn in a loop, {LOOPED} of {given.replicates:,} replicates"
        expected = timed(share, lambda: looped(aligned.present, aligned.score, draws, LOOPED))
        apart = np.abs(np.stack(values, axis=1)[1 : 1 + LOOPED] - expected).max()
        print(f"largest difference from the loop: {apart:.1e}")


if __name__ == "__main__":
    main()
