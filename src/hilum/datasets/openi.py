"""Open-i (Indiana University): 7,470 images of 3,955 reports, indexed by hand with MeSH terms.

Counts: 3,955 reports in XML, 3,851 of them with images: 7,470, most a frontal and a lateral each (PNG, or DICOM). The
    paper counts what was collected: 3,996 reports, 8,121 images.
Labels: coded by hand with MeSH terms and qualifiers (`Pleural Effusion/left/small`), on the report and not on the
    image. `TERMS` below maps the major terms to findings: 1 where a term is given, -1 where its qualifier is
    `borderline`, 0 where an indexed report does not give it, missing where the report was not indexed or its images
    were called unsatisfactory. A mass or nodule of breast, chest wall, pleura or mediastinum is not
    the lung's. They are a report's labels, put on its frontal and lateral alike. No report tells the view of an image;
    with `indiana_projections.csv` (3,818 frontal, 3,648 lateral) it becomes FRONTAL or LATERAL, never PA or AP. One
    report a patient.
Citation: Demner-Fushman D, Kohli MD, Rosenman MB, et al. Preparing a collection of radiology examinations for
    distribution and retrieval. Journal of the American Medical Informatics Association 2016; 23(2):304-310,
    doi:10.1093/jamia/ocv080.
License: CC BY-NC-ND 4.0, credit Indiana University and the National Library of Medicine.
Split: none by the owner.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.datasets.folder import DICOM, PICTURES, Folder
from hilum.datasets.openi_reports import read_projections, reports_of_csv, reports_of_xml, short
from hilum.registry import register
from hilum.schema import Cohort
from hilum.schema.image_ids import image_id_of

IMAGES = ("NLMCXR_png", "images", "images/images_normalized", "images_normalized", "NLMCXR_dcm/*", "dcm/*", "png")
TERMS = {  # major term, lower case: finding, and a qualifier that must stand with it
    "pulmonary atelectasis": ("Atelectasis", ""),
    "cardiomegaly": ("Cardiomegaly", ""),
    "cardiac shadow": ("Cardiomegaly", "enlarged"),
    "heart": ("Cardiomegaly", "enlarged"),
    "pleural effusion": ("Effusion", ""),
    "hemothorax": ("Effusion", ""),
    "infiltrate": ("Infiltration", ""),
    "mass": ("Mass", ""),
    "nodule": ("Nodule", ""),
    "pneumonia": ("Pneumonia", ""),
    "pneumothorax": ("Pneumothorax", ""),
    "consolidation": ("Consolidation", ""),
    "pulmonary edema": ("Edema", ""),
    "emphysema": ("Emphysema", ""),
    "pulmonary emphysema": ("Emphysema", ""),
    "bullous emphysema": ("Emphysema", ""),
    "pulmonary fibrosis": ("Fibrosis", ""),
    "fibrosis": ("Fibrosis", "lung"),
    "thickening": ("Pleural_Thickening", "pleura"),
    "hernia, hiatal": ("Hernia", ""),
    "opacity": ("Lung Opacity", "lung"),
    "airspace disease": ("Lung Opacity", ""),
    "fractures, bone": ("Fracture", ""),
    "calcified granuloma": ("Granuloma", ""),
    "granuloma": ("Granuloma", ""),
    "granulomatous disease": ("Granuloma", ""),
    "catheters, indwelling": ("Support Devices", ""),
    "implanted medical device": ("Support Devices", ""),
    "medical device": ("Support Devices", ""),
    "tube, inserted": ("Support Devices", ""),
    "normal": ("No Finding", ""),
}
TWO_IN_ONE = dict.fromkeys(("hydropneumothorax", "hemopneumothorax"), ("pneumothorax", "pleural effusion"))
FINDINGS = tuple(dict.fromkeys(finding for finding, _ in TERMS.values()))
OF_THE_LUNG = {"Mass", "Nodule"}  # these findings, unless a qualifier places them
ELSEWHERE = {
    "breast", "thorax", "thoracic wall", "soft tissue", "ribs", "pleura", "mediastinum", "paratracheal", "heart",
    "abdomen", "neck", "shoulder", "spine", "thoracic vertebrae", "clavicle", "diaphragm", "axilla", "thyroid gland",
}  # fmt: skip
UNREADABLE = {"no indexing", "technical quality of image unsatisfactory"}
VIEW = {"Frontal": "FRONTAL", "Lateral": "LATERAL"}


@register
def openi(root: str | Path) -> Cohort:
    """Open-i (Indiana): 7,470 frontal and lateral images, findings from hand-indexed reports.

    Further columns: `mesh` (the major terms, joined by `;`), `indication`, `findings_text`, `impression`, and
    `projection` (Frontal or Lateral, where known).

    Args:
        root: the folder with the reports (`ecgen-radiology/*.xml`) and images (`NLMCXR_png/*.png` or
            `NLMCXR_dcm/*/*.dcm`); or the copy with `indiana_reports.csv`, `indiana_projections.csv` and
            `images/images_normalized/`, whose images get the owner's ids.
    """
    folder = Folder(root, "openi", "ecgen-radiology/*.xml and images under NLMCXR_png/ or NLMCXR_dcm/")
    found = {image_id_of(name): path for name, path in folder.files(*IMAGES, suffixes=PICTURES + DICOM).items()}
    projections = read_projections(folder)
    table = reports_of_xml(folder)
    if table.empty:
        table = reports_of_csv(folder, projections, list(found))
    if table.empty:
        raise folder.refusal("holds no report that names an image, nor indiana_reports.csv")
    images = _images(table, projections, found, folder)
    labels, unread = _labels(table.mesh)
    folder.note(f"{unread:,} images were not indexed or called unsatisfactory: what is not named there is not known.")
    return Cohort("openi", images, labels, root=folder.root, notes=tuple(folder.notes))


def _images(table: pd.DataFrame, projections: pd.DataFrame, found: dict[str, str], folder: Folder) -> pd.DataFrame:
    images = table.rename(columns={"report": "patient_id"})
    images["study_id"] = images.patient_id
    brief = images.image_id.map(short)
    paths = {short(name): path for name, path in found.items()}
    images["path"] = folder.paths(brief, paths)
    images["projection"] = brief.map(dict(zip(projections.image, projections.projection, strict=True))).astype("str")
    images["view"] = images.projection.str.strip().str.capitalize().map(VIEW).astype("str")
    return images


def _labels(mesh: "pd.Series[str]") -> tuple[pd.DataFrame, int]:
    """The findings of each image, and how many images say nothing by their silence."""
    rows = [_indexed([term.lower().split("/") for term in text.split(";") if term]) for text in mesh]
    silent = sum(np.isnan(row).any() for row in rows)
    return pd.DataFrame(np.stack(rows), columns=list(FINDINGS)), int(silent)


def _indexed(terms: list[list[str]]) -> NDArray[np.float32]:
    """(findings,) labels of one report's terms, each with its qualifiers."""
    terms = [[" ".join(word.split()) for word in term] for term in terms]
    silent = not terms or any(name in UNREADABLE for name, *_ in terms)
    values = np.full(len(FINDINGS), np.nan if silent else 0, dtype=np.float32)
    for name, *qualifiers in [(part, *rest) for term, *rest in terms for part in TWO_IN_ONE.get(term, (term,))]:
        finding = _finding(name, qualifiers)
        if finding:
            place = FINDINGS.index(finding)
            sure = "borderline" not in qualifiers or values[place] == 1
            values[place] = 1 if sure else -1
    return values


def _finding(name: str, qualifiers: list[str]) -> str:
    """What a term names, given its qualifiers; empty when that is none of our findings."""
    finding, needed = TERMS.get(name, ("", ""))
    if needed == "enlarged" and "borderline" in qualifiers:  # Cardiac Shadow/borderline
        return finding
    if needed and needed not in qualifiers:
        return ""
    elsewhere = finding in OF_THE_LUNG and "lung" not in qualifiers and not ELSEWHERE.isdisjoint(qualifiers)
    return "" if elsewhere else finding
