import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pydicom
import pytest
from pydicom.uid import ComputedRadiographyImageStorage, ExplicitVRLittleEndian, generate_uid

from hilum.features.thorax import thorax
from hilum.images import read_image
from hilum.schema import Cohort, ConfigError, Header, MaskPredictions, Predictions
from hilum.workflows.read import Readings
from hilum.workflows.write import each_reading, write

POINTS = {"operating_points": {"thresholds": {"Mass": 0.5, "Effusion": 0.5}}}


@pytest.fixture
def reading(tmp_path: Path) -> Readings:
    """Of a DICOM image and of a PNG."""
    pixels = np.random.default_rng(0).integers(0, 255, (80, 96), np.uint8)
    cv2.imwrite(str(tmp_path / "drawn.png"), pixels)
    dataset = pydicom.Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.Modality, dataset.PatientID = ComputedRadiographyImageStorage, "CR", "P"
    dataset.SOPInstanceUID, dataset.StudyInstanceUID, dataset.SeriesInstanceUID = (generate_uid() for _ in range(3))
    dataset.Rows, dataset.Columns, dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 80, 96, 8, 8, 7
    dataset.SamplesPerPixel, dataset.PixelRepresentation, dataset.PhotometricInterpretation = 1, 0, "MONOCHROME2"
    dataset.PixelData = pixels.tobytes()
    dataset.save_as(tmp_path / "image.dcm", enforce_file_format=True)
    images = [read_image(tmp_path / name) for name in ("image.dcm", "drawn.png")]
    table = pd.DataFrame(
        {"image_id": [each.image_id for each in images], "Mass": [0.9, 0.1], "Effusion": [0.2, np.nan]}
    )
    return Readings(images, Predictions(table, {"run": "drawn"} | POINTS), [])


def test_one_reading_an_image_with_what_others_found(reading: Readings) -> None:
    mask = np.ones((80, 96), bool)
    boxes = pd.DataFrame([{"image_id": "image", "finding": "Mass", "x0": 1, "y0": 2, "x1": 3, "y1": 4, "score": 0.5}])
    first, second = each_reading(reading, boxes=boxes, masks={"drawn": {"heart": mask}})
    assert [each.call for each in first.assessments] == ["present", "absent"]
    assert [each.call for each in second.assessments] == ["absent", "not assessed"]
    assert (len(first.boxes), len(second.boxes)) == (1, 0)
    assert (list(first.masks), list(second.masks)) == ([], ["heart"])


def test_a_png_gives_text_and_is_refused_where_a_study_is_needed(reading: Readings, tmp_path: Path) -> None:
    written = write(reading, ["sr", "text", "fhir", "json"], tmp_path / "out")
    names = sorted(path.name for path in written.files)
    assert names == ["drawn.text.txt", "image.fhir.json", "image.sr.dcm", "image.text.txt", "reading.json"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == names
    ((refused, reason),) = written.refused
    assert refused == "drawn"
    assert "names no patient and no study" in reason
    assert json.loads((tmp_path / "out" / "image.fhir.json").read_text())["resourceType"] == "Bundle"


def test_twice_gives_the_same_files(reading: Readings, tmp_path: Path) -> None:
    first, again = (write(reading, ["sr", "sc", "gsps", "fhir", "text"], tmp_path / name).files for name in "ab")
    assert len(first) == 6
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]


def test_a_full_disk_leaves_no_half_file(reading: Readings, tmp_path: Path, full_disk: Callable[[int], object]) -> None:
    with full_disk(20_000):  # type: ignore[attr-defined]
        written = write(reading, ["sc"], tmp_path / "out")
    assert written.files == []
    assert any("the disk is full" in reason for _, reason in written.refused)
    assert not list((tmp_path / "out").glob("*.dcm"))


def test_a_format_that_is_none_is_refused_before_anything_is_written(reading: Readings, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no format 'pdf'"):
        write(reading, ["sr", "pdf"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_similar_cases_are_other_patients_and_say_so(reading: Readings, tmp_path: Path) -> None:
    images = pd.DataFrame(
        {
            "image_id": list("abc"), "patient_id": list("abc"), "study_id": list("abc"),
            "findings_text": ["clear", "a mass", "fluid"], "impression": ["", "mass", ""],
        }
    )  # fmt: skip
    labels = pd.DataFrame({"Mass": [0.0, 1.0, 0.0], "Effusion": [0.0, 0.0, 1.0]})
    write(reading, ["text"], tmp_path, reports=Cohort("openi", images, labels))
    similar = (tmp_path / "image.similar.txt").read_text()
    assert similar.startswith("Similar cases: reports of OTHER patients in openi")
    assert similar.index("report b (coded: Mass)") < similar.index("report a (coded: none)")
    assert "a mass" not in (tmp_path / "image.text.txt").read_text()


def test_where_no_lung_was_found_nothing_is_called(reading: Readings) -> None:
    image_id = reading.images[0].image_id
    nothing = thorax({})
    outlines = MaskPredictions(pd.DataFrame(columns=["image_id", "structure", "rle"]), Header((image_id,)))
    told = each_reading(replace(reading, chests={image_id: nothing}, outlines=outlines))
    assert {each.call for each in told[0].assessments} == {"not assessed"}
    assert "no_lungs" in told[0].notes
    assert {each.call for each in each_reading(reading)[0].assessments} != {"not assessed"}
    whole = replace(reading, chests={image_id: nothing}, outlines=outlines)
    bare, other = whole.to_json()["images"]
    assert set(bare["calls"].values()) == {"not assessed"}
    assert bare["notes"] == ["no_lungs"]
    assert other["calls"]["Mass"] == "absent"
    page = whole.page()
    assert page.count("No lung was found on this image") == 1
    assert page.count("The upright line marks the operating point") == 1  # of the other image
