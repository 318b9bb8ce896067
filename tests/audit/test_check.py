import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import pandas as pd
import pytest

from hilum.audit import check
from hilum.audit.issue import Audit
from hilum.datasets import datasets
from hilum.schema import Boxes, Cohort
from hilum.schema.split import without_copies


def cohort(folder: Path, images: dict[str, object], name: str = "some", **columns: object) -> Cohort:
    """A cohort whose images are written into the folder; its columns by keyword."""
    folder.mkdir(exist_ok=True)
    for image_id, image in images.items():
        cv2.imwrite(str(folder / f"{image_id}.png"), image)
    ids = list(images)
    table = {"image_id": ids, "patient_id": ids, "path": [str(folder / f"{image_id}.png") for image_id in ids]}
    return Cohort(name, pd.DataFrame(table | columns))


def half(image):
    return cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


def audit(*cohorts, **options) -> Audit:
    return check(cohorts, workers=0, **options)


@pytest.fixture(scope="module")
def of_phantoms(phantoms: Path) -> Audit:
    return audit(datasets["nih14"](phantoms))


def test_phantoms_are_sound(of_phantoms: Audit) -> None:
    assert of_phantoms.exit_code == 0
    assert len(of_phantoms.images) == 12
    (facts,) = of_phantoms.cohorts
    assert (facts["name"], facts["images"], facts["files"]) == ("nih14", 12, 12)
    assert sum(facts["split"].values()) == 12
    assert facts["owners_split"] is False
    assert {issue.code for issue in of_phantoms.issues} <= {
        "split_incomplete", "size_scaled", "quality_border", "quality_cropped", "ages_go_back",
    }  # fmt: skip


def test_the_audit_of_real_rows_is_plain_json(of_phantoms: Audit) -> None:
    json.dumps(of_phantoms.to_dict(), allow_nan=False)


def test_without_pixels_no_image_is_read(phantoms: Path) -> None:
    found = audit(datasets["nih14"](phantoms), pixels=False)
    assert found.images.empty
    assert not found.of("size_scaled")


def test_copies_across_the_split_are_an_error(tmp_path: Path, drawn) -> None:
    images = {"a": drawn(0), "b": drawn(1), "c": half(drawn(0))}
    found = audit(cohort(tmp_path, images, split=["train", "train", "test"]))
    (issue,) = found.of("copies_across_split")
    assert (issue.severity, issue.count) == ("error", 1)
    assert (issue.examples[0]["image_id_a"], issue.examples[0]["image_id_b"]) == ("a", "c")
    assert found.exit_code == 1


def test_copies_on_one_side_are_a_warning_and_so_are_two_patients(tmp_path: Path, drawn) -> None:
    images = {"a": drawn(0), "b": drawn(1), "c": half(drawn(0))}
    found = audit(cohort(tmp_path, images, split=["train", "train", "train"]))
    assert [issue.severity for issue in found.of("copies_within")] == ["warning"]
    assert found.of("copies_of_two_patients")[0].count == 1
    assert found.exit_code == 0


def test_copies_of_one_patient_are_not_of_two(tmp_path: Path, drawn) -> None:
    images = {"a": drawn(0), "b": half(drawn(0))}
    found = audit(cohort(tmp_path, images, patient_id=["1", "1"]))
    assert found.of("copies_within")
    assert not found.of("copies_of_two_patients")


def test_copies_in_two_cohorts_even_of_one_name(tmp_path: Path, drawn) -> None:
    one = cohort(tmp_path / "one", {"a": drawn(0), "b": drawn(1)}, split=["train", "test"])
    other = cohort(tmp_path / "other", {"x": half(drawn(1)), "y": half(drawn(0))}, split=["train", "train"])
    found = audit(one, other)
    assert found.of("copies_across_cohorts")[0].cohort == "some + some"
    assert found.of("copies_across_cohorts")[0].examples[0]["image_id_b"] == "y"
    assert found.of("copies_across_split")[0].examples[0]["image_id_b"] == "x"
    assert not found.of("copies_within")


def test_unreadable_files_are_an_error_and_the_rest_goes_on(tmp_path: Path, drawn) -> None:
    held = cohort(tmp_path, {"a": drawn(0), "b": drawn(1)})
    (tmp_path / "a.png").write_bytes(b"no picture")
    found = audit(held)
    (issue,) = found.of("unreadable")
    assert (issue.severity, issue.count) == ("error", 1)
    assert "a.png" in issue.examples[0]["failure"]
    assert found.images.height.notna().sum() == 1


