from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import highdicom
import numpy as np

from hilum.outputs import writers
from hilum.outputs.save import save_object
from hilum.outputs.source import load_source
from hilum.schema import Reading

Make, Read = Callable[..., Path], Callable[[Path], Reading]


def test_structures_come_back_as_they_were(make_source: Make, make_reading: Read, tmp_path: Path) -> None:
    path = make_source()
    reading = make_reading(path)
    save_object(writers["seg"](reading, load_source(path))[0], tmp_path / "seg.dcm")
    made = highdicom.seg.segread(tmp_path / "seg.dcm")
    assert made.SegmentationType == "BINARY"
    assert [each.SegmentLabel for each in made.SegmentSequence] == ["Right lung", "Left lung"]
    pixels = made.get_pixels_by_source_instance([load_source(path).SOPInstanceUID])[0]
    assert pixels.shape == (96, 128, 2)
    for place, mask in enumerate(reading.masks.values()):
        assert np.array_equal(pixels[..., place].astype(bool), mask)


def test_heatmaps_of_called_findings_alone_are_fractional(make_source: Make, make_reading: Read) -> None:
    path = make_source()
    reading = make_reading(path)
    made = writers["seg"](reading, load_source(path))[1]
    assert (made.SegmentationType, len(made.SegmentSequence)) == ("FRACTIONAL", 1)
    assert made.SegmentSequence[0].SegmentLabel == "Mass: where the model looked"
    assert np.array_equal(made.pixel_array, np.rint(reading.heatmaps[0].heatmap * 255))


def test_nothing_outlined_and_nothing_called_gives_no_object(make_source: Make, make_reading: Read) -> None:
    path = make_source()
    reading = replace(make_reading(path), masks={}, assessments=make_reading(path).assessments[1:])
    assert writers["seg"](reading, load_source(path)) == []
