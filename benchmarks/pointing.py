"""How often a heatmap's strongest place lies in a true box: drawn on an even grid, and where the encoder's cells look.

    python benchmarks/pointing.py RUN DATASET ROOT [BOXES]

Images of the test split, findings that have boxes, at most BOXES (300) pairs of image and finding. By chance the share
of hits would be that of the image which the boxes cover.
"""

import sys

import numpy as np
import pandas as pd

from hilum.data import MemorySource
from hilum.data.batch import prepared
from hilum.datasets import datasets
from hilum.device import Device
from hilum.explain import explainers
from hilum.explain.cells import Cells, cells_of
from hilum.images import read_image
from hilum.runs import Run


def inside(boxes: pd.DataFrame, heatmap: np.ndarray) -> bool:
    y, x = np.unravel_index(heatmap.argmax(), heatmap.shape)
    return bool(((boxes.x0 <= x) & (x < boxes.x1) & (boxes.y0 <= y) & (y < boxes.y1)).any())


def covered(boxes: pd.DataFrame, height: int, width: int) -> float:
    mask = np.zeros((height, width), bool)
    for box in boxes.itertuples():
        mask[int(box.y0) : int(np.ceil(box.y1)), int(box.x0) : int(np.ceil(box.x1))] = True
    return float(mask.mean())


def main(folder: str, dataset: str, root: str, most: int) -> None:
    run, cohort = Run.open(folder), datasets[dataset](root).with_files().split("test")
    assert cohort.boxes is not None
    table = cohort.boxes.table[cohort.boxes.table.finding.isin(run.findings)]
    pairs = table[table.image_id.isin(cohort.images.image_id)][["image_id", "finding"]].drop_duplicates()
    pairs = pairs.sample(min(most, len(pairs)), random_state=0)
    paths, machine, size = cohort.images.set_index("image_id").path, Device.choose("cpu"), run.preprocess.size
    model, cells = machine.place(run.model()), cells_of(run.recipe.model["encoder"])
    hits, chance = [], []
    for image_id, findings in pairs.groupby("image_id").finding:
        image = read_image(paths[image_id])
        height, width = image.gray.shape
        batch = MemorySource([image], run.preprocess).get(np.array([0]))
        shown = prepared(batch, ("image",), run.preprocess, machine).inputs["image"]
        maps = explainers["cam"](model, shown)[0]
        step = size / maps.shape[-1]
        for finding in findings:
            boxes = cohort.boxes_on(image_id, width=width, height=height).query("finding == @finding")
            one = maps[run.findings.position(finding)]
            grids = (Cells(step / 2, step), cells or Cells(step / 2, step))
            drawn = (
                run.preprocess.heatmap_to_original(grid.spread(one, size).numpy(), height, width) for grid in grids
            )
            hits.append([inside(boxes, heatmap) for heatmap in drawn])
            chance.append(covered(boxes, height, width))
    even, placed = np.mean(hits, axis=0)
    print(f"{run.recipe.name}, {size} px, cells {cells}; {len(hits)} pairs of image and finding of {dataset}")
    print(
        f"strongest place in a box: even grid {even:.3f}, where cells look {placed:.3f}, chance {np.mean(chance):.3f}"
    )


if __name__ == "__main__":
    main(*sys.argv[1:4], most=int(sys.argv[4]) if len(sys.argv) > 4 else 300)
