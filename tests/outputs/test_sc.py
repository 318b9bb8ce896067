from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from hilum.outputs import picture, writers
from hilum.outputs.source import load_source
from hilum.schema import Reading

Make, Read = Callable[..., Path], Callable[[Path], Reading]


def test_the_picture_keeps_the_images_proportions(make_source: Make, make_reading: Read) -> None:
    path = make_source()
    (made,) = writers["sc"](make_reading(path), load_source(path))
    assert made.pixel_array.shape == (960, 1280 + picture.PANEL, 3)
    assert made.SourceImageSequence[0].ReferencedSOPInstanceUID == load_source(path).SOPInstanceUID


def test_the_words_burnt_in_hold_no_identifier(make_source: Make, make_reading: Read, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """What is drawn does not change with the patient, and the notice is drawn."""
    drawn: list[str] = []
    whole = picture.ImageDraw.ImageDraw.text

    def text(self, place, said, **how):  # type: ignore[no-untyped-def]
        drawn.append(said)
        return whole(self, place, said, **how)

    monkeypatch.setattr(picture.ImageDraw.ImageDraw, "text", text)
    path = make_source()
    one = writers["sc"](make_reading(path), load_source(path))[0].pixel_array
    assert "For research, not a medical device." in drawn
    assert not [said for said in drawn if any(word in said for word in ("Secret", "4711", "2025", "1950", "image"))]
    other = make_source(PatientName="Other^One", PatientID="X", PatientBirthDate="19600101")
    assert np.array_equal(one, writers["sc"](make_reading(other), load_source(other))[0].pixel_array)


def test_without_a_called_finding_no_heatmap_is_drawn(make_source: Make, make_reading: Read) -> None:
    path = make_source()
    reading = replace(make_reading(path), assessments=make_reading(path).assessments[1:], masks={})
    reading = replace(reading, boxes=reading.boxes[:0])
    shown = picture.picture_of(reading)[:, :1280]
    assert (shown[..., 0] == shown[..., 1]).all()
    colored = picture.picture_of(make_reading(path))[:, :1280]
    assert (colored[..., 0] != colored[..., 1]).any()
