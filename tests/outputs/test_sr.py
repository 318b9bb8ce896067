import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import which

import pandas as pd
import pytest

from hilum.outputs import writers
from hilum.outputs.save import objects_of, save_object
from hilum.outputs.source import load_source
from hilum.schema import Reading

Make, Read = Callable[..., Path], Callable[[Path], Reading]


def groups(made) -> list[dict[str, object]]:  # type: ignore[no-untyped-def]
    """Each measurement group as meaning: value."""
    root = next(item for item in made.ContentSequence if item.ConceptNameCodeSequence[0].CodeValue == "126010")
    return [
        {name: value for item in group.ContentSequence for name, value in _said(item)} for group in root.ContentSequence
    ]


def _said(item):  # type: ignore[no-untyped-def]
    name = item.ConceptNameCodeSequence[0].CodeMeaning if "ConceptNameCodeSequence" in item else item.ValueType
    if item.ValueType == "NUM":
        yield name, float(item.MeasuredValueSequence[0].NumericValue)
    elif item.ValueType == "CODE":
        yield name, item.ConceptCodeSequence[0].CodeMeaning
        for part in item.get("ContentSequence", []):
            yield from _said(part)
    elif item.ValueType == "SCOORD":
        yield name, list(map(float, item.GraphicData))
    elif item.ValueType == "TEXT":
        yield name, item.TextValue


def test_it_says_what_the_reading_says(make_source: Make, make_reading: Read) -> None:
    path = make_source()
    (made,) = writers["sr"](make_reading(path), load_source(path))
    mass, _box, effusion, pleura, fracture, ratio = groups(made)
    assert (mass["Lung mass"], mass["Probability"], mass["Operating point of the algorithm"]) == (
        "Present",
        0.8123,
        0.5,
    )
    assert (effusion["Pleural effusion"], effusion["Probability"]) == ("Absent", 0.1)
    assert pleura["Pleural thickening"] == "Undetermined"
    assert "Probability" not in pleura
    assert fracture["Fracture"] == "Undetermined"
    assert fracture["Probability"] == 0.3
    assert ratio["Cardiothoracic ratio"] == 0.5123
    assert mass["Algorithm Name"] == "Hilum drawn"
    assert "ab" * 32 in str(mass["Algorithm Parameters"])
    assert (made.VerificationFlag, made.PreliminaryFlag, made.CompletionFlag) == (
        "UNVERIFIED",
        "PRELIMINARY",
        "COMPLETE",
    )


def test_a_box_is_a_closed_line_of_columns_and_rows(make_source: Make, make_reading: Read) -> None:
    """On 128 columns and 96 rows the box lies at x 25.6 to 51.2, y 14.4 to 28.8."""
    path = make_source()
    (made,) = writers["sr"](make_reading(path), load_source(path))
    line = groups(made)[1]["Image Region"]
    assert line == pytest.approx([25.6, 14.4, 51.2, 14.4, 51.2, 28.8, 25.6, 28.8, 25.6, 14.4])


@pytest.mark.parametrize(
    ("orientation", "side"),
    [(["L", "F"], "Right"), (["R", "F"], "Left"), (None, None)],
    ids=["usual", "mirrored", "none"],
)
def test_the_side_is_the_patients_and_told_only_where_the_file_tells_it(
    orientation: list[str] | None, side: str | None, make_source: Make, make_reading: Read
) -> None:
    path = make_source(PatientOrientation=orientation)
    (made,) = writers["sr"](make_reading(path), load_source(path))
    assert groups(made)[1].get("Laterality") == side


def test_without_boxes_and_measurements_there_are_findings_alone(make_source: Make, make_reading: Read) -> None:
    path = make_source()
    reading = replace(make_reading(path), boxes=pd.DataFrame(columns=["image_id", "finding"]), measurements=())
    (made,) = writers["sr"](reading, load_source(path))
    assert len(groups(made)) == 4


def test_dcmtk_reads_it(make_source: Make, make_reading: Read, tmp_path: Path) -> None:
    if which("dsrdump") is None:
        pytest.skip("dsrdump is not installed (Debian package dcmtk)")
    path = make_source()
    save_object(writers["sr"](make_reading(path), load_source(path))[0], tmp_path / "sr.dcm")
    dumped = subprocess.run(["dsrdump", str(tmp_path / "sr.dcm")], capture_output=True, text=True, check=True)
    assert dumped.stderr == ""
    assert "Comprehensive SR Document" in dumped.stdout
    assert "Present" in dumped.stdout


def test_it_refers_to_the_segments_that_are_written_with_it(
    make_source: Make, make_reading: Read, tmp_path: Path, validate: Callable[[Path], list[str]]
) -> None:
    path = make_source()
    reading, source = make_reading(path), load_source(path)
    (alone,) = writers["sr"](reading, source)
    (made,) = objects_of("sr", reading, source, beside=["sr", "seg"])
    structures, _ = writers["seg"](reading, source)
    assert alone.SOPInstanceUID != made.SOPInstanceUID
    named = {
        item.ReferencedSOPInstanceUID: series.SeriesInstanceUID
        for study in made.CurrentRequestedProcedureEvidenceSequence
        for series in study.ReferencedSeriesSequence
        for item in series.ReferencedSOPSequence
    }
    assert named[structures.SOPInstanceUID] == structures.SeriesInstanceUID
    frames = {
        item.ReferencedSOPSequence[0].ReferencedFrameNumber: _tracking(group)
        for group in _groups(made)
        for item in group.ContentSequence
        if item.ValueType == "IMAGE" and "ReferencedFrameNumber" in item.ReferencedSOPSequence[0]
    }
    tracked = {each.SegmentNumber: each.TrackingUID for each in structures.SegmentSequence}
    assert frames == {
        number: tracked[frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber]
        for number, frame in enumerate(structures.PerFrameFunctionalGroupsSequence, start=1)
    }
    ratio = next(item for item in _groups(made)[-1].ContentSequence if item.ValueType == "NUM")
    assert ratio.ContentSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID == structures.SOPInstanceUID
    save_object(made, tmp_path / "sr.dcm")
    assert validate(tmp_path / "sr.dcm") == []


def _groups(made):  # type: ignore[no-untyped-def]
    root = next(item for item in made.ContentSequence if item.ConceptNameCodeSequence[0].CodeValue == "126010")
    return root.ContentSequence


def _tracking(group) -> str:  # type: ignore[no-untyped-def]
    return next(str(item.UID) for item in group.ContentSequence if item.ValueType == "UIDREF")
