"""Names of images: known suffixes are cut, anything else belongs to the name."""

from pathlib import Path

import numpy as np
import pytest

from hilum.images import Image
from hilum.schema.image_ids import SUFFIXES, image_id_of


@pytest.mark.parametrize(
    ("path", "image_id"),
    [
        ("a1.png", "a1"),
        ("A1.PNG", "A1"),
        ("a1.Jpeg", "a1"),
        ("p1/s2/view1_frontal.jpg", "view1_frontal"),
        ("sub\\a1.png", "a1"),
        ("C:\\x\\1.2.840.5", "1.2.840.5"),
        ("1.2.840.5", "1.2.840.5"),
        ("1.2.840.6", "1.2.840.6"),
        ("1.2.840.5.dcm", "1.2.840.5"),
        ("JPCLN001.IMG", "JPCLN001"),
        ("study.v2", "study.v2"),
        ("a.dcm.png", "a.dcm"),
        ("a1", "a1"),
        (".png", ".png"),
        ("s3://bucket/folder/x.dicom", "x"),
        (Path("folder") / "b.c.jpg", "b.c"),
    ],
)
def test_only_known_suffixes_are_cut(path: str | Path, image_id: str) -> None:
    assert image_id_of(path) == image_id


def test_every_suffix_is_cut_in_either_case() -> None:
    assert {image_id_of("1.2.3" + suffix) for suffix in SUFFIXES} == {"1.2.3"}
    assert {image_id_of("1.2.3" + suffix.upper()) for suffix in SUFFIXES} == {"1.2.3"}


def test_images_named_by_their_uid_do_not_collide() -> None:
    gray = np.zeros((64, 64), np.uint8)
    assert {Image(Path(name), "DICOM", gray).image_id for name in ("1.2.840.5", "1.2.840.6")} == {
        "1.2.840.5",
        "1.2.840.6",
    }
