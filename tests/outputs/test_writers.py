"""What holds of every writer: a valid object of the same patient, in a new series, the same each time."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from hilum.images import read_image
from hilum.outputs import writers
from hilum.outputs.save import as_bytes, save_object
from hilum.outputs.source import PATIENT_AND_STUDY, load_source
from hilum.schema import DataError, ImageError, Reading

Make, Read, Validate = Callable[..., Path], Callable[[Path], Reading], Callable[[Path], list[str]]
NAMES = sorted(writers)
SPARSE = dict.fromkeys(("PatientName", "PatientBirthDate", "StudyTime", "StudyID", "AccessionNumber", "Laterality",
                        "PatientOrientation", "ImagerPixelSpacing", "ReferringPhysicianName"))  # fmt: skip


def test_there_are_writers() -> None:
    assert {"sr", "seg", "sc", "gsps"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "header", [{}, {"PhotometricInterpretation": "MONOCHROME1"}, SPARSE], ids=["cr", "m1", "sparse"]
)
def test_the_object_is_valid(
    name: str, header: dict[str, object], make_source: Make, make_reading: Read, validate: Validate, tmp_path: Path
) -> None:
    path = make_source(**header)
    made = writers[name](make_reading(path), load_source(path))
    assert made
    for number, each in enumerate(made):
        save_object(each, tmp_path / f"{number}.dcm")
        assert validate(tmp_path / f"{number}.dcm") == []


@pytest.mark.parametrize("name", NAMES)
def test_patient_and_study_are_the_images_and_the_series_is_new(
    name: str, make_source: Make, make_reading: Read
) -> None:
    path = make_source(PatientName="Müller^Jörg", SpecificCharacterSet="ISO_IR 100")
    source = load_source(path)
    for made in writers[name](make_reading(path), source):
        read = pydicom.dcmread(io.BytesIO(as_bytes(made)))
        for keyword in PATIENT_AND_STUDY:
            assert read.get(keyword) == source.get(keyword), keyword
        assert read.SeriesInstanceUID != source.SeriesInstanceUID
        assert read.SOPInstanceUID != source.SOPInstanceUID
        assert source.SOPInstanceUID in str(read), "it refers to the image"
        assert "FrameOfReferenceUID" not in read
        assert read.SeriesDescription.startswith("Research, not reviewed: ")


@pytest.mark.parametrize("name", NAMES)
def test_the_same_reading_twice_gives_the_same_bytes(name: str, make_source: Make, make_reading: Read) -> None:
    path = make_source()
    first, again = ([as_bytes(made) for made in writers[name](make_reading(path), load_source(path))] for _ in range(2))
    assert first == again


@pytest.mark.parametrize("name", NAMES)
def test_another_reading_gives_another_object(name: str, make_source: Make, make_reading: Read) -> None:
    path = make_source()
    reading = make_reading(path)
    other = replace(reading, masks={key: np.roll(mask, 1, axis=1) for key, mask in reading.masks.items()})
    uids = [writers[name](each, load_source(path))[0].SOPInstanceUID for each in (reading, other)]
    assert uids[0] != uids[1]


@pytest.mark.parametrize("name", NAMES)
def test_a_place_in_the_patient_that_a_projection_cannot_have_is_not_passed_on(
    name: str, make_source: Make, make_reading: Read
) -> None:
    path = make_source(FrameOfReferenceUID="1.2.3.4")
    for made in writers[name](make_reading(path), load_source(path)):
        assert "1.2.3.4" not in str(made)
        assert "ImagePositionPatient" not in str(made)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("header", "message"),
    [({"StudyInstanceUID": None}, "lacks StudyInstanceUID"), ({"Rows": 95}, "Expected the image that was read")],
)
def test_what_cannot_be_referred_to_is_refused(
    name: str, header: dict[str, object], message: str, make_source: Make, make_reading: Read
) -> None:
    source = load_source(make_source(**header))
    with pytest.raises(DataError, match=message):
        writers[name](make_reading(make_source("other.dcm")), source)


@pytest.mark.parametrize("name", NAMES)
def test_header_values_that_break_the_rules_do_not_stop_it(name: str, make_source: Make, make_reading: Read) -> None:
    wrong = {"PatientAge": "58", "PatientSex": "UNKNOWN", "StudyDate": "", "SeriesDate": "soon", "WindowWidth": 0}
    path = make_source(**wrong)
    for made in writers[name](make_reading(path), load_source(path)):
        assert (made.PatientAge, made.PatientSex) == ("58", "UNKNOWN")
        assert as_bytes(made)


@pytest.mark.real
def test_every_readable_file_gives_valid_objects(
    real_data: Path, make_reading: Read, validate: Validate, tmp_path: Path
) -> None:
    """No error of dciodvfy that the source image did not bring along."""
    tried = 0
    for file in sorted((real_data / "dicom").glob("*.dcm")):
        try:
            read_image(file)
        except ImageError:
            continue
        tried += 1
        brought = {_element(line) for line in validate(file)}
        reading = make_reading(file)
        for name in NAMES:
            for number, made in enumerate(writers[name](reading, load_source(file))):
                path = tmp_path / f"{file.stem}-{name}-{number}.dcm"
                save_object(made, path)
                assert [line for line in validate(path) if _element(line) not in brought] == [], (file.name, name)
    assert tried >= 5


def _element(line: str) -> str:
    """What an error of dciodvfy is about, without the kind of object around it."""
    return line.split(" - ")[-1] if "invalid data values" in line else line.split("<")[0]
