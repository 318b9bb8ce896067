"""Tables as hospitals export them: separators, encodings, suffixes, words among numbers, and no table at all."""

from pathlib import Path

import pytest

from hilum.datasets import datasets
from hilum.datasets.table import without_suffix
from hilum.schema import Cohort, ConfigError, DataError

table = datasets["table"]
COLUMNS = "columns: {patient_id: Patient, path: File, age_years: Age, sex: Sex, view: View, width: W}"
PLAIN = f"name: own\ntable: t.csv\n{COLUMNS}\nfindings: {{Mass: M}}\n"
ROWS = "Patient,File,Age,Sex,View,W,M\np1,a1.png,61,F,PA,100,1\np2,a2.png,44,M,AP,100,0\n"


def opened(
    folder: Path, yaml: str = PLAIN, rows: str | bytes | None = ROWS, name: str = "t.csv", files: str = ""
) -> Cohort:
    if rows is not None:
        (folder / "t.csv").write_bytes(rows if isinstance(rows, bytes) else rows.encode())
    for file in files.split():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).touch()
    (folder / "table.yaml").write_text(yaml)
    return table(folder)


@pytest.mark.parametrize("sign", [";", "'|'", "tab", "'\\t'", '"\\t"'])
def test_another_separator_and_decimal_sign(tmp_path: Path, sign: str) -> None:
    letter = "\t" if "t" in sign else sign.strip("'")
    rows = ROWS.replace(",", letter).replace(f"100{letter}1", f"100,5{letter}1,0")
    cohort = opened(tmp_path, f"separator: {sign}\ndecimal: ','\n{PLAIN}", rows)
    assert cohort.images.width.tolist() == [100.5, 100]
    assert cohort.labels.Mass.tolist() == [1, 0]


def test_another_encoding(tmp_path: Path) -> None:
    rows = ROWS.replace("p1", "José").encode("cp1252")
    with pytest.raises(DataError, match=r"t\.csv: not utf-8 text"):
        opened(tmp_path, rows=rows)
    assert opened(tmp_path, f"encoding: cp1252\n{PLAIN}", rows).images.patient_id[0] == "José"


def test_a_forgotten_separator_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="say separator: ';'"):
        opened(tmp_path, rows=ROWS.replace(",", ";"))


@pytest.mark.parametrize(("key", "value"), [("separator", "';;'"), ("decimal", "x"), ("patterns", "{patient_id: p}")])
def test_settings_that_cannot_be(tmp_path: Path, key: str, value: str) -> None:
    with pytest.raises(ConfigError, match=key):
        opened(tmp_path, f"{key}: {value}\n{PLAIN}")


def test_a_cell_of_spaces_around_a_name_is_that_name(tmp_path: Path) -> None:
    rows = ROWS.replace("p2", "p1\u00a0").replace("View,W", "View ,W").replace("p1,", " p1 ,", 1)
    cohort = opened(tmp_path, f"{PLAIN}keep: [View]\n", rows)
    assert cohort.patients == 1


def test_words_that_the_description_names_keep_their_meaning(tmp_path: Path) -> None:
    rows = "Patient,File,M\np1,a,None\np2,b,NA\np3,c,n/a\np4,d,\np5,e,yes\n"
    yaml = "name: own\ntable: t.csv\ncolumns: {patient_id: Patient, path: File}\nfindings: {Mass: M}\n"
    labels = "labels: {present: [yes], absent: [None, NA], uncertain: [n/a]}\n"
    assert opened(tmp_path, yaml + labels, rows).labels.Mass.fillna(9).tolist() == [0, 0, -1, 9, 1]
    with pytest.raises(DataError, match="column of Mass holds n/a in 1 rows"):
        opened(tmp_path, yaml + labels.replace(", uncertain: [n/a]", ""), rows)


@pytest.mark.parametrize("key", ["labels: {}\nlabels: {present: [0]}", "labels: {present: [1], present: [0]}"])
def test_a_key_that_stands_twice_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(ConfigError, match=r"table\.yaml: .*stands twice"):
        opened(tmp_path, f"{PLAIN}{key}\n")


def test_what_cannot_be_read_is_counted(tmp_path: Path) -> None:
    cohort = opened(tmp_path, rows=ROWS.replace("61", "-44").replace("44,M", ">89,M").replace("100", "wide", 1))
    assert cohort.images.age_years.fillna(-1).tolist() == [-1, 90]
    assert cohort.images.width.fillna(-1).tolist() == [-1, 100]
    notes = "\n".join(cohort.notes)
    assert "1 of 2 ages cannot be read and count as not known: '-44' 1 times" in notes
    assert "'>89' as 90" in notes
    assert "1 of 2 cells of width are no numbers, so not known: 'wide' 1 times" in notes


@pytest.mark.parametrize("rows", ["Patient,File,Age,Sex,View,W,M\n", "Patient,File,Age,Sex,View,W,M\n,,,,,,\n"])
def test_a_header_alone_is_refused(tmp_path: Path, rows: str) -> None:
    with pytest.raises(DataError, match=r"t\.csv: a header without rows"):
        opened(tmp_path, rows=rows)


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"t\.csv: the columns M stand twice"):
        opened(tmp_path, rows=ROWS.replace("View,W", "View,M"))


def test_a_frontal_view(tmp_path: Path) -> None:
    cohort = opened(tmp_path, f"{PLAIN}views: {{thorax front: FRONTAL}}\n", ROWS.replace("PA", "Thorax front"))
    assert cohort.images["view"].tolist() == ["FRONTAL", "AP"]


