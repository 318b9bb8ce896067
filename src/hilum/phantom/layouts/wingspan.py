"""Wingspan: frontal images with masks of heart and either lung, and cardiothoracic ratios computed from them.

images/1.2.826.0.1.1.png              images
masks/heart/, left_lung/, right_lung/ masks, 255 inside, under the image's name
ctr_ground_truth.csv                  id (with .png) and ctr
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hilum.phantom.chance import chance
from hilum.phantom.patient import Found, Patient, Visit
from hilum.phantom.radiograph import radiograph
from hilum.phantom.roster import drawn, only, write_png
from hilum.registry import register
from hilum.schema import ConfigError
from hilum.schema.files import write_text

ENLARGED = 0.6  # share of images with an enlarged heart
STRUCTURES = ("right_lung", "left_lung", "heart")


@register
def wingspan(out: str | Path, *, images: int, seed: int, size: int = 512, workers: int | None = None) -> None:
    """A phantom in the layout of the Wingspan set: masks of heart and either lung, cardiothoracic ratios.

    Args:
        out: folder to write into.
        images: how many images.
        seed: of everything; the same seed gives the same bytes, whatever `workers` is.
        size: pixels of a side, as the owner's.
        workers: processes; None for all cores, 0 for this one.
    """
    if images < 1:
        raise ConfigError(f"{images} images were asked for. Expected at least 1.")
    root = Path(out)
    names = [f"1.2.826.0.1.{number}" for number in range(1, images + 1)]
    for folder in ("images", *(f"masks/{name}" for name in STRUCTURES)):
        only(root / folder, {f"{name}.png" for name in names}, "*.png")
    rows = pd.DataFrame({"root": str(root), "seed": seed, "size": size, "name": names})
    ratios = [row["ratio"] for row in drawn(_draw, rows, workers=workers)]
    lines = [f"{name}.png,{ratio:.4f}" for name, ratio in zip(names, ratios, strict=True)]
    write_text(root / "ctr_ground_truth.csv", "\n".join(["id,ctr", *lines]) + "\n")


def _draw(row: dict[str, Any]) -> dict[str, Any]:
    """Draw one image with its masks; its cardiothoracic ratio."""
    root, name, number = Path(row["root"]), row["name"], int(row["name"].rsplit(".", 1)[1])
    image = radiograph(row["seed"], *_person(row["seed"], number), row["size"])
    write_png(root / "images" / f"{name}.png", image.pixels)
    masks = dict(zip(STRUCTURES, (*image.lungs, image.heart), strict=True))
    for structure, mask in masks.items():
        write_png(root / "masks" / structure / f"{name}.png", mask.astype(np.uint8) * 255)
    widths = [np.ptp(np.flatnonzero(mask.any(axis=0))) + 1 for mask in (image.heart, image.lungs[0] | image.lungs[1])]
    return {"ratio": float(widths[0] / widths[1])}


def _person(seed: int, number: int) -> tuple[Patient, Visit]:
    rng = chance(seed, "wingspan", number)
    sex, age = str(rng.choice(["F", "M"])), int(np.clip(rng.normal(55, 16), 18, 90))
    found: tuple[Found, ...] = ()
    if rng.random() < ENLARGED:
        found = (Found("Cardiomegaly", 1, float(rng.uniform(0.2, 0.9)), int(rng.integers(2**31))),)
    visit = Visit(0, age, "PA", found)
    return Patient(number, sex, (visit,)), visit
