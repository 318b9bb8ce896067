"""Read one file as a chest image: DICOM, PNG or JPEG, told apart by their first bytes.

Only JSRT's bare files, which begin with nothing, are known by their name and length.
"""

import os
from pathlib import Path

from hilum.images.image import Image
from hilum.images.jsrt import is_jsrt, read_jsrt
from hilum.images.raster import read_jpeg, read_png
from hilum.schema import ImageError

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
BARE_DICOM = (b"\x02\x00", b"\x08\x00")  # first group number of a DICOM file without its 128-byte preamble


def read_image(path: str | os.PathLike[str]) -> Image:
    """Read an image from a DICOM, PNG or JPEG file, or one of JSRT's `.IMG` files.

    Args:
        path: the file.

    Returns:
        The image: `.pixels` is (H, W) float32 in [0, 1], 1 = bright as the radiologist sees it, whatever the file's
        bit depth, photometric interpretation or orientation tag; `.view`, `.spacing_mm`, `.age_years` … hold what the
        file says.

    Raises:
        ImageError: when the file is not there, is no image, is damaged, or is no chest image (CT, several frames, …).
    """
    return decode(Path(path), read_bytes(path))


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """The content of a file, or of an object in a store (`s3://…`, `gs://…`, `abfs://…`, `hdfs://…`).

    Raises:
        ImageError: when it cannot be had.
    """
    try:
        if not is_remote(path):
            return Path(path).read_bytes()
        from pyarrow.fs import FileSystem

        system, place = FileSystem.from_uri(str(path))
        with system.open_input_stream(place) as stream:
            return bytes(stream.readall())
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise ImageError(f"{path}: {said}. Expected a readable DICOM, PNG or JPEG file.") from error


def is_remote(path: object) -> bool:
    """Whether a path names an object in a store rather than a file."""
    return isinstance(path, str) and "://" in path


def decode(path: Path, content: bytes) -> Image:
    """The image in a file's content; `path` gives the image its name and the errors theirs."""
    if content.startswith(PNG):
        return read_png(path, content)
    if content.startswith(JPEG):
        return read_jpeg(path, content)
    if content[128:132] == b"DICM" or content.startswith(BARE_DICOM):
        from hilum.images.dicom import read_dicom  # pydicom takes a fifth of a second to import

        return read_dicom(path, content)
    if is_jsrt(path, content):
        return read_jsrt(path, content)
    raise ImageError(
        f"{path}: {'an empty file' if not content else 'no image that is known here'}. Expected DICOM, PNG or JPEG; "
        "convert the file or leave it out."
    )