# --- names of files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "file"),
    [
        ("sub\\a1.png", "sub/a1.png"), ("sub/a1", "sub/a1.png"), ("a1.dcm", "a1.png"), ("a1", "a1"),
        ("a1.PNG", "a1.png"), ("a1.png", "a1"), ("1.2.840.5", "1.2.840.5"), ("1.2.840.5", "1.2.840.5.dcm"),
    ],
)  # fmt: skip
def test_files_are_found_by_their_names_however_written(tmp_path: Path, cell: str, file: str) -> None:
    cohort = opened(tmp_path, rows=ROWS.replace("a1.png", cell), files=file)
    assert cohort.images.path[0] == str(tmp_path / file)
    assert cohort.images.image_id[0] == without_suffix(file).split("/")[-1]


def test_two_files_of_one_name_are_not_guessed_between(tmp_path: Path) -> None:
    cohort = opened(tmp_path, rows=ROWS.replace("a1.png", "a1"), files="a1.png a1.jpg")
    assert cohort.images.path.isna().all()


def test_uids_as_names_stay_apart(tmp_path: Path) -> None:
    rows = ROWS.replace("a1.png", "1.2.840.5").replace("a2.png", "1.2.840.6.dcm")
    assert opened(tmp_path, rows=rows).images.image_id.tolist() == ["1.2.840.5", "1.2.840.6"]


@pytest.mark.parametrize("ids", ["a1", "a1.png", "x/a1.jpg"])
def test_boxes_name_images_with_or_without_suffix(tmp_path: Path, ids: str) -> None:
    (tmp_path / "b.csv").write_text(f"I;F;L;T;R;B\n{ids};Mass;1;2;30;40\n{ids};Mass;wide;2;30;40\n{ids};;;;;\n")
    boxes = "boxes: {table: b.csv, separator: ;, image_id: I, finding: F, x0: L, y0: T, x1: R, y1: B}\n"
    cohort = opened(tmp_path, PLAIN + boxes)
    assert cohort.boxes is not None
    assert cohort.boxes.table[["image_id", "x0", "y1"]].to_numpy().tolist() == [["a1", 1, 40]]
    assert "b.csv: 2 rows without all four sides or a finding are no boxes." in cohort.notes
    assert any("'wide' 1 times" in note for note in cohort.notes)


# --- several words, and no table --------------------------------------------------------------------------------------


def test_several_words_a_finding(tmp_path: Path) -> None:
    findings = "{column: M, separator: '; ', names: {Effusion: [Fluid, pleural fluid], Mass: tumour}, nothing: [None]}"
    rows = "Patient,File,M\np1,a,Fluid\np2,b,tumour; Pleural Fluid\np3,c,None\np4,d,\n"
    yaml = f"name: own\ntable: t.csv\ncolumns: {{patient_id: Patient, path: File}}\nfindings: {findings}\n"
    assert opened(tmp_path, yaml, rows).labels.fillna(9).to_numpy().tolist() == [[1, 0], [1, 1], [0, 0], [9, 9]]
    with pytest.raises(ConfigError, match="says of fluid both"):
        opened(tmp_path, yaml.replace("[None]", "[None, fluid]"), rows)


FOLDERS = """name: kaggle
images: chest_xray
columns: {patient_id: name, split: above}
patterns: {patient_id: '^(person\\d+|IM-\\d+)'}
splits: {train: train, test: test}
findings: {column: folder, names: {Pneumonia: PNEUMONIA}, nothing: [NORMAL]}
"""


def test_a_folder_a_class_without_a_table(tmp_path: Path) -> None:
    place = "chest_xray/train/PNEUMONIA/person1_virus"
    files = f"{place}_1.jpeg {place}_2.jpeg chest_xray/test/NORMAL/IM-7-1.jpeg chest_xray/readme.txt chest_xray/.x.png"
    cohort = opened(tmp_path, FOLDERS, None, files=files)
    images = cohort.images.set_index("image_id")
    assert images.index.tolist() == ["IM-7-1", "person1_virus_1", "person1_virus_2"]
    assert images.patient_id.tolist() == ["IM-7", "person1", "person1"]
    assert images.split.tolist() == ["test", "train", "train"]
    assert cohort.labels.Pneumonia.tolist() == [0, 1, 1]
    assert images.path["IM-7-1"] == str(tmp_path / "chest_xray/test/NORMAL/IM-7-1.jpeg")
    assert cohort.notes[:2] == (
        "No table is named: 3 image files under chest_xray/ are listed.",
        "1 other files are left aside.",
    )


def test_names_that_hold_no_patient_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="1 of 1 cells do not fit the pattern of patient_id: scan"):
        opened(tmp_path, FOLDERS, None, files="chest_xray/train/NORMAL/scan.png")


def test_nothing_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder"):
        opened(tmp_path, FOLDERS, None)
    (tmp_path / "chest_xray").mkdir()
    with pytest.raises(DataError, match="no image file is there or below"):
        opened(tmp_path, FOLDERS, None)


def test_files_of_a_scanner_without_suffix(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "IM0001").write_bytes(bytes(128) + b"DICM")
    (tmp_path / "out" / "LICENSE").write_text("free")
    yaml = "name: own\nimages: out\ncolumns: {patient_id: name}\nfindings: {}\n"
    assert opened(tmp_path, yaml, None).images.image_id.tolist() == ["IM0001"]
