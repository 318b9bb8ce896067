import subprocess
from collections.abc import Callable
from pathlib import Path
from shutil import which

import cv2
import numpy as np
import pytest

from hilum.images import read_image
from hilum.outputs import writers
from hilum.outputs.save import save_object
from hilum.outputs.source import load_source
from hilum.schema import DataError, Reading

Make, Read = Callable[..., Path], Callable[[Path], Reading]


def test_lines_are_columns_and_rows_and_boxes_name_their_finding(make_source: Make, make_reading: Read) -> None:
    path = make_source()
    (made,) = writers["gsps"](make_reading(path), load_source(path))
    findings, structures = made.GraphicAnnotationSequence
    line = findings.GraphicObjectSequence[0].GraphicData
    assert line == pytest.approx([25.6, 14.4, 51.2, 14.4, 51.2, 28.8, 25.6, 28.8, 25.6, 14.4])
    texts = [each.UnformattedTextValue for each in findings.TextObjectSequence]
    assert texts[1] == "Mass 0.70"
    assert "For research" in texts[0]
    assert "Effusion" not in texts[0]
    for each in structures.GraphicObjectSequence:
        points = np.reshape(each.GraphicData, (-1, 2))
        assert (points >= 0).all()
        assert (points <= (128, 96)).all()
    assert len(structures.GraphicObjectSequence) == 2


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_a_viewer_shows_the_image_as_we_read_it(
    photometric: str, make_source: Make, make_reading: Read, tmp_path: Path
) -> None:
    """DCMTK, which knows nothing of us, renders image and state: black stays black, also of MONOCHROME1."""
    if which("dcmp2pgm") is None:
        pytest.skip("dcmp2pgm is not installed (Debian package dcmtk)")
    path = make_source(PhotometricInterpretation=photometric)
    state, shown = tmp_path / "state.dcm", tmp_path / "shown.pgm"
    save_object(writers["gsps"](make_reading(path), load_source(path))[0], state)
    subprocess.run(["dcmp2pgm", "-p", str(state), str(path), str(shown)], check=True, capture_output=True)
    picture = cv2.imread(str(shown), cv2.IMREAD_GRAYSCALE).astype(int)
    assert picture.shape == (96, 128)
    assert np.abs(picture - read_image(path).pixels_8bit).max() <= 2


def test_a_color_image_is_refused(make_source: Make, make_reading: Read) -> None:
    path = make_source()
    source = load_source(path)
    source.PhotometricInterpretation, source.SamplesPerPixel = "RGB", 3
    with pytest.raises(DataError, match="Expected a gray one for gsps"):
        writers["gsps"](make_reading(path), source)
