"""NIH ChestX-ray14: both spellings of its table, its lists, its boxes, and what is missing."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hilum.datasets import datasets
from hilum.schema import Cohort, DataError, Findings

nih14 = datasets["nih14"]
Make = Callable[[str], Path]
TABLE = "Data_Entry_2017_v2020.csv"


@pytest.fixture
def root(owners_folder: Make) -> Path:
    return owners_folder("nih14")


@pytest.fixture
def cohort(root: Path) -> Cohort:
    return nih14(root)


def notes(cohort: Cohort) -> str:
    return "\n".join(cohort.notes)


def test_rows_keep_the_owners_order_and_facts(cohort: Cohort) -> None:
    images = cohort.images
    assert images.image_id.tolist() == ["00000001_000", "00000001_001", "00000002_000", "00000003_000"]
    assert images.patient_id.tolist() == ["1", "1", "2", "3"]
    assert images.study_id.tolist() == ["1_0", "1_1", "2_0", "3_0"]
    assert images.sequence.tolist() == [0, 1, 0, 0]
    assert images["view"].tolist() == ["PA", "PA", "AP", "PA"]
    assert images.sex.tolist() == ["M", "M", "F", "F"]
    assert images.split.tolist() == ["train", "train", "test", "test"]
    assert images.scan_height.tolist() == [2749, 2729, 2048, 2048]
    assert images.spacing_mm_x.tolist() == [0.143, 0.143, 0.168, 0.171]
    assert (images[["width", "height"]] == 1024).all(axis=None)


def test_labels_are_one_where_named_and_zero_elsewhere(cohort: Cohort) -> None:
    labels = cohort.labels
    assert labels.to_numpy().sum() == 5
    assert (labels.loc[1, ["Cardiomegaly", "Emphysema"]] == 1).all()
    assert (labels.loc[3, ["Infiltration", "Pleural_Thickening"]] == 1).all()
    assert cohort.images.no_finding.tolist() == [False, False, True, False]


def test_missing_images_are_counted_and_their_rows_kept(cohort: Cohort) -> None:
    assert len(cohort) == 4
    assert cohort.images.path.notna().tolist() == [True, False, False, True]
    assert all(Path(path).is_file() for path in cohort.images.path.dropna())
    assert "2 of 4 image files are there." in cohort.notes


def test_impossible_ages_are_kept_and_flagged(cohort: Cohort) -> None:
    assert cohort.images.age_years.tolist() == [57, 58, 414, 80]
    assert cohort.images.age_implausible.tolist() == [False, False, True, False]
    assert "1 ages above 110 years" in notes(cohort)


def test_boxes_are_corners_and_bear_the_findings_own_name(cohort: Cohort) -> None:
    assert cohort.boxes is not None
    box = cohort.boxes.of("00000002_000").iloc[0]
    assert box.finding == "Infiltration"
    assert [box.x0, box.y0] == [225.084745762712, 547.019216763771]
    assert box.x1 == pytest.approx(311.8644, abs=1e-4)
    assert box.y1 == pytest.approx(626.2057, abs=1e-4)


def test_the_older_table_gives_the_same_cohort(root: Path, cohort: Cohort) -> None:
    header, *rows = (root / TABLE).read_text().splitlines()
    fields = [row.split(",") for row in rows]
    aged = [[*field[:4], f"{int(field[4]):03d}Y", *field[5:], ""] for field in fields]
    aged[3][4] = "006M"
    older = "\n".join([header + ",", *map(",".join, aged)])
    (root / TABLE).rename(root / "Data_Entry_2017.csv").write_text(older + "\n")
    again = nih14(root)
    same = [column for column in cohort.images if column not in ("age_years", "age_implausible")]
    assert again.images[same].equals(cohort.images[same])
    assert again.images.age_years.tolist() == [57, 58, 414, 0.5]
    assert again.labels.equals(cohort.labels)


def test_headers_without_brackets(root: Path, cohort: Cohort) -> None:
    text = (root / TABLE).read_text()
    plain = text.replace("OriginalImage[Width,Height]", "OriginalImageWidth,OriginalImageHeight")
    plain = plain.replace("OriginalImagePixelSpacing[x,y]", "OriginalImagePixelSpacing_x,OriginalImagePixelSpacing_y")
    (root / TABLE).write_text(plain.replace("Patient Gender", "Patient Sex"))
    assert plain != text
    assert nih14(root).images.equals(cohort.images)


@pytest.mark.parametrize("images", ["images", "images_007", "images-224/images-224", "images/images"])
def test_other_places_of_the_images(tmp_path: Path, root: Path, images: str) -> None:
    other = tmp_path / "other"
    (other / images).mkdir(parents=True)
    (other / images / "00000002_000.png").touch()
    (root / TABLE).rename(other / TABLE)
    assert nih14(other).images.path.notna().tolist() == [False, False, True, False]


def test_an_image_in_two_folders_is_noted(root: Path) -> None:
    (root / "images").mkdir()
    (root / "images" / "00000001_000.png").touch()
    cohort = nih14(root)
    assert "1 file names lie in more than one folder" in notes(cohort)
    assert "images_001" in cohort.images.path[0]


def test_without_lists_and_boxes_it_says_so(root: Path) -> None:
    for name in ("train_val_list.txt", "test_list.txt", "BBox_List_2017.csv"):
        (root / name).unlink()
    cohort = nih14(root)
    assert cohort.images.split.isna().all()
    assert cohort.boxes is None
    for name in ("train_val_list.txt is not there", "test_list.txt is not there", "BBox_List_2017.csv is not there"):
        assert name in notes(cohort)


def test_a_partial_table_leaves_the_others_boxes_and_counts_them(root: Path) -> None:
    (root / TABLE).write_text("\n".join((root / TABLE).read_text().splitlines()[:4]) + "\n")
    cohort = nih14(root)
    assert cohort.boxes is not None
    assert len(cohort.boxes) == 1
    assert "1 boxes belong to images that are not in the table" in notes(cohort)
    assert "test_list.txt: 1 of its images are not in the table: 00000003_000." in notes(cohort)
    assert "test_list.txt: 1 images are test." in notes(cohort)


def test_images_in_neither_list_have_no_split(root: Path) -> None:
    (root / "test_list.txt").write_text("00000002_000.png\n")
    cohort = nih14(root)
    assert cohort.images.split.isna().tolist() == [False, False, False, True]
    assert "1 images stand in neither list" in notes(cohort)


def test_quality_lists_become_columns(root: Path) -> None:
    lists = root / "quality_lists"
    lists.mkdir()
    (lists / "blacklist_rotated_images.csv").write_text("00000001_001.png\n00000009_000.png")
    (lists / "blacklist_non_PA_AP_view.csv").write_text("")
    (lists / "blacklist_other_images_with_lower_quality.csv").write_text("00000002_000.png\n")
    images = nih14(root).images
    assert images.quality_rotated.tolist() == [False, True, False, False]
    assert not images.quality_not_frontal.any()
    assert images.quality_low.tolist() == [False, False, True, False]
    (lists / "blacklist_rotated_images.csv").unlink()
    assert "quality_rotated" not in nih14(root).images


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Emphysema", "Gout", "Unknown finding 'Gout' of 00000001_001"),
        ("Patient ID", "Who", "no column Patient ID"),
        ("00000002_000.png,No", "00000001_000.png,No", "1 image ids stand twice: 00000001_000"),
        (",2,414", ",1,414", "1 patients stand in two splits: 1"),
    ],
)
def test_refusals_name_the_value(root: Path, old: str, new: str, message: str) -> None:
    text = (root / TABLE).read_text()
    assert old in text
    (root / TABLE).write_text(text.replace(old, new))
    (root / "BBox_List_2017.csv").unlink()
    with pytest.raises(DataError, match=message):
        nih14(root)


def test_the_copy_of_224_pixels_names_its_lists_otherwise(root: Path, cohort: Cohort) -> None:
    for old, new in (
        ("train_val_list.txt", "train_val_list_NIH.txt"),
        ("test_list.txt", "test_list_NIH.txt"),
        ("BBox_List_2017.csv", "BBox_List_2017_Official_NIH.csv"),
    ):
        (root / old).rename(root / new)
    again = nih14(root)
    assert again.images.split.equals(cohort.images.split)
    assert again.boxes is not None
    assert cohort.boxes is not None
    assert again.boxes.table.equals(cohort.boxes.table)
    assert "test_list_NIH.txt: 2 images are test." in notes(again)


def test_packed_tables_read_alike(root: Path, cohort: Cohort) -> None:
    for name in (TABLE, "BBox_List_2017.csv"):
        with gzip.open(root / f"{name}.gz", "wt") as packed:
            packed.write((root / name).read_text())
        (root / name).unlink()
    again = nih14(root)
    assert again.images.equals(cohort.images)
    assert again.boxes is not None
    assert cohort.boxes is not None
    assert again.boxes.table.equals(cohort.boxes.table)


def test_no_finding_is_a_label_for_who_asks(cohort: Cohort) -> None:
    assert "No Finding" not in cohort.findings
    fifteen = Findings.of("nih15")
    assert cohort.labeled == fifteen
    labels = cohort.labels_for(fifteen)
    assert labels[:, 14].tolist() == [0, 0, 1, 0]
    assert (labels[:, :14] == cohort.labels.to_numpy()).all()


def test_boxes_with_a_word_or_without_a_finding(root: Path) -> None:
    path = root / "BBox_List_2017.csv"
    text = path.read_text()
    path.write_text(text.replace("225.084745762712", "left"))
    cohort = nih14(root)
    assert cohort.boxes is not None
    assert len(cohort.boxes) == len(text.splitlines()) - 2
    assert "'left' 1 times" in notes(cohort)
    assert "1 boxes lack a number of their place and are left out." in notes(cohort)
    path.write_text(text.replace("Infiltrate", ""))
    cohort = nih14(root)
    assert cohort.boxes is not None
    assert len(cohort.boxes) == text.count("\n") - 1 - text.count("Infiltrate")
    assert f"{text.count('Infiltrate')} boxes name no finding and are left out." in notes(cohort)
    path.write_text(text.replace("Infiltrate", "Gout"))
    with pytest.raises(DataError, match=r"BBox_List_2017\.csv: boxes of Gout"):
        nih14(root)


def test_a_list_that_is_no_text_is_refused(root: Path) -> None:
    (root / "test_list.txt").write_bytes(b"\xff\xfe0\x000\x00\xd8")
    with pytest.raises(DataError, match=r"test_list\.txt: not a text file"):
        nih14(root)


@pytest.mark.real
def test_the_real_table(real_data: Path) -> None:
    cohort = nih14(real_data / "nih")
    images, labels = cohort.images, cohort.labels.to_numpy()
    assert (len(cohort), cohort.patients) == (112_120, 30_805)
    assert images.split.value_counts().to_dict() == {"train": 86_524, "test": 25_596}
    per_image = labels.sum(axis=1)
    assert np.bincount(np.minimum(per_image, 2).astype(int)).tolist() == [60_361, 30_963, 20_796]
    assert (images.no_finding.to_numpy() == (per_image == 0)).all()
    assert cohort.boxes is not None
    assert (len(cohort.boxes), cohort.boxes.table.image_id.nunique()) == (984, 880)
    assert images[["quality_rotated", "quality_not_frontal", "quality_low"]].sum().tolist() == [18, 56, 1094]
