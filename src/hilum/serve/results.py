"""All that was made of one image, as one file: whole or absent, and gone with one name.

picture.jpg             the image as a page shows it
pixels.png              the image as the viewer windows it: high byte in red, low byte in green
masks.json              structure and member of each outline, where there are any
mask-00.png …           outlines, see-through
outcome.json            what the rows keep, so that they can be made again
RUN/reading.json        of each Run that read it: numbers and provenance
RUN/reading.html        a page that needs no server
RUN/heats.json          finding, method and member of each heatmap
RUN/heat-00.png …       heatmaps, see-through
RUN/objects/UID.dcm     DICOM objects
RUN/fhir.json           a FHIR bundle
"""

import json
import re
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hilum.serve.durable import make_folder, sync
from hilum.serve.queue import Outcome

READING, PAGE, PICTURE, HEATS, FHIR = "reading.json", "reading.html", "picture.jpg", "heats.json", "fhir.json"
PIXELS, MASKS = "pixels.png", "masks.json"
OUTCOME, OBJECTS = "outcome.json", "objects/"
OF_ALL = (PICTURE, PIXELS, MASKS)  # and mask-00.png …: the same whoever reads
NAME = re.compile(r"([0-9a-f]{24})-[0-9a-f]{8}\.zip")
WRITING = ".writing-"


def new_name(image_id: str) -> str:
    """A name under `results` that no other attempt has."""
    return f"{image_id[:2]}/{image_id}-{uuid.uuid4().hex[:8]}.zip"


def write(folder: Path, outcome: Outcome, members: Mapping[str, bytes]) -> None:
    """Write a result under its name, on the disk when this returns."""
    target = folder / outcome.result
    make_folder(target.parent)
    temporary = target.with_name(f"{WRITING}{target.name}")
    kept = {"weights": outcome.weights, "above": outcome.above, "summary": outcome.summary,
            "objects": list(outcome.objects)}  # fmt: skip
    try:
        with zipfile.ZipFile(temporary, "w") as archive:  # stored: pictures are compressed already
            for name, content in {**members, OUTCOME: json.dumps(kept).encode()}.items():
                archive.writestr(name, content)
        sync(temporary)
        temporary.replace(target)
        sync(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def read(path: Path, member: str) -> bytes | None:
    """One member of a result; None where it has none of that name, or is gone."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(member)
    except (KeyError, FileNotFoundError):
        return None


def bundles(path: Path) -> list[bytes]:
    """The FHIR bundles of a result, one a Run; none where it is gone."""
    try:
        with zipfile.ZipFile(path) as archive:
            return [archive.read(name) for name in archive.namelist() if name.endswith(FHIR)]
    except FileNotFoundError:
        return []


def outcome_of(folder: Path, path: Path) -> Outcome | None:
    """What the rows kept of a result; None for a file that is no whole one."""
    try:
        kept: dict[str, Any] = json.loads(read(path, OUTCOME) or b"")
        return Outcome(
            str(path.relative_to(folder)), kept["weights"], kept["above"], kept["summary"], tuple(kept["objects"])
        )
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None


def all_results(folder: Path) -> Iterator[tuple[str, Path]]:
    """Id and file of every result, those of one image from old to new."""
    for path in sorted(folder.glob("??/*.zip"), key=lambda path: path.stat().st_mtime_ns):
        found = NAME.fullmatch(path.name)
        if found:
            yield found[1], path
