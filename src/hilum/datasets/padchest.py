"""PadChest: 160,868 images of about 67,000 patients of one hospital in Spain, 174 findings from reports in Spanish.

Counts: 160,868 PNG of 16 bits (2009-2017). Projections are PA, L (lateral), AP, AP_horizontal (lying), COSTAL, EXCLUDE.
Labels: 27 % of the reports were labeled by physicians, the others by a recurrent network trained on these (micro-F1
    0.93); `method_label` keeps which. A finding that a report's labels do not name counts as absent. `unchanged` says
    that a follow-up image is as before, so what it does not name is not known (missing); the same holds for `suboptimal
    study` and `exclude`. A broad finding holds its narrower ones, as the owner's tree has it (`WORDS` lists them); only
    the masses of mediastinum, pleura, breast and soft tissue are left out of `Mass`, which is the lung's. About a dozen
    image files are broken.
Citation: Bustos A, Pertusa A, Salinas JM, de la Iglesia-Vayá M. PadChest: A large chest x-ray image dataset with
    multi-label annotated reports. Medical Image Analysis 2020; 66:101797. arXiv:1901.07441.
License: on request to the owner (BIMCV): no redistribution, no attempt to identify a patient, cite the paper.
Split: none by the owner.
"""

import ast
import re
from pathlib import Path

import numpy as np
import pandas as pd

from hilum.datasets.facts import SEX
from hilum.datasets.folder import PICTURES, Folder, read_table
from hilum.registry import register
from hilum.schema import Cohort
from hilum.schema.errors import listed
from hilum.schema.image_ids import image_id_of

TABLES = ("PADCHEST_chest_x_ray_images_labels_160K*.csv*", "*padchest*.csv*", "*PADCHEST*.csv*")
IMAGES = ("[0-9]", "[0-9][0-9]", "images", "images-*", "images-*/images-*", ".")
COLUMNS = {
    "image": ("ImageID",),
    "study_id": ("StudyID",),
    "patient_id": ("PatientID",),
    "date": ("StudyDate_DICOM",),
    "birth": ("PatientBirth",),
    "sex": ("PatientSex_DICOM",),
    "projection": ("Projection",),
    "method_label": ("MethodLabel",),
    "labels": ("Labels",),
    "height": ("Rows_DICOM",),
    "width": ("Columns_DICOM",),
    "pediatric": ("Pediatric",),
}
OPTIONAL = ("date", "birth", "sex", "height", "width", "pediatric")
VIEW = {"pa": "PA", "ap": "AP", "ap_horizontal": "AP", "l": "LATERAL"}
WORDS = {  # our finding: the owner's words for it and for what lies below it in the tree
    "Atelectasis": ("atelectasis", "laminar atelectasis", "lobar atelectasis", "segmental atelectasis",
                    "round atelectasis", "total atelectasis", "atelectasis basal"),
    "Cardiomegaly": ("cardiomegaly",),
    "Effusion": ("pleural effusion", "loculated pleural effusion", "loculated fissural effusion", "hydropneumothorax",
                 "empyema", "hemothorax"),
    "Infiltration": ("infiltrates", "interstitial pattern", "ground glass pattern", "reticular interstitial pattern",
                     "reticulonodular interstitial pattern", "miliary opacities", "alveolar pattern", "consolidation",
                     "air bronchogram"),
    "Mass": ("mass", "pulmonary mass"),
    "Nodule": ("nodule", "multiple nodules"),
    "Pneumonia": ("pneumonia", "atypical pneumonia"),
    "Pneumothorax": ("pneumothorax", "hydropneumothorax"),
    "Consolidation": ("consolidation", "air bronchogram"),
    "Edema": ("pulmonary edema",),
    "Emphysema": ("emphysema",),
    "Fibrosis": ("pulmonary fibrosis", "post radiotherapy changes", "asbestosis signs"),
    "Pleural_Thickening": ("pleural thickening", "apical pleural thickening", "calcified pleural thickening"),
    "Hernia": ("hiatal hernia",),
    "Fracture": ("fracture", "clavicle fracture", "humeral fracture", "rib fracture", "callus rib fracture",
                 "vertebral fracture"),
    "Tuberculosis": ("tuberculosis", "tuberculosis sequelae"),
    "No Finding": ("normal",),
}  # fmt: skip
UNKNOWN = ("nan", "None")  # what the owner's program wrote where it knew nothing
WORD = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")  # as Python writes a string
SILENT = {"unchanged", "suboptimal study", "exclude"}  # beside these, what is not named is not known


