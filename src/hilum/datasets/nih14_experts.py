"""NIH ChestX-ray14 as radiologists read it: 810 PA images of the owner's test list, all 14 findings, from the image.

Counts: 810 PA images of the test list, read by the same five board-certified radiologists, who knew age and view alone.
Labels: majority of three of the five, drawn beforehand; each reader's own labels lie in a file beside. Abnormal images
    are over-represented, so that prevalences are not the hospital's. The same images carry text-mined labels in
    `nih14`; a model that learned those is asked here what it sees in the image.
Citation: Nabulsi Z, Sellergren A, Jamshy S, et al. Deep learning for distinguishing normal versus abnormal chest
    radiographs and generalization to two unseen diseases tuberculosis and COVID-19. Sci Rep 11:15523, 2021.
    arXiv:2010.11375.
License: research and educational use with attribution, as LICENSE_all_findings_expert_labels beside the labels says.
Split: all images are of the owner's test list: to be evaluated on, never to learn from.
"""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from hilum.datasets.folder import Folder, read_table
from hilum.datasets.nih14 import nih14
from hilum.registry import register
from hilum.schema import Cohort, DataError
from hilum.schema.errors import listed
from hilum.schema.findings import NIH14
from hilum.schema.image_ids import image_id_of

LABELS = "all_findings_expert_labels_test_labels.csv"
PLACES = (f"expert_labels/{LABELS}", "all_findings_expert_labels/test_labels.csv", LABELS)
ANSWERS = {"YES": 1.0, "NO": 0.0}


@register
def nih14_experts(root: str | Path) -> Cohort:
    """NIH ChestX-ray14's test images that radiologists read: the same images as in `nih14`, other labels.

    Args:
        root: the folder of `nih14`, with the readers' table in `expert_labels/`.
    """
    folder = Folder(root, "nih14_experts", f"the files of nih14 and expert_labels/{LABELS}")
    path = folder.need(*PLACES)
    spelled = {name: (name.replace("_", " "), name) for name in NIH14}
    table = read_table(path, {"image": ("Image ID",), **spelled})
    table.index = pd.Index(table.image.map(image_id_of))
    whole = nih14(root)
    read = whole.images.image_id.isin(table.index)
    unknown = sorted(set(table.index) - set(whole.images.image_id))
    if unknown:
        raise DataError(
            f"{path}: images that the owner's table does not list: {listed(unknown)}. Expected NIH's names."
        )
    cohort = whole.where(read, "Read by radiologists")
    answers = table.loc[cohort.images.image_id, list(NIH14)]
    strange = sorted(set(answers.stack().dropna().astype(str).str.strip().str.upper()) - set(ANSWERS))
    if strange:
        raise DataError(f"{path}: answers {listed(strange)}. Expected YES or NO.")
    labels = answers.apply(lambda column: column.str.strip().str.upper().map(ANSWERS)).astype("float32")
    notes = (*cohort.notes, f"{path.name}: majority of three radiologists, from the image.")
    return replace(cohort, name="nih14_experts", labels=labels.reset_index(drop=True), notes=notes)
