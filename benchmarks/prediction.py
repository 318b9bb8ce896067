"""Prediction speed in images a second: from 1024-pixel files and from a store, fp32 and what the machine is best at.

python benchmarks/prediction.py [FOLDER] [--images 400] [--recipe nih14-small]

FOLDER holds PNG images; without it images are drawn, about as heavy as NIH's. The network is new: its weights do not
change its speed. What is timed is all that an opened Predictor does: files or store, network, table.
"""

import argparse
import tempfile
import time
from pathlib import Path

import torch

from hilum.device import Device
from hilum.images import build_store
from hilum.inference import Predictor
from hilum.runs import Run, load_recipe
from hilum.runs.build import build_model
from hilum.runs.save import save_provenance, save_setup, save_weights
from hilum.schema import Cohort
from images import images


def new_run(folder: Path, name: str, cohort: Cohort) -> Run:
    recipe = load_recipe(name, ["model.pretrained=none"])
    save_setup(folder, recipe, cohort, None)
    save_provenance(folder, {"weights": save_weights(folder, build_model(recipe, pretrained=False), 0)})
    return Run.open(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--images", type=int, default=400)
    parser.add_argument("--recipe", default="nih14-small")
    asked = parser.parse_args()
    print(f"{Device.choose().facts()['name']}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    with images(asked.folder, asked.images, 1024) as table, tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        cohort = Cohort("images", table.assign(patient_id=table.image_id))
        run = new_run(folder / "run", asked.recipe, cohort)
        build_store(cohort.images, run.preprocess, folder / "stores", name=cohort.name)
        for what, stores in (("files", None), ("a store", folder / "stores")):
            for precision in ("fp32", "auto"):
                predictor = Predictor.open(run, precision=precision)
                began = time.perf_counter()
                predictions = predictor.predict(cohort, stores=stores)
                rate = len(predictions) / (time.perf_counter() - began)
                print(f"{asked.recipe} from {what}, {predictions.provenance['machine']['precision']}: {rate:.0f}/s")


if __name__ == "__main__":
    main()
