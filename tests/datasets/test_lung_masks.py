"""Montgomery, Shenzhen and JSRT: masks, tuberculosis by name, nodules, readings typed freely."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from hilum.datasets import datasets
from hilum.datasets.jsrt import SIZE
from hilum.datasets.tuberculosis import _facts
from hilum.schema import DataError

Make = Callable[[str], Path]


def test_montgomery_has_two_masks_a_image_and_joins_patients_that_readings_join(owners_folder: Make) -> None:
    cohort = datasets["montgomery"](owners_folder("montgomery"))
    images = cohort.images
    assert images.image_id.tolist() == ["MCUCXR_0001_0", "MCUCXR_0162_1", "MCUCXR_0170_1"]
    assert cohort.labels["Tuberculosis"].tolist() == [0, 1, 1]
    assert images.patient_id.tolist() == ["MCUCXR_0001_0", "MCUCXR_0162_1", "MCUCXR_0162_1"]
    assert images.sex.tolist() == ["F", "M", "M"]
    assert images.age_years.tolist() == [27, 49, 49]
    assert images.reading.tolist()[1] == "right upper lobe infiltrate, TB"
    assert cohort.masks is not None
    assert cohort.masks.groupby("structure").size().to_dict() == {"left_lung": 2, "right_lung": 2}
    assert all("leftMask" in path for path in cohort.masks.path[cohort.masks.structure == "left_lung"])


def test_shenzhen_reads_masks_by_either_name_and_counts_those_without_a_image(owners_folder: Make) -> None:
    root = owners_folder("shenzhen")
    cohort = datasets["shenzhen"](root)
    assert cohort.images.image_id.tolist() == ["CHNCXR_0001_0", "CHNCXR_0003_0", "CHNCXR_0327_1"]
    assert cohort.images.age_years.fillna(-1).round(3).tolist() == [45, 1.333, -1]
    assert cohort.masks is not None
    assert cohort.masks[["image_id", "structure"]].to_numpy().tolist() == [["CHNCXR_0001_0", "lungs"]]
    notes = "\n".join(cohort.notes)
    assert "1 images have a mask of lungs; 1 masks have no image." in notes
    assert "1 readings give no age with its unit" in notes
    (root / "mask" / "CHNCXR_0001_0_mask.png").rename(root / "mask" / "CHNCXR_0001_0.png")
    again = datasets["shenzhen"](root)
    assert again.masks is not None
    assert again.masks.image_id.tolist() == ["CHNCXR_0001_0"]


@pytest.mark.parametrize(
    ("text", "sex", "age", "reading"),
    [
        ("Patient's Sex: O \nPatient's Age: 005Y\nnormal", "o", 5, "normal"),
        ("female 64days\nnormal", "female", 64 / 365.25, "normal"),
        ("femal 32yrs\nnormal", "femal", 32, "normal"),
        ("female24yrs\nnormal", "female", 24, "normal"),
        ("male , 29yrs  \t\nbilateral secondary PTB", "male", 29, "bilateral secondary PTB"),
        ("Female, 28yrs\nPTB in the left upper field, 3 months", "female", 28, "PTB in the left upper field, 3 months"),
        ("", None, None, None),
    ],
)
def test_readings_typed_in_many_ways(text: str, sex: str | None, age: float | None, reading: str | None) -> None:
    found = _facts(text)
    assert found[0] == sex
    assert found[1] == pytest.approx(age) if age is not None else found[1] != found[1]
    assert found[2] == reading


def test_a_number_without_its_unit_is_no_age() -> None:
    assert _facts("male 42\nnormal")[1] != _facts("male 42\nnormal")[1]  # NaN


def test_jsrt_reads_nodules_their_squares_and_scr(owners_folder: Make) -> None:
    cohort = datasets["jsrt"](owners_folder("jsrt"))
    images = cohort.images.set_index("image_id")
    assert images.index.tolist() == ["JPCLN001", "JPCLN002", "JPCNN001", "JPCNN002"]
    assert cohort.labels["Nodule"].tolist() == [1, 1, 0, 0]
    assert images.sex.tolist() == ["M", "F", "F", "M"]
    assert images.age_years.fillna(-1).tolist() == [53, -1, 70, 53]
    assert images.malignant.fillna(-1).tolist() == [1, 0, -1, -1]
    assert images.subtlety.fillna(-1).tolist() == [5, 1, -1, -1]
    assert images.diagnosis["JPCLN002"] == "l.upper lobe(S5) pulmonary hematoma"
    assert images.scr_fold.fillna(-1).tolist() == [1, 2, -1, -1]
    assert cohort.boxes is not None
    first, second = cohort.boxes.table[["x0", "y0", "x1", "y1"]].to_numpy()
    half = 15 / 0.175 / 2
    assert first == pytest.approx([1634 - half, 692 - half, 1634 + half, 692 + half])
    assert second[0] == 0  # cut at the image's edge
    assert second[2] == pytest.approx(10 + 60 / 0.175 / 2)
    assert (cohort.images.width == SIZE).all()
    assert cohort.masks is not None
    assert sorted(cohort.masks.structure) == ["heart", "left_lung", "left_lung", "right_lung"]


def test_jsrt_records_that_run_together(owners_folder: Make) -> None:
    root = owners_folder("jsrt")
    first, second = (
        "JPCLN001.IMG\t5\t15\t53\tMale\t1634\t692\tmalignant\tl.upper lobe\tlung cancer",
        "JPCLN002.IMG 1 60 ? Female 10 1090 benign l.upper lobe(S5) pulmonary hematoma",
    )
    (root / "CLNDAT_EN.txt").write_text(first + second)
    (root / "CNNDAT_EN.TXT").write_text("JPCNN001.IMG      70        femaleJPCNN002.IMG\t53\tmale\tnon-nodule")
    cohort = datasets["jsrt"](root)
    images = cohort.images.set_index("image_id")
    assert images.index.tolist() == ["JPCLN001", "JPCLN002", "JPCNN001", "JPCNN002"]
    assert images.diagnosis.tolist()[:2] == ["l.upper lobe lung cancer", "l.upper lobe(S5) pulmonary hematoma"]
    assert images.sex.tolist() == ["M", "F", "F", "M"]
    assert images.age_years.fillna(-1).tolist() == [53, -1, 70, 53]
    assert not any("cannot be read" in note for note in cohort.notes)


def test_jsrt_records_that_cannot_be_read_are_counted(owners_folder: Make) -> None:
    root = owners_folder("jsrt")
    path = root / "CLNDAT_EN.txt"
    path.write_bytes(path.read_bytes().replace(b"1634", b"left"))
    cohort = datasets["jsrt"](root)
    assert "CLNDAT_EN.txt: 1 of 2 records cannot be read: JPCLN001.IMG." in cohort.notes
    assert cohort.images.image_id.tolist()[0] == "JPCLN001"  # its file is there
    path.write_bytes(path.read_bytes() * 2)
    with pytest.raises(DataError, match="records that stand twice: JPCLN002"):
        datasets["jsrt"](root)


def test_jsrt_copies_as_png_with_masks_by_structure(tmp_path: Path) -> None:
    for place in ("images/JPCLN001.IMG.png", "images/JPCLN003.png", "masks/heart/JPCLN003.png"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).touch()
    for structure in ("left_lung", "right_lung", "left_clavicle", "right_clavicle"):
        (tmp_path / "masks" / structure).mkdir()
        (tmp_path / "masks" / structure / "JPCLN003.png").touch()
    cohort = datasets["jsrt"](tmp_path)
    assert cohort.images.image_id.tolist() == ["JPCLN001", "JPCLN003"]
    assert cohort.images.path.notna().all()
    assert cohort.masks is not None
    assert set(cohort.masks.image_id) == {"JPCLN003"}
    assert sorted(cohort.masks.structure) == ["heart", "left_clavicle", "left_lung", "right_clavicle", "right_lung"]


def test_jsrt_without_its_tables_still_knows_nodules_by_name(owners_folder: Make) -> None:
    root = owners_folder("jsrt")
    (root / "CLNDAT_EN.txt").unlink()
    (root / "CNNDAT_EN.TXT").unlink()
    cohort = datasets["jsrt"](root)
    assert cohort.images.image_id.tolist() == ["JPCLN001", "JPCNN001"]
    assert cohort.labels["Nodule"].tolist() == [1, 0]
    assert cohort.boxes is None
    assert sum("are not known" in note for note in cohort.notes) == 2


def test_jsrt_finds_its_tables_in_the_folder_of_their_archive(owners_folder: Make) -> None:
    root = owners_folder("jsrt")
    inner = root / "Clinical_Information" / "Clinical_Information"
    inner.mkdir(parents=True)
    for name in ("CLNDAT_EN.txt", "CNNDAT_EN.TXT"):
        (root / name).rename(inner / name)
    assert datasets["jsrt"](root).images.subtlety.notna().sum() == 2


def test_jsrt_with_one_mask_an_image(owners_folder: Make) -> None:
    root = owners_folder("jsrt")
    (root / "masks").mkdir()
    (root / "masks" / "JPCNN001.png").touch()
    masks = datasets["jsrt"](root).masks
    assert masks is not None
    assert masks[masks.image_id == "JPCNN001"].structure.tolist() == ["lungs"]


def test_a_folder_of_the_other_set_is_refused(owners_folder: Make) -> None:
    with pytest.raises(DataError, match=re.escape("shenzhen: holds no MCUCXR_*.png")):
        datasets["montgomery"](owners_folder("shenzhen"))


@pytest.mark.real
def test_the_real_masks(real_data: Path) -> None:
    for name, count, sick in (("montgomery", 95, 38), ("shenzhen", 361, 183)):
        cohort = datasets[name](real_data / "lungs" / name)
        assert (len(cohort), int(cohort.labels.to_numpy().sum())) == (count, sick)
        assert cohort.images.path.notna().all()
        assert cohort.masks is not None
        assert cohort.masks.image_id.tolist() == cohort.images.image_id.tolist()


@pytest.mark.real
def test_the_real_copies_of_jsrt(real_data: Path) -> None:
    cohort = datasets["jsrt"](real_data / "lungs" / "jsrt")
    assert cohort.images.path.notna().all()
    assert cohort.images.image_id.str.fullmatch(r"JPC(LN|NN)\d{3}").all()
    assert cohort.masks is not None
    assert set(cohort.masks.structure) == {"heart", "left_lung", "right_lung", "left_clavicle", "right_clavicle"}
    assert cohort.masks.path.notna().all()
