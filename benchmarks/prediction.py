"""Prediction speed: images a second from 1024-pixel PNG files and from a store, files and all.

    python benchmarks/prediction.py [FILMS]

Films are noise on a gradient, which compresses worse than a chest and is decoded no faster.
"""

import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import torch

from hilum.images import build_store
from hilum.runs import Run, load_recipe, predict
from hilum.runs.build import build_model
from hilum.runs.keep import keep_provenance, keep_setting, keep_weights
from hilum.runs.machine import Machine
from hilum.schema import Cohort


def films(folder: Path, count: int) -> Cohort:
    draw, rows = np.random.default_rng(0), []
    slope = np.linspace(40, 200, 1024)[None, :]
    for number in range(count):
        path = folder / f"{number:05}.png"
        cv2.imwrite(str(path), (slope + draw.normal(0, 4, (1024, 1024))).clip(0, 255).astype(np.uint8))
        rows.append({"image_id": path.stem, "patient_id": path.stem, "path": str(path)})
    return Cohort("noise", pd.DataFrame(rows))


def new_run(folder: Path, cohort: Cohort) -> Run:
    recipe = load_recipe("nih14-small")
    keep_setting(folder, recipe, cohort, None)
    keep_provenance(folder, {"weights": keep_weights(folder, build_model(recipe, pretrained=False), 0)})
    return Run.open(folder)


def main(count: int) -> None:
    print(f"{Machine.choose().facts()['name']}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        cohort = films(folder, count)
        run = new_run(folder / "run", cohort)
        build_store(cohort.films, run.preprocess, folder / "stores", name=cohort.name)
        for what, stores in (("files", None), ("a store", folder / "stores")):
            for precision in ("fp32", "auto"):
                began = time.perf_counter()
                predictions = predict(run, cohort, stores=stores, precision=precision)
                rate = len(predictions) / (time.perf_counter() - began)
                said = predictions.provenance["machine"]["precision"]
                print(f"ResNet-18, 128 px, from {what}, {said}: {rate:7.1f} images/s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
