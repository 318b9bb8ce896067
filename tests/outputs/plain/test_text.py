from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hilum.outputs import documents
from hilum.outputs.plain.text import _templates
from hilum.outputs.source import load_source
from hilum.schema import ConfigError, Reading
from hilum.schema.findings import NIH14

Make, Read = Callable[..., Path], Callable[[Path], Reading]


def test_the_sentences(make_source: Make, make_reading: Read) -> None:
    path = make_source()
    assert documents["text"](make_reading(path), load_source(path)).splitlines() == [
        "No physician has reviewed this text. It was written by a program (Hilum, model drawn). For research, not a "
        "medical device.",
        "[view] PA image.",
        "[quality] The lungs seem to reach over a side of the image.",
        "[Mass] Mass: present (probability 0.81, called present from 0.50).",
        "[Mass] Marked on the patient's right, upper zone.",
        "[Effusion] Pleural effusion: absent (probability 0.10, called present from 0.20).",
        "[Fracture] Fracture: not assessed (probability 0.30, without an operating point).",
        "[Pleural_Thickening] Pleural thickening: not assessed (the model gave no probability).",
        "[cardiothoracic_ratio] Cardiothoracic ratio: 0.51. Above 0.50 the heart counts as enlarged on a PA image "
        "in full inspiration; this is a PA image.",
    ]


def test_no_side_or_zone_without_a_box_lungs_or_orientation(make_source: Make, make_reading: Read) -> None:
    path = make_source()
    reading = make_reading(path)
    unplaced = documents["text"](replace(reading, boxes=reading.boxes[:0]), load_source(path))
    assert "Marked" not in unplaced
    assert "[Mass] Marked in the left half of the image as stored." in documents["text"](
        replace(reading, masks={}), None
    )


def test_another_language_is_another_file() -> None:
    templates = _templates("en")
    assert set(NIH14) == set(templates["findings"])
    with pytest.raises(ConfigError, match=r"no sentences in 'xx'\. Expected one of: en"):
        _templates("xx")
