"""NIH ChestX-ray14: both spellings of its table, its lists, its boxes, and what is missing."""

from pathlib import Path

import numpy as np
import pytest

from hilum.datasets import datasets
from hilum.schema import Cohort, DataError

nih14 = datasets["nih14"]
HEADER = (
    "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
    "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]"
)
V2020 = f"""{HEADER}
00000001_000.png,Cardiomegaly,0,1,57,M,PA,2682,2749,0.143,0.143
00000001_001.png,Cardiomegaly|Emphysema,1,1,58,M,PA,2894,2729,0.143,0.143
00000002_000.png,No Finding,0,2,414,F,AP,2500,2048,0.168,0.171
00000003_000.png,Infiltration|Pleural_Thickening,0,3,80,F,PA,2500,2048,0.171,0.171
"""
V2017 = f"""{HEADER},
00000001_000.png,Cardiomegaly,0,1,057Y,M,PA,2682,2749,0.143,0.143,
00000001_001.png,Cardiomegaly|Emphysema,1,1,058Y,M,PA,2894,2729,0.143,0.143,
00000002_000.png,No Finding,0,2,414Y,F,AP,2500,2048,0.168,0.171,
00000003_000.png,Infiltration|Pleural_Thickening,0,3,006M,F,PA,2500,2048,0.171,0.171,
"""
BOXES = """Image Index,Finding Label,Bbox [x,y,w,h],,,
00000002_000.png,Infiltrate,225.084745762712,547.019216763771,86.7796610169491,79.1864406779661,,,
00000003_000.png,Mass,10,20,1000,1000,,,
"""


def owners_folder(root: Path, table: str = V2020, name: str = "Data_Entry_2017_v2020.csv") -> Path:
    root.mkdir(exist_ok=True)
    (root / name).write_text(table)
    (root / "train_val_list.txt").write_text("00000001_000.png\n00000001_001.png\n")
    (root / "test_list.txt").write_text("00000002_000.png\n00000003_000.png")
    (root / "BBox_List_2017.csv").write_text(BOXES)
    for number, stem in ((1, "00000001_000"), (2, "00000003_000")):
        images = root / f"images_{number:03d}" / "images"
        images.mkdir(parents=True)
        (images / f"{stem}.png").touch()
    return root


@pytest.fixture
def cohort(tmp_path: Path) -> Cohort:
    return nih14(owners_folder(tmp_path))


def notes(cohort: Cohort) -> str:
    return "\n".join(cohort.notes)


def test_rows_keep_the_owners_order_and_facts(cohort: Cohort) -> None:
    films = cohort.films
    assert films.image_id.tolist() == ["00000001_000", "00000001_001", "00000002_000", "00000003_000"]
    assert films.patient_id.tolist() == ["1", "1", "2", "3"]
    assert films.study_id.tolist() == ["1_0", "1_1", "2_0", "3_0"]
    assert films.sequence.tolist() == [0, 1, 0, 0]
    assert films["view"].tolist() == ["PA", "PA", "AP", "PA"]
    assert films.sex.tolist() == ["M", "M", "F", "F"]
    assert films.split.tolist() == ["train", "train", "test", "test"]
    assert films.scan_height.tolist() == [2749, 2729, 2048, 2048]
    assert films.spacing_mm_x.tolist() == [0.143, 0.143, 0.168, 0.171]
    assert (films[["width", "height"]] == 1024).all(axis=None)


def test_labels_are_one_where_named_and_zero_elsewhere(cohort: Cohort) -> None:
    labels = cohort.labels
    assert labels.to_numpy().sum() == 5
    assert (labels.loc[1, ["Cardiomegaly", "Emphysema"]] == 1).all()
    assert (labels.loc[3, ["Infiltration", "Pleural_Thickening"]] == 1).all()
    assert cohort.films.no_finding.tolist() == [False, False, True, False]


def test_missing_images_are_counted_and_their_rows_kept(cohort: Cohort) -> None:
    assert len(cohort) == 4
    assert cohort.films.path.notna().tolist() == [True, False, False, True]
    assert all(Path(path).is_file() for path in cohort.films.path.dropna())
    assert "2 of 4 image files are there." in cohort.notes


def test_impossible_ages_are_kept_and_flagged(cohort: Cohort) -> None:
    assert cohort.films.age_years.tolist() == [57, 58, 414, 80]
    assert cohort.films.age_implausible.tolist() == [False, False, True, False]
    assert "1 ages above 110 years" in notes(cohort)


def test_boxes_are_corners_and_bear_the_findings_own_name(cohort: Cohort) -> None:
    assert cohort.boxes is not None
    box = cohort.boxes.of("00000002_000").iloc[0]
    assert box.finding == "Infiltration"
    assert [box.x0, box.y0] == [225.084745762712, 547.019216763771]
    assert box.x1 == pytest.approx(311.8644, abs=1e-4)
    assert box.y1 == pytest.approx(626.2057, abs=1e-4)


