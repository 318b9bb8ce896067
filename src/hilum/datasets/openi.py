"""Open-i (Indiana University): 7,470 images of 3,955 reports, indexed by hand with MeSH terms.

Counts: 3,955 reports in XML, 3,851 of them with images: 7,470, most a frontal and a lateral each (PNG, or DICOM). The
    paper counts what was collected: 3,996 reports, 8,121 images.
Labels: coded by hand with MeSH terms and qualifiers (`Pleural Effusion/left/small`), on the report and not on the
    image. `TERMS` below maps the major terms to findings: 1 where a term is given, -1 where its qualifier is
    `borderline`, 0 where an indexed report does not give it, missing where the report was not indexed or its images
    were called unsatisfactory. They are a report's labels, put on its frontal and lateral alike. No report tells the
    view of an image; with `indiana_projections.csv` (3,818 frontal, 3,648 lateral) laterals become known. One report a
    patient.
Citation: Demner-Fushman D, Kohli MD, Rosenman MB, et al. Preparing a collection of radiology examinations for
    distribution and retrieval. Journal of the American Medical Informatics Association 2016; 23(2):304-310,
    doi:10.1093/jamia/ocv080.
License: CC BY-NC-ND 4.0, credit Indiana University and the National Library of Medicine.
Split: none by the owner.
"""

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hilum.datasets.folder import DICOM, PICTURES, Folder, read_table
from hilum.registry import register
from hilum.schema import Cohort, DataError

REPORTS = ("ecgen-radiology", "NLMCXR_reports/ecgen-radiology", "NLMCXR_reports", "reports", "*/ecgen-radiology")
IMAGES = ("NLMCXR_png", "images", "images/images_normalized", "NLMCXR_dcm/*", "dcm/*", "png")
TERMS = {  # major term, lower case: finding, and a qualifier that must stand with it
    "pulmonary atelectasis": ("Atelectasis", ""),
    "cardiomegaly": ("Cardiomegaly", ""),
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
    "thickening": ("Pleural_Thickening", "pleura"),
    "hernia, hiatal": ("Hernia", ""),
    "opacity": ("Lung Opacity", "lung"),
    "airspace disease": ("Lung Opacity", ""),
    "fractures, bone": ("Fracture", ""),
    "calcified granuloma": ("Granuloma", ""),
    "granuloma": ("Granuloma", ""),
    "catheters, indwelling": ("Support Devices", ""),
    "implanted medical device": ("Support Devices", ""),
    "medical device": ("Support Devices", ""),
    "tube, inserted": ("Support Devices", ""),
    "normal": ("No Finding", ""),
}
TWO_IN_ONE = dict.fromkeys(("hydropneumothorax", "hemopneumothorax"), ("pneumothorax", "pleural effusion"))
FINDINGS = tuple(dict.fromkeys(finding for finding, _ in TERMS.values()))
UNREADABLE = {"no indexing", "technical quality of image unsatisfactory"}
PROJECTIONS = {"image": ("filename",), "projection": ("projection",)}
SHORT = re.compile(r"^CXR(\d+)_(?:\1_)?")  # CXR2_IM-0652-1001 and CXR1_1_IM-0001-3001 are 2_IM-… and 1_IM-… elsewhere


