"""Wingspan: frontal images of a hospital with masks of heart and either lung, and cardiothoracic ratios.

Counts: 259 PNG of 512 x 512 pixels, 8 bits; 221 ratios, which also stand for images of JSRT that the author outlined.
Labels: regions outlined by hand. The ratios were computed from them (width of the heart over outer width of the
    lungs), so they check arithmetic, not a radiologist's ruler. Of one image heart and left lung lie in each other's
    folder; here they are changed back, and that is noted.
Citation: Dong E. Cardiothoracic ratio estimation dataset.
    github.com/eveningdong/cardiothoracic_ratio_estimation_dataset.
License: MIT.
Split: none by the owner. Each image counts as a patient of its own.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from hilum.datasets.folder import PICTURES, Folder, read_table
from hilum.registry import register
from hilum.schema import Cohort
from hilum.schema.image_ids import image_id_of

STRUCTURES = ("left_lung", "right_lung", "heart")
IMAGES = ("images", "*/images")
RATIOS = ("ctr_ground_truth.csv", "*/ctr_ground_truth.csv")
SIZE = 512.0
JSRT = "JPC"  # begins the names of JSRT's images, of which the table of ratios also speaks
SWAPPED = ("1.2.410.200048.10757.20170517111459",)  # whose heart lies under left_lung and the other way round


@register
def wingspan(root: str | Path) -> Cohort:
    """Wingspan: 259 frontal images, masks of heart and either lung, cardiothoracic ratios.

    Further columns: `cardiothoracic_ratio`, as the owner computed it from the masks.

    Args:
        root: the folder with `images`, `masks/heart`, `masks/left_lung`, `masks/right_lung`, `ctr_ground_truth.csv`.
    """
    folder = Folder(root, "wingspan", "images/*.png and masks/heart, masks/left_lung, masks/right_lung")
    files = folder.files(*IMAGES, suffixes=PICTURES)
    if not files:
        raise folder.refusal("holds no image under images/")
    ratios = _ratios(folder)
    ids = pd.Series(sorted(files.keys() | {name for name in ratios if not name.startswith(JSRT)}), dtype="str")
    images = pd.DataFrame({"image_id": ids, "patient_id": ids, "view": "FRONTAL", "width": SIZE, "height": SIZE})
    images["path"] = folder.paths(ids, files)
    images["cardiothoracic_ratio"] = ids.map(ratios).astype(np.float64)
    folder.note(f"{len(images):,} images are listed, {images.cardiothoracic_ratio.notna().sum():,} with a ratio.")
    masks = pd.concat([_masks(ids, name, folder) for name in STRUCTURES], ignore_index=True)
    wrong = masks.image_id.isin(SWAPPED)
    if wrong.any():
        other = {"heart": "left_lung", "left_lung": "heart"}
        masks.loc[wrong, "structure"] = masks.structure[wrong].replace(other)
        folder.note(
            f"{masks.image_id[wrong].nunique()} image has heart and left lung in each other's folder: changed back."
        )
    return Cohort("wingspan", images, masks=masks, root=folder.root, notes=tuple(folder.notes))


def _ratios(folder: Folder) -> dict[str, float]:
    path = folder.optional(*RATIOS, otherwise="no cardiothoracic ratio is known")
    if path is None:
        return {}
    table = read_table(path, {"image_id": ("id",), "ratio": ("ctr",)})
    return dict(zip(table.image_id.map(image_id_of), pd.to_numeric(table.ratio), strict=True))


def _masks(ids: "pd.Series[str]", structure: str, folder: Folder) -> pd.DataFrame:
    found = folder.files(f"masks/{structure}", f"*/masks/{structure}", suffixes=PICTURES)
    own = ids[ids.isin(list(found))]
    folder.note(f"{len(own):,} images have a mask of {structure}; {len(found) - len(own):,} masks have no image.")
    return pd.DataFrame({"image_id": own, "structure": structure, "path": own.map(found)})
