"""The reports of Open-i, as the owner's XML files or as the two tables of a copy (`indiana_reports.csv`)."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd

from hilum.datasets.folder import Folder, read_table
from hilum.schema import DataError
from hilum.schema.image_ids import image_id_of

XML = ("ecgen-radiology", "NLMCXR_reports/ecgen-radiology", "NLMCXR_reports", "reports", "*/ecgen-radiology", ".")
CSV = ("indiana_reports.csv", "*/indiana_reports.csv")
PROJECTIONS = ("indiana_projections.csv", "*/indiana_projections.csv")
REPORT = {
    "report": ("uid",),
    "mesh": ("MeSH",),
    "indication": ("indication",),
    "findings_text": ("findings",),
    "impression": ("impression",),
}
PROJECTION = {"report": ("uid",), "image": ("filename",), "projection": ("projection",)}
SHORT = re.compile(r"^CXR(\d+)_(?:\1_)?")  # CXR2_IM-0652-1001 and CXR1_1_IM-0001-3001 are 2_IM-… and 1_IM-… elsewhere


def short(image_id: str) -> str:
    """An image's name in DICOM files and in the copy.

    >>> short("CXR1_1_IM-0001-3001"), short("CXR2_IM-0652-1001")
    ('1_IM-0001-3001', '2_IM-0652-1001')
    """
    return SHORT.sub(r"\1_", image_id)


def owners_id(name: str, report: str) -> str:
    """The image's name in the owner's reports; report 1 alone has its number twice there.

    >>> owners_id("1_IM-0001-3001", "1"), owners_id("2_IM-0652-1001", "2")
    ('CXR1_1_IM-0001-3001', 'CXR2_IM-0652-1001')
    """
    return f"CXR1_{name}" if report == "1" else f"CXR{name}"


def reports_of_xml(folder: Folder) -> pd.DataFrame:
    """One row an image of the owner's reports: `image_id`, `report`, `mesh` and its texts; empty without reports."""
    paths = folder.files(*XML, suffixes=(".xml",))
    rows = [row for path in paths.values() for row in _report(Path(path))]
    if rows:
        without = len(paths) - len({row["report"] for row in rows})
        folder.note(
            f"{len(paths):,} reports are there, {without:,} of them name no image; {len(rows):,} images are listed."
        )
    return pd.DataFrame(rows, columns=["image_id", *REPORT])


def reports_of_csv(folder: Folder, projections: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """As `reports_of_xml`, from the copy's table; its images are those of its projections and those that lie there.

    A report none of whose images is known keeps its labels in one row without a file.

    Args:
        folder: takes the notes.
        projections: as from `read_projections`.
        names: of the image files, without suffix.
    """
    path = folder.find(*CSV)
    if path is None:
        return pd.DataFrame(columns=["image_id", *REPORT])
    reports = read_table(path, REPORT, optional=("indication", "findings_text", "impression"))
    reports = reports.reindex(columns=[*REPORT]).astype("str").fillna("")
    reports["report"] = reports.report.str.removeprefix("CXR")
    if reports.report.duplicated().any():
        raise DataError(f"{path}: a report stands twice. Expected one row a report.")
    seen = [(name.split("_")[0], name) for name in map(short, names) if re.match(r"\d+_IM-", name)]
    pairs = [*zip(projections.report, projections.image, strict=True), *seen]
    images = pd.DataFrame(list(dict.fromkeys(pairs)), columns=["report", "image"], dtype="str")
    ids = [owners_id(name, report) for report, name in zip(images.report, images.image, strict=True)]
    images["image_id"] = pd.Series(ids, images.index, "str")
    table = reports.merge(images[["report", "image_id"]], on="report", how="left")
    without = table.image_id.isna()
    folder.note(
        f"{len(reports):,} reports are there; {(~without).sum():,} images are listed. {without.sum():,} reports name "
        "no image: each keeps its labels in one row without a file."
    )
    return table.assign(image_id=table.image_id.fillna("CXR" + table.report))


def read_projections(folder: Folder) -> pd.DataFrame:
    """`report`, `image` (its short name) and `projection` (Frontal or Lateral); empty without their table."""
    path = folder.optional(*PROJECTIONS, otherwise="views are not known")
    if path is None:
        return pd.DataFrame(columns=[*PROJECTION], dtype="str")
    table = read_table(path, PROJECTION, optional=("report",)).reindex(columns=[*PROJECTION]).dropna(subset="image")
    table["image"] = [short(image_id_of(image_id_of(str(name)))) for name in table.image]  # 1_IM-0001-4001.dcm.png
    table["report"] = table.image.str.split("_").str[0]
    return table.astype("str").drop_duplicates("image", ignore_index=True)


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