@register
def openi(root: str | Path) -> Cohort:
    """Open-i (Indiana): 7,470 frontal and lateral images, findings from hand-indexed reports.

    Further columns: `mesh` (the major terms, joined by `;`), `indication`, `findings_text`, `impression`, and
    `projection` (Frontal or Lateral, where known).

    Args:
        root: the folder with the reports (`ecgen-radiology/*.xml`) and images (`NLMCXR_png/*.png` or
            `NLMCXR_dcm/*/*.dcm`).
    """
    folder = Folder(root, "openi", "ecgen-radiology/*.xml and images under NLMCXR_png/ or NLMCXR_dcm/")
    reports = folder.files(*REPORTS, ".", suffixes=(".xml",))
    rows = [row for path in reports.values() for row in _report(Path(path))]
    if not rows:
        raise folder.refusal("holds no report that names an image")
    table = pd.DataFrame(rows)
    without = len(reports) - table.report.nunique()
    folder.note(
        f"{len(reports):,} reports are there, {without:,} of them name no image; {len(table):,} images are listed."
    )
    images = _images(table, folder)
    labels, unread = _labels(table.mesh)
    folder.note(f"{unread:,} images were not indexed or called unsatisfactory: what is not named there is not known.")
    return Cohort("openi", images, labels, root=folder.root, notes=tuple(folder.notes))


def _report(path: Path) -> list[dict[str, str]]:
    """One row an image of one report."""
    try:
        tree = ElementTree.parse(path).getroot()
    except (ElementTree.ParseError, OSError) as error:
        raise DataError(f"{path}: not a readable report ({error}). Expected the owner's XML.") from error
    identity = tree.find("uId")
    report = path.stem if identity is None else identity.get("id", path.stem)
    sections = {part.get("Label", ""): (part.text or "").strip() for part in tree.iter("AbstractText")}
    facts = {
        "report": report.removeprefix("CXR"),
        "mesh": ";".join((term.text or "").strip() for term in tree.iterfind(".//MeSH/major")),
        "indication": sections.get("INDICATION", ""),
        "findings_text": sections.get("FINDINGS", ""),
        "impression": sections.get("IMPRESSION", ""),
    }
    return [{"image_id": image.get("id", ""), **facts} for image in tree.iter("parentImage")]


def _images(table: pd.DataFrame, folder: Folder) -> pd.DataFrame:
    images = table.rename(columns={"report": "patient_id"})
    images["study_id"] = images.patient_id
    short = pd.Series([SHORT.sub(r"\1_", name) for name in images.image_id], images.index, "str")
    found = {name.removesuffix(".dcm"): path for name, path in folder.files(*IMAGES, suffixes=PICTURES + DICOM).items()}
    found |= {name: found[brief] for name, brief in zip(images.image_id, short, strict=True) if brief in found}
    images["path"] = folder.paths(images.image_id, found)
    path = folder.optional("indiana_projections.csv", "*/indiana_projections.csv", otherwise="views are not known")
    images["projection"] = pd.Series(np.nan, images.index, "str")
    if path is not None:
        projections = read_table(path, PROJECTIONS)
        names = projections.image.str.replace(r"(\.dcm)?\.\w+$", "", regex=True)
        images["projection"] = short.map(dict(zip(names, projections.projection, strict=True))).astype("str")
    images["view"] = images.projection.map({"Lateral": "LATERAL"}).astype("str")
    return images


def _labels(mesh: "pd.Series[str]") -> tuple[pd.DataFrame, int]:
    """The findings of each image, and how many images say nothing by their silence."""
    rows = [_indexed([term.lower().split("/") for term in text.split(";") if term]) for text in mesh]
    silent = sum(np.isnan(row).any() for row in rows)
    return pd.DataFrame(np.stack(rows), columns=list(FINDINGS)), int(silent)


def _indexed(terms: list[list[str]]) -> NDArray[np.float32]:
    """(findings,) labels of one report's terms, each with its qualifiers."""
    silent = not terms or any(name.strip() in UNREADABLE for name, *_ in terms)
    values = np.full(len(FINDINGS), np.nan if silent else 0, dtype=np.float32)
    named = [(each, rest) for name, *rest in terms for each in TWO_IN_ONE.get(name.strip(), (name.strip(),))]
    for name, qualifiers in named:
        finding, needed = TERMS.get(name, ("", ""))
        if finding and (not needed or needed in qualifiers):
            place = FINDINGS.index(finding)
            sure = "borderline" not in qualifiers or values[place] == 1
            values[place] = 1 if sure else -1
    return values