def test_the_older_table_gives_the_same_cohort(tmp_path: Path, cohort: Cohort) -> None:
    older = nih14(owners_folder(tmp_path / "older", V2017, "Data_Entry_2017.csv"))
    same = [column for column in cohort.films if column not in ("path", "age_years", "age_implausible")]
    assert older.films[same].equals(cohort.films[same])
    assert older.films.age_years.tolist() == [57, 58, 414, 0.5]
    assert older.labels.equals(cohort.labels)


@pytest.mark.parametrize("images", ["images", "images_007", "images-224/images-224", "images/images"])
def test_other_places_of_the_images(tmp_path: Path, images: str) -> None:
    (tmp_path / "Data_Entry_2017_v2020.csv").write_text(V2020)
    (tmp_path / images).mkdir(parents=True)
    (tmp_path / images / "00000002_000.png").touch()
    assert nih14(tmp_path).films.path.notna().tolist() == [False, False, True, False]


def test_without_lists_and_boxes_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "Data_Entry_2017_v2020.csv").write_text(V2020)
    cohort = nih14(tmp_path)
    assert cohort.films.split.isna().all()
    assert cohort.boxes is None
    for name in ("train_val_list.txt is not there", "test_list.txt is not there", "BBox_List_2017.csv is not there"):
        assert name in notes(cohort)
    assert "0 of 4 image files are there." in cohort.notes


def test_a_partial_table_leaves_the_others_boxes_and_counts_them(tmp_path: Path) -> None:
    owners_folder(tmp_path, "\n".join(V2020.split("\n")[:4]) + "\n")
    cohort = nih14(tmp_path)
    assert cohort.boxes is not None
    assert len(cohort.boxes) == 1
    assert "1 boxes belong to films that are not in the table" in notes(cohort)
    assert "test_list.txt: 1 of its films are not in the table: 00000003_000." in notes(cohort)
    assert "test_list.txt: 1 films are test; it differs from the owner's list of 25,596." in notes(cohort)


def test_quality_lists_become_columns(tmp_path: Path) -> None:
    owners_folder(tmp_path)
    lists = tmp_path / "quality_lists"
    lists.mkdir()
    (lists / "blacklist_rotated_images.csv").write_text("00000001_001.png\n00000009_000.png")
    (lists / "blacklist_non_PA_AP_view.csv").write_text("")
    (lists / "blacklist_other_images_with_lower_quality.csv").write_text("00000002_000.png\n")
    films = nih14(tmp_path, quality_lists=True).films
    assert films.quality_rotated.tolist() == [False, True, False, False]
    assert not films.quality_not_frontal.any()
    assert films.quality_low.tolist() == [False, False, True, False]


def test_refusals_name_the_folder_and_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere: no such folder.*Data_Entry_2017_v2020\.csv"):
        nih14(tmp_path / "nowhere")
    owners_folder(tmp_path)
    with pytest.raises(DataError, match="quality_lists/blacklist_rotated_images"):
        nih14(tmp_path, quality_lists=True)
    (tmp_path / "Data_Entry_2017_v2020.csv").write_text(V2020.replace("Emphysema", "Gout"))
    with pytest.raises(DataError, match="Unknown finding 'Gout' of 00000001_001"):
        nih14(tmp_path)
    (tmp_path / "Data_Entry_2017_v2020.csv").write_text(V2020.replace("Patient ID", "Who"))
    with pytest.raises(DataError, match="no column Patient ID"):
        nih14(tmp_path)
    (tmp_path / "Data_Entry_2017_v2020.csv").write_text(V2020 + V2020.split("\n")[1] + "\n")
    with pytest.raises(DataError, match="1 image ids stand twice: 00000001_000"):
        nih14(tmp_path)


@pytest.mark.real
def test_the_real_table(real_data: Path) -> None:
    cohort = nih14(real_data / "nih", quality_lists=True)
    films, labels = cohort.films, cohort.labels.to_numpy()
    assert (len(cohort), cohort.patients, films.path.notna().sum()) == (112_120, 30_805, 1_085)
    assert films.split.value_counts().to_dict() == {"train": 86_524, "test": 25_596}
    per_film = labels.sum(axis=1)
    assert np.bincount(np.minimum(per_film, 2).astype(int)).tolist() == [60_361, 30_963, 20_796]
    assert (films.no_finding.to_numpy() == (per_film == 0)).all()
    assert cohort.boxes is not None
    assert (len(cohort.boxes), cohort.boxes.table.image_id.nunique()) == (984, 880)
    assert notes(cohort).count("it is the owner's list") == 2
    assert films[["quality_rotated", "quality_not_frontal", "quality_low"]].sum().tolist() == [18, 56, 1094]
