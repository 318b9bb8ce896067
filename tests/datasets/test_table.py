"""A user's own table: what its description says, and what is said when it is wrong."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from hilum.datasets import datasets
from hilum.datasets.cells import cell_labels, meaning
from hilum.datasets.description import Labels
from hilum.schema import Cohort, ConfigError, DataError, HilumError

Make = Callable[[str], Path]
table = datasets["table"]
HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "your-own-table.md"


@pytest.fixture
def root(owners_folder: Make) -> Path:
    return owners_folder("table")


@pytest.fixture
def cohort(root: Path) -> Cohort:
    return table(root)


def test_columns_and_words_are_put_into_ours(cohort: Cohort) -> None:
    images = cohort.images
    assert cohort.name == "our-hospital"
    assert images.image_id.tolist() == ["a1_1", "a1_2", "b2_1"]
    assert images.patient_id.tolist() == ["a1", "a1", "b2"]
    assert images["view"].tolist() == ["PA", "LATERAL", "AP"]
    assert images.sex.tolist() == ["F", "F", "M"]
    assert images.age_years.tolist() == [61, 61, 44]
    assert images.split.tolist() == ["train", "train", "test"]
    assert images.Scanner.tolist() == ["X", "X", "Y"]


def test_labels_keep_their_four_states(cohort: Cohort) -> None:
    assert cohort.labels["Pneumothorax"].tolist() == [1, -1, 0]
    assert cohort.labels["Effusion"].fillna(9).tolist() == [0, 9, 1]
    assert "1 labels are uncertain, 1 not mentioned." in cohort.notes


def test_the_yaml_itself_or_parquet_read_alike(root: Path, cohort: Cohort) -> None:
    assert table(root / "table.yaml").images.equals(cohort.images)
    pd.read_csv(root / "images.csv").to_parquet(root / "images.parquet")
    edit(root, "images.csv", "images.parquet")
    again = table(root)
    assert again.labels.equals(cohort.labels)
    assert again.images.equals(cohort.images)


def edit(root: Path, old: str, new: str) -> None:
    text = (root / "table.yaml").read_text()
    assert old in text
    (root / "table.yaml").write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "kind", "message"),
    [
        ("columns:", "colums:", ConfigError, r"table\.yaml: .*colums: Extra inputs.*keys are: name, table"),
        ("patient_id: Patient, ", "", ConfigError, r"columns\.patient_id: Field required"),
        (
            "Patient,",
            "Pateint,",
            DataError,
            "no column 'Pateint', which columns.patient_id names. Did you mean 'Patient'",
        ),
        (
            "Pneumothorax: PTX",
            "Pneumothorax: Ptx",
            DataError,
            r"which findings\.Pneumothorax names\. Did you mean 'PTX'",
        ),
        ('["?"]', "[]", DataError, r"column of Pneumothorax holds \? in 1 rows, the first in row 2"),
        ("[yes]", "[yes, no]", ConfigError, "give '(false|no)' two meanings"),
        ("holdout: test", "hold: test", DataError, "column of splits holds holdout"),
        ("images.csv", "image.csv", DataError, r"image\.csv: no such file"),
        ("{present", "{{present", ConfigError, "not readable as YAML"),
        ("path: File, ", "", ConfigError, "neither path nor image_id"),
    ],
)
def test_what_is_wrong_is_said(root: Path, old: str, new: str, kind: type[HilumError], message: str) -> None:
    edit(root, old, new)
    with pytest.raises(kind, match=message):
        table(root)


def test_unknown_views_are_counted(root: Path) -> None:
    edit(root, "views: {front standing: PA}\n", "")
    cohort = table(root)
    assert cohort.images["view"].isna().tolist() == [True, False, False]
    assert any("'front standing' 1 times" in note for note in cohort.notes)


def test_one_column_of_names(root: Path) -> None:
    images = pd.read_csv(root / "images.csv").assign(Diagnosis=["Fluid; Nodule", None, "Normal"])
    images.to_csv(root / "images.csv", index=False)
    names = '{column: Diagnosis, separator: ";", names: {Nodule: nodule, Effusion: Fluid}, nothing: [Normal]}'
    edit(root, "{Pneumothorax: PTX, Effusion: Fluid}", names)
    labels = table(root).labels
    assert list(labels) == ["Nodule", "Effusion"]
    assert labels.fillna(9).to_numpy().tolist() == [[1, 1], [9, 9], [0, 0]]
    edit(root, ", nothing: [Normal]", "")
    with pytest.raises(DataError, match="column 'Diagnosis' names normal"):
        table(root)


def test_boxes_and_masks(root: Path) -> None:
    images = pd.read_csv(root / "images.csv").assign(
        Lungs=["2024/a1_1.png", None, "2025/none.png"], Name=["p", "q", "r"]
    )
    images.to_csv(root / "images.csv", index=False)
    (root / "boxes.csv").write_text("Image,What,L,T,W,H\np,Effusion,1,2,10,20\nz,Effusion,1,2,10,20\n")
    boxes = "{table: boxes.csv, image_id: Image, finding: What, x0: L, y0: T, width: W, height: H}"
    edit(root, "keep:", f"masks: {{lungs: Lungs}}\nboxes: {boxes}\nkeep:")
    edit(root, "{patient_id", "{image_id: Name, patient_id")
    cohort = table(root)
    assert cohort.boxes is not None
    assert cohort.boxes.of("p")[["x0", "y0", "x1", "y1"]].to_numpy().tolist() == [[1, 2, 11, 22]]
    assert "boxes.csv: 1 boxes; 1 of images that are not listed are left out." in cohort.notes
    assert cohort.masks is not None
    assert cohort.masks[["image_id", "structure"]].to_numpy().tolist() == [["p", "lungs"]]
    edit(root, ", height: H", "")
    with pytest.raises(ConfigError, match=r"boxes\S*: .*give x1 and y1, or width and height"):
        table(root)


def test_numbers_are_read_however_they_are_written() -> None:
    words = meaning(Labels())
    for cells in (pd.Series([1, 0, -1]), pd.Series([1.0, 0.0, -1.0]), pd.Series(["1", "0.0", " -1"])):
        assert cell_labels(cells, words, "Mass").tolist() == [1, 0, -1]
    assert cell_labels(
        pd.Series([True, False]), meaning(Labels(present=(True,), absent=(False,))), "Mass"
    ).tolist() == [1, 0]


def test_the_how_to_runs(tmp_path: Path) -> None:
    text = HOW_TO.read_text(encoding="utf-8")
    csv, described, promised = (
        re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)[0] for kind in ("csv", "yaml", "text")
    )
    (tmp_path / "images.csv").write_text(csv)
    (tmp_path / "table.yaml").write_text(described)
    for name in pd.read_csv(tmp_path / "images.csv").File:
        (tmp_path / "images" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "images" / name).touch()
    cohort = table(tmp_path)
    assert list(cohort.notes) == promised.strip().splitlines()
    assert cohort.labels["Pneumothorax"].tolist() == [1, -1, 0]
    assert cohort.images["view"].tolist() == ["PA", "LATERAL", "AP"]


@pytest.mark.parametrize("block", [1, 2, 3, 4])
def test_the_how_tos_other_blocks_are_valid(tmp_path: Path, block: int) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 5
    bases = {1: re.sub(r"findings:.*?\n\n", "", blocks[0], flags=re.DOTALL), 2: blocks[0], 3: blocks[0], 4: ""}
    (tmp_path / "table.yaml").write_text(bases[block] + blocks[block])
    missing = "chest_xray: no such folder" if block == 4 else r"images\.csv: no such file"
    with pytest.raises(DataError, match=missing):  # the description itself was accepted
        table(tmp_path)