@register
def padchest(root: str | Path) -> Cohort:
    """PadChest: 160,868 images in all views, findings from Spanish reports, many labeled by physicians.

    Further columns: `labels_text` (the owner's words), `method_label` (Physician or RNN_model), `projection`,
    `pediatric`. Age is the study's year less the year of birth. `sequence` counts a patient's studies by day.

    Args:
        root: the folder with the owner's table (`.csv` or `.csv.gz`) and its images under `0` … `54` or in one folder.
    """
    folder = Folder(root, "padchest", "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv and PNG files under 0 … 54")
    table = read_table(folder.need(*TABLES), COLUMNS, optional=OPTIONAL)
    table = table.reindex(columns=[*COLUMNS]).replace(list(UNKNOWN), np.nan)
    images = _images(table, folder)
    labels = _labels(table.labels, folder)
    found = folder.files(*IMAGES, suffixes=PICTURES)
    images["path"] = folder.paths(images.image_id, found)
    return Cohort("padchest", images, labels, root=folder.root, notes=tuple(folder.notes))


def _images(table: pd.DataFrame, folder: Folder) -> pd.DataFrame:
    images = table[["patient_id", "study_id", "projection", "method_label", "pediatric"]].copy()
    images.insert(0, "image_id", table.image.map(image_id_of, na_action="ignore"))
    images["labels_text"] = table.labels
    images["view"] = folder.words(table.projection, VIEW, "view")
    images["sex"] = folder.words(table.sex, SEX, "sex")
    day = folder.numbers(table.date, "study date")
    images["age_years"] = day // 10_000 - folder.numbers(table.birth, "year of birth")
    images["age_implausible"] = folder.implausible(images.age_years)
    images["sequence"] = day.groupby(table.patient_id).rank(method="dense") - 1
    images["height"] = folder.numbers(table.height, "height")
    images["width"] = folder.numbers(table.width, "width")
    folder.note(f"{len(images):,} images of {images.patient_id.nunique():,} patients are listed.")
    methods = images.method_label.value_counts()
    folder.note("Labeled by " + ", ".join(f"{name} {count:,}" for name, count in methods.items()) + ".")
    return images


def _labels(texts: "pd.Series[str]", folder: Folder) -> pd.DataFrame:
    """1 where the owner's words name a finding; 0 elsewhere, or missing where silence says nothing."""
    codes, lists = pd.factorize(texts.fillna(""))
    words = [_words(text) for text in lists]
    unread = np.array([named is None for named in words], dtype=np.bool_)
    said = [named or set() for named in words]
    present = np.array([[bool(named & set(ours)) for ours in WORDS.values()] for named in said], dtype=np.bool_)
    silent = np.array([not named or bool(named & SILENT) for named in said], dtype=np.bool_)
    values = np.where(present.reshape(-1, len(WORDS)), 1.0, np.where(silent[:, None], np.nan, 0.0)).astype(np.float32)
    folder.note(
        f"{int(silent[codes].sum()):,} images are unlabeled, unchanged, suboptimal or excluded: "
        "what they do not name is not known."
    )
    if unread.any():
        folder.note(f"{int(unread[codes].sum()):,} of them have labels that are no list: {listed(lists[unread])}.")
    return pd.DataFrame(values[codes], columns=list(WORDS))


def _words(text: str) -> set[str] | None:
    """The words of a list as Python or NumPy writes it (`['a' 'b']`); None when it is none.

    >>> sorted(_words("['', 'cardiomegaly', ' pleural effusion']"))
    ['cardiomegaly', 'pleural effusion']
    """
    if text.strip() and not re.fullmatch(r"\[[\s,]*\]", WORD.sub("", text.strip())):
        return None
    try:
        named = [ast.literal_eval(word) for word in WORD.findall(text)]
    except (ValueError, SyntaxError):
        return None
    return {" ".join(word.lower().split()) for word in named} - {""}
