"""What is written of a reading, as files: each whole or absent, named after its image."""

import io
import os
import warnings
from collections.abc import Sequence
from pathlib import Path

import pydicom

from hilum.outputs import documents, writers
from hilum.schema import ConfigError, Reading
from hilum.schema.files import replacing, write_text

SUFFIXES = {"fhir": ".json"}  # of documents; .txt for the others


def check_formats(names: Sequence[str], others: Sequence[str] = ()) -> list[str]:
    """The names, each once, when there is such a format.

    Raises:
        ConfigError: for a name that is none, or none at all.
    """
    known = [*writers, *documents, *others]
    strange = [name for name in names if name not in known]
    if strange or not names:
        raise ConfigError(f"There is no format '{', '.join(strange)}' to write. Expected some of: {', '.join(known)}.")
    return list(dict.fromkeys(names))


def save(
    reading: Reading, source: pydicom.Dataset | None, formats: Sequence[str], folder: str | os.PathLike[str]
) -> list[Path]:
    """Write a reading in each of these formats; nothing is written where one of them cannot be made.

    Args:
        reading: what to write.
        source: the header of its image; None where it came from no DICOM file, which suits `text` alone.
        formats: names of writers and documents.
        folder: where to.

    Returns:
        The files. A format that has nothing to say (`seg` without masks and called findings) gives none.
    """
    folder, name = Path(folder), file_name(reading.image_id)
    objects: list[tuple[Path, pydicom.Dataset]] = []
    texts: list[tuple[Path, str]] = []
    for each in formats:
        if each in documents:
            texts.append((folder / f"{name}.{each}{SUFFIXES.get(each, '.txt')}", documents[each](reading, source)))
            continue
        if source is None:
            raise ConfigError(f"{reading.image_id}: no DICOM file. Expected one for {each}.")
        made = objects_of(each, reading, source, beside=formats)
        endings = [""] if len(made) == 1 else [f"-{number}" for number in range(1, len(made) + 1)]
        objects += [(folder / f"{name}.{each}{ending}.dcm", one) for ending, one in zip(endings, made, strict=True)]
    for path, made_object in objects:
        save_object(made_object, path)
    for path, content in texts:
        write_text(path, content)
    return [path for path, _ in (*objects, *texts)]


def objects_of(name: str, reading: Reading, source: pydicom.Dataset, *, beside: Sequence[str]) -> list[pydicom.Dataset]:
    """The objects of one format; a report refers to the segmentation where `beside` says that it is written, too."""
    told = {"segmented": True} if name == "sr" and "seg" in beside else {}
    made: list[pydicom.Dataset] = writers[name](reading, source, **told)
    return made


def save_object(made: pydicom.Dataset, path: Path) -> None:
    """Write a DICOM object, whole or not at all; what its source says wrongly is written as it stands."""
    content = as_bytes(made)
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def as_bytes(made: pydicom.Dataset) -> bytes:
    """A DICOM object as the bytes of its file."""
    written = io.BytesIO()
    with warnings.catch_warnings(), pydicom.config.disable_value_validation():
        warnings.simplefilter("ignore")
        made.save_as(written, enforce_file_format=True)
    return written.getvalue()


def file_name(image_id: str) -> str:
    """An image's id as the name of a file; two ids never give the same.

    >>> file_name("a/1.png"), file_name("a%2F1")
    ('a%2F1.png', 'a%252F1')
    """
    return image_id.replace("%", "%25").replace("/", "%2F").replace("\\", "%5C")
