"""CheXpert: 224,316 images of 65,240 patients of Stanford Hospital, 14 observations with uncertainty.

Counts: 223,414 images to train on (64,540 patients; 191,027 frontal, 32,387 lateral), 234 to validate (200 patients),
    668 to test (500 patients).
Labels: training labels come from the CheXpert labeler, rules over the reports' impressions: 1 mentioned as present,
    0 as absent, -1 as uncertain, blank not mentioned. Blank is kept apart from absent; most cells are blank. They
    are a study's labels, put on each of its images, so a lateral carries findings that show on the frontal only.
    `No Finding` is 1 where nothing but support devices was named. Validation labels are by three radiologists, test
    labels the majority of five; both know no uncertainty. AP/PA says AP of 161,590 training images, PA of 29,420, LL
    or RL of 17 frontal ones (here FRONTAL), and nothing of laterals; one image's sex is Unknown.
Citation: Irvin J, Rajpurkar P, Ko M, et al. CheXpert: A Large Chest Radiograph Dataset with Uncertainty Labels and
    Expert Comparison. AAAI 2019. arXiv:1901.07031, doi:10.1609/aaai.v33i01.3301590.
License: Stanford University Dataset Research Use Agreement: research only, no redistribution.
Split: the owner's, by patient: `train.csv`, `valid.csv` (val), and test labels where they are there.
"""

from pathlib import Path

import pandas as pd

from hilum.datasets.facts import SEX
from hilum.datasets.folder import Folder, read_table
from hilum.registry import register
from hilum.schema import Cohort, DataError
from hilum.schema.findings import CHEXPERT14
from hilum.schema.image_ids import image_id_of

SPLIT_TABLES = {  # split: names of its table; the test set has been published under several
    "train": ("train.csv",),
    "val": ("valid.csv", "val_labels.csv"),
    "test": ("test_labels.csv", "test.csv", "groundtruth.csv"),
}
PARENTS = ("", "CheXpert-v1.0*/", "CheXpert/")  # the table's folder, seen from the root
FACTS = {"sex": ("Sex",), "age": ("Age",), "projection": ("AP/PA",)}
COLUMNS = {"path": ("Path", "Study")} | FACTS | {name: (name,) for name in CHEXPERT14}
VIEW = {"ap": "AP", "pa": "PA", "lateral": "LATERAL"}


@register
def chexpert(root: str | Path) -> Cohort:
    """CheXpert: 224,316 frontal and lateral images, 14 observations from reports, uncertainty kept.

    Image ids join the owner's path, as in `patient00001_study1_view1_frontal`. Studies carry no date, so `sequence`
    is not known. `projection` keeps the owner's AP/PA column, which for a few images says LL or RL. A study of a table
    with one row a study whose images are not there keeps its labels in one row without a file, under the study's id.

    Args:
        root: `CheXpert-v1.0`, `CheXpert-v1.0-small`, the folder above one, the four batches of the full release, or
            CheXlocalize's `CheXpert` with `val_labels.csv` and `test_labels.csv` beside `val/` and `test/`.
    """
    folder = Folder(root, "chexpert", "train.csv or valid.csv beside train/ and valid/")
    tables = []
    for split, names in SPLIT_TABLES.items():
        patterns = [parent + name for name in names for parent in PARENTS]
        path = folder.optional(*patterns, otherwise=f"no {split} images")
        if path is not None:
            tables.append(_table(path, split, folder))
    if not tables:
        raise folder.refusal("holds none of train.csv, valid.csv, test_labels.csv")
    table = pd.concat(tables, ignore_index=True).reindex(columns=["name", "file", "split", *FACTS, *CHEXPERT14])
    images, labels = _images(table, folder), table[list(CHEXPERT14)]
    folder.note(
        f"{int((labels == -1).sum().sum()):,} labels are uncertain, {int(labels.isna().sum().sum()):,} not mentioned; "
        "both are kept apart from absent."
    )
    return Cohort("chexpert", images, labels, root=folder.root, notes=tuple(folder.notes))


