"""How an image is called in tables: by its file's name, without the suffix that says what kind of image it is."""

import os
import re

# Known suffixes only: a DICOM UID as a name, `1.2.840.5`, ends in digits that are part of the name.
SUFFIXES = (
    ".dcm", ".dicom", ".dic", ".ima", ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".img",
    ".jp2", ".j2k", ".jpx", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".npy",
)  # fmt: skip


def image_id_of(path: str | os.PathLike[str]) -> str:
    r"""The last part of a path (or of an object's address) without its image suffix, in whatever case that is written.

    Args:
        path: a path, a file's name, or a name that has no suffix already; folders end in `/` or `\`.

    >>> image_id_of("images/00000001_000.png"), image_id_of("sub\\a1.JPEG"), image_id_of("s3://chest/a.b.dcm")
    ('00000001_000', 'a1', 'a.b')
    >>> image_id_of("1.2.840.5"), image_id_of("1.2.840.5.dcm"), image_id_of("a1")
    ('1.2.840.5', '1.2.840.5', 'a1')
    """
    name = re.split(r"[/\\]", os.fspath(path).rstrip("/\\"))[-1]
    known = next((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), "")
    return name[: len(name) - len(known)] or name


def chexpert_id(path: str) -> str:
    """The id of a CheXpert image or study from its owner's path; another text stays as it is.

    >>> chexpert_id("CheXpert-v1.0/valid/patient64541/study1/view1_frontal.jpg")
    'patient64541_study1_view1_frontal'
    >>> chexpert_id("CheXpert-v1.0/test/patient64741/study1"), chexpert_id("a/b.png")
    ('patient64741_study1', 'a/b.png')
    """
    found = re.search(r"(?:^|/)(patient\w+)/(study\w+)(?:/([^/]+))?/?$", path.strip().replace("\\", "/"))
    return path if found is None else "_".join(image_id_of(part) for part in found.groups() if part)
