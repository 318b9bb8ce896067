"""What a Run makes of images, as Features: the vectors that its head sees, and where it looked.

Done in parts that are kept, so that a kill costs the last few hundred images alone.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pandas as pd

from hilum.engine.parts import ROWS_IN_A_PART, Parts
from hilum.explain.fusion import fused, stretched
from hilum.features.controls import NEEDS_LUNGS, Control
from hilum.features.lung_map import map_columns
from hilum.features.lungs import masks_of
from hilum.images import Image, read_image
from hilum.images.frame import Frame
from hilum.schema import Cohort, Column, Features, ImageError, as_labels
from hilum.schema.findings import NO_FINDING

if TYPE_CHECKING:  # with them comes PyTorch
    from hilum.inference import Predictor
    from hilum.runs import Run

IN_MEMORY = 32  # images that are held at once, as large as they are
FINE = 4  # pixels of a heatmap for each cell that it becomes
Rows = Iterator[dict[str, Any]]


def embeddings(
    run: "Run",
    cohort: Cohort,
    *,
    control: Control = "none",
    work: Path | None = None,
    stores: Path | None = None,
    device: str = "auto",
) -> Features:
    """The vectors that a Run's head sees, one an image, as columns `e0000` …, with the Run as their source.

    Args:
        run: whose encoder.
        cohort: the images; with masks, where the control needs them.
        control: what of the images is hidden before (`hilum.features.controls`).
        work: where finished parts are kept, so that work that was cut off goes on.
        stores: folder of packed stores, used when it holds the cohort's.
        device: `auto`, `cpu`, `cuda` …
    """
    from hilum.data.controlled import ControlledSource
    from hilum.inference import Predictor

    predictor = Predictor.open(run, device=device)
    masks = sorted(masks_of(cohort).items()) if control in NEEDS_LUNGS else []
    made_of = {"embed": _weights(run), "control": control, "masks": masks}
    parts = Parts(work, made_of | {"images": cohort.images.image_id.tolist()})
    failures: dict[str, str] = {}

    def rows() -> Rows:
        for some in _chunks(cohort, parts):
            source = predictor.source(some, stores=stores)
            if control != "none":
                source = ControlledSource(source, cohort, run.preprocess, control)
            yield from predictor.embed(source).table.to_dict("records")  # type: ignore[misc]
            failures.update(dict(source.failures))

    parts.keep(rows())
    table = parts.whole(cohort.images.image_id)
    source = f"{run.recipe.model.get('encoder', run.recipe.model['name'])}, weights {_weights(run)[:12]}"
    return Features(table, dict.fromkeys(table.columns[1:], Column("1", f"{source}, control {control}")), failures)


def heat_maps(
    run: "Run",
    cohort: Cohort,
    *,
    side: int = 28,
    method: str = "auto",
    work: Path | None = None,
    device: str = "auto",
) -> Features:
    """Where a Run looked, as a small square map in [0, 1] an image: the mean of its findings' heatmaps.

    Each finding counts as its probability, so that the map is of what the Run says the image shows.

    Args:
        run: whose heatmaps.
        cohort: the images.
        side: cells a side.
        method: an explainer (`hilum ls explainers`), or `auto`.
        work: where finished parts are kept.
        device: `auto`, `cpu`, `cuda` …
    """
    from hilum.inference import Predictor

    predictor = Predictor.open(run, device=device)
    made_of = {"heat": _weights(run), "side": side, "method": method, "images": cohort.images.image_id.tolist()}
    parts, failures = Parts(work, made_of), dict[str, str]()

    def rows() -> Rows:
        for some in _chunks(cohort, parts, most=IN_MEMORY):
            yield from _heat(predictor, some, side, method, failures)

    parts.keep(rows())
    table = parts.whole(cohort.images.image_id).reindex(columns=["image_id", *map_columns(side)])
    about = Column("share of the strongest cell", f"{method} of weights {_weights(run)[:12]}")
    return Features(table, dict.fromkeys(map_columns(side), about), failures)


def _heat(predictor: "Predictor", some: Cohort, side: int, method: str, failures: dict[str, str]) -> Rows:
    source = predictor.memory(list(_read(some, failures)))
    if not len(source):
        return
    # heatmaps are wanted on few cells: as of small images of the same proportions, not of each image's own pixels
    source.frames = [_small(frame, FINE * side) for frame in source.frames]  # type: ignore[attr-defined]
    said = as_labels(predictor.predict(source, calibrated=False))
    names = [name for name in said.findings if name != NO_FINDING]
    weights = said.table[names].to_numpy(np.float32)
    maps = predictor.explain(source, findings=names, method=method)
    for row, image_id in enumerate(source.image_ids):
        mine = maps[row * len(names) : (row + 1) * len(names)]
        whole = np.tensordot(weights[row], np.stack([held.heatmap for held in mine]), axes=1)
        small = np.asarray(cv2.resize(whole, (side, side), interpolation=cv2.INTER_AREA), np.float32)
        cells = stretched(small[None])
        yield {"image_id": image_id, **dict(zip(map_columns(side), cells.ravel(), strict=True))}


def _read(some: Cohort, failures: dict[str, str]) -> Iterator[Image]:
    """The images under the cohort's ids."""
    for image_id, path in some.images[["image_id", "path"]].itertuples(index=False):
        try:
            yield replace(read_image(str(path)), image_id=str(image_id))
        except ImageError as error:
            failures[str(image_id)] = str(error)


def _small(frame: Frame, longest: int) -> Frame:
    scale = longest / max(frame.height, frame.width)
    return replace(frame, height=max(1, round(frame.height * scale)), width=max(1, round(frame.width * scale)))


def fused_maps(lungs: Features, heat: Features, share: float, *, smooth: float = 1.0) -> Features:
    """Attention maps of the images that both hold; see `hilum.explain.fusion.fused`.

    Args:
        lungs: as the feature set `lung_map` gives it.
        heat: as `heat_maps` gives it, of the same side.
        share: lambda of the lungs.
        smooth: standard deviation of a Gaussian, in cells.
    """
    side = round(len(heat.names) ** 0.5)
    ids = heat.table.image_id
    lung, looked = (held.aligned(ids).reshape(len(ids), -1, side) for held in (lungs, heat))
    cells = fused(lung, looked, share, smooth=smooth).reshape(len(ids), -1)
    table = heat.table[["image_id"]].join(pd.DataFrame(cells, columns=map_columns(side)))
    about = Column("1", f"{share:g} of the lungs + {1 - share:g} of the heatmap, smoothed by {smooth:g} cells")
    return Features(table, dict.fromkeys(map_columns(side), about), {**heat.failures, **lungs.failures})


def _chunks(cohort: Cohort, parts: Parts, *, most: int = ROWS_IN_A_PART) -> Iterator[Cohort]:
    """What no part holds yet, so many images at a time, or as a part keeps."""
    rest = parts.rest(cohort.images).index.to_numpy()
    for start in range(0, len(rest), most):
        yield cohort.take(rest[start : start + most], "")


def _weights(run: "Run") -> str:
    return str(run.provenance["weights"]["sha256"])