def _table(path: Path, split: str, folder: Folder) -> pd.DataFrame:
    """One split's rows with `name` (the owner's path below the split) and `file`."""
    table = read_table(path, COLUMNS, optional=FACTS)
    parts = [_parts(name) for name in table.path.tolist()]
    bad = [place for place, part in enumerate(parts) if len(part) < 3]
    if bad or not parts:
        at = f" in row {bad[0] + 1} ('{table.path.iloc[bad[0]]}')" if bad else ""
        raise DataError(f"{path}: no paths such as CheXpert-v1.0/{split}/patient00001/study1/view1_frontal.jpg{at}.")
    if parts[0][-1].startswith("study"):
        table, parts = _views(table, path.parent / parts[0][-3], parts, folder)
    table["name"] = ["/".join(part[-3:]) for part in parts]
    folder.note(f"{path.name}: {len(table):,} images are {split}.")
    places = [path.parent / part[-4] for part in parts[:1] if len(part) > 3]
    if split == "val":  # CheXlocalize's folder is val/, where its table says valid/
        places.append(path.parent / split)
    if split == "train":  # the full release spreads these over three more folders
        places += sorted(path.parent.parent.glob("*batch*(train*"))
    table["file"] = folder.below(places, table["name"].where(table["name"].map(_is_image)))
    table["split"] = split
    return table


def _parts(name: object) -> list[str]:
    """The folders and the file of an owner's path; none where the cell is empty."""
    return name.replace("\\", "/").strip("/ ").split("/") if isinstance(name, str) else []


def _is_image(name: str) -> bool:
    return not name.rsplit("/", 1)[-1].startswith("study")


def _views(
    table: pd.DataFrame, place: Path, studies: list[list[str]], folder: Folder
) -> tuple[pd.DataFrame, list[list[str]]]:
    """One row an image of a table with one row a study: the images that lie there, or else the study itself."""
    images = [sorted(place.joinpath(*part[-2:]).glob("view*.*")) for part in studies]
    rows = [
        (row, parts)
        for row, (study, found) in enumerate(zip(studies, images, strict=True))
        for parts in ([list(path.parts[-4:]) for path in found] or [study])
    ]
    bare = sum(not found for found in images)
    folder.note(f"{bare:,} of {len(images):,} {place.name} studies have no images there.")
    if bare:
        folder.note(f"{bare:,} studies without images keep their labels, each in one row without a file.")
    return table.iloc[[row for row, _ in rows]].reset_index(drop=True), [parts for _, parts in rows]


def _images(table: pd.DataFrame, folder: Folder) -> pd.DataFrame:
    parts = [name.split("/")[-3:] if _is_image(name) else name.split("/")[-2:] for name in table["name"]]
    stem = pd.Series([image_id_of(part[-1]) for part in parts], table.index, "str")
    images = pd.DataFrame(
        {
            "image_id": ["_".join([*part[:-1], name]) for part, name in zip(parts, stem, strict=True)],
            "patient_id": [part[0] for part in parts],
            "study_id": ["_".join(part[:2]) for part in parts],
        }
    )
    images["path"], images["split"], images["projection"] = table.file, table.split, table.projection
    lateral, frontal = stem.str.endswith("_lateral"), stem.str.endswith("_frontal")
    view = folder.words(table.projection.where(~lateral, "lateral"), VIEW, "frontal view")
    images["view"] = view.mask(view.isna() & frontal, "FRONTAL")
    images["sex"] = folder.words(table.sex, SEX, "sex")
    images["age_years"] = folder.ages(table.age)
    images["age_implausible"] = folder.implausible(images.age_years)
    folder.note(
        f"{len(images):,} images of {images.patient_id.nunique():,} patients are listed, {lateral.sum():,} lateral."
    )
    folder.note(f"{(images['view'] == 'FRONTAL').sum():,} images are FRONTAL: the owner says neither AP nor PA.")
    return images