def test_a_cohort_without_one_readable_file_is_an_error_too(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture")
    held = Cohort("some", pd.DataFrame({"image_id": ["a"], "patient_id": ["1"], "path": [str(tmp_path / "a.png")]}))
    assert audit(held).of("unreadable")


def test_sizes_other_than_the_tables(tmp_path: Path, drawn) -> None:
    images = {"same": drawn(0), "scaled": half(drawn(1)), "bent": drawn(2)[:200]}
    plain = cohort(tmp_path, images, width=[256] * 3, height=[256] * 3)
    found = audit(plain)
    assert found.of("size_scaled")[0].examples[0]["image_id"] == "scaled"
    (issue,) = found.of("size_other")  # nothing is drawn on it, so nothing is misplaced
    assert (issue.severity, issue.count, issue.examples[0]["image_id"]) == ("note", 1, "bent")
    assert found.exit_code == 0
    box = {"finding": ["Mass"], "x0": [1], "y0": [1], "x1": [9], "y1": [9]}
    elsewhere = audit(replace(plain, boxes=Boxes(pd.DataFrame({"image_id": ["same"], **box}))))
    assert (elsewhere.exit_code, [issue.severity for issue in elsewhere.of("size_other")]) == (0, ["note"])
    on_it = audit(replace(plain, boxes=Boxes(pd.DataFrame({"image_id": ["bent"], **box}))))
    assert [(issue.severity, issue.count) for issue in on_it.of("size_wrong")] == [("error", 1)]
    assert not on_it.of("size_other")
    runs = pd.DataFrame({"image_id": ["bent"], "structure": "pneumothorax", "path": None, "rle": "5 3"})
    assert audit(replace(plain, masks=runs)).of("size_wrong")[0].severity == "error"


def test_an_empty_cohort_is_an_error_alone_and_beside_another(tmp_path: Path, drawn) -> None:
    def empty() -> Cohort:
        return Cohort("nobody", pd.DataFrame({"image_id": [], "patient_id": []}))

    found = audit(empty)
    assert [(issue.severity, issue.code) for issue in found.issues] == [("error", "refused")]
    assert "'nobody' holds no image" in found.issues[0].message
    assert found.exit_code == 1
    both = audit(empty, cohort(tmp_path, {"a": drawn(0)}))
    assert len(both.of("refused")) == 1
    assert len(both.images) == 1


def test_the_lists_hold_every_copy_and_every_flag(tmp_path: Path, drawn) -> None:
    images = {f"train{number}": drawn(number) for number in range(8)}
    images |= {f"test{number}": half(drawn(number)) for number in range(7)}
    held = cohort(tmp_path, images, split=["train"] * 8 + ["test"] * 7)
    (tmp_path / "train7.png").write_bytes(b"no picture")
    found = audit(held)
    assert len(found.of("copies_across_split")[0].examples) == 5
    assert len(found.copies) == 7
    assert set(found.copies.place) == {"across_split"}
    assert {(row.image_id_a[-1], row.image_id_b) for row in found.copies.itertuples()} == {
        (str(number), f"test{number}") for number in range(7)
    }
    (broken,) = found.flags[found.flags.flag == "unreadable"].itertuples()
    assert (broken.image_id, "train7.png" in broken.reason) == ("train7", True)
    counted = {issue.code: issue.count for issue in found.issues if issue.code.startswith("quality_")}
    assert counted == {f"quality_{flag}": count for flag, count in found.flags.flag.value_counts().items()
                       if flag != "unreadable"}  # fmt: skip
    assert counted
    clean = without_copies(held, found.copies)
    assert clean.images.image_id.tolist() == ["train7", *(f"test{number}" for number in range(7))]


def test_boxes_off_a_image_whose_size_only_its_file_knows(tmp_path: Path, drawn) -> None:
    held = cohort(tmp_path, {"a": drawn(0), "b": drawn(1)})
    table = pd.DataFrame({"image_id": ["a", "b"], "finding": "Mass", "x0": 10, "y0": 10, "x1": [200, 300], "y1": 90})
    found = audit(Cohort("some", held.images.drop(columns=["width", "height"]), boxes=Boxes(table)))
    (issue,) = found.of("boxes_outside")
    assert (issue.severity, issue.examples[0]["image_id"]) == ("error", "b")


def test_quality_is_counted_by_flag(phantom_images: list[Path], tmp_path: Path) -> None:
    image = cv2.imread(str(phantom_images[0]), cv2.IMREAD_GRAYSCALE)
    found = audit(cohort(tmp_path, {"turned": cv2.rotate(image, cv2.ROTATE_180), "negative": 255 - image}))
    assert found.of("quality_rotated")[0].examples[0]["image_id"] == "turned"
    assert found.of("quality_inverted")[0].examples[0]["image_id"] == "negative"
    assert found.of("quality_rotated")[0].severity == "warning"


def test_what_a_reader_refuses_is_an_error_of_the_audit(tmp_path: Path, drawn) -> None:
    torn = partial(cohort, tmp_path, {"a": drawn(0), "b": drawn(1)}, patient_id=["1", "1"], split=["train", "test"])
    found = audit(torn, cohort(tmp_path / "sound", {"c": drawn(2)}))
    (issue,) = found.of("refused")
    assert "in two splits" in issue.message
    assert found.exit_code == 1
    assert [facts["name"] for facts in found.cohorts] == ["some"]


@pytest.mark.real
def test_nihs_table_and_split_are_the_owners(real_data: Path) -> None:
    found = check([partial(datasets["nih14"], real_data / "nih")], pixels=False)
    (facts,) = found.cohorts
    assert (facts["images"], facts["patients"]) == (112_120, 30_805)
    assert facts["split"] == {"train": 86_524, "test": 25_596}
    assert facts["owners_split"] is True
    assert found.exit_code == 0
