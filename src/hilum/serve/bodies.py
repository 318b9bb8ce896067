"""A request's body as files on the disk: bounded while it arrives, whatever its header promises.

One grammar for forms (RFC 7578) and DICOMweb (RFC 2387): parts between boundaries. Zip archives are opened in the same
way, member by member, by size as it comes out, not as it is promised.
"""

import mmap
import re
import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import IO

from hilum.serve.refused import Refused, not_understood, too_large, too_many
from hilum.serve.settings import Settings

BOUNDARY = re.compile(r'boundary="?([^";,]{1,70})"?', re.IGNORECASE)
ZIP = b"PK\x03\x04"
MOST_PARTS = 5000
ENCRYPTED = 1  # of a zip archive's member, in its flags
STEP = 1 << 20
IGNORED = ("__MACOSX/", "DICOMDIR")  # what systems put into an archive beside images


async def spool(chunks: AsyncIterator[bytes], settings: Settings) -> Path:
    """Write a body to a file under `arriving`.

    Raises:
        Refused: when it is larger than may be; what was written is gone.
    """
    target, size = settings.arrival(), 0
    try:
        with target.open("wb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > settings.most_body_bytes:
                    raise too_large(settings.most_body_bytes)
                file.write(chunk)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return target


def files_of(body: Path, content_type: str, settings: Settings) -> Iterator[Path | Refused]:
    """The image files in a body, each under `arriving`; in place of one that is not taken, why. The body is gone then.

    Args:
        body: as spooled.
        content_type: the request's; of a multipart one each part is a file, otherwise the whole body is one.
        settings: of the server.
    """
    try:
        if content_type.lower().startswith("multipart/"):
            for part in _parts(body, content_type, settings):
                yield from (part,) if isinstance(part, Refused) else _opened(part, settings)
        else:
            yield from _opened(body, settings)
    finally:
        body.unlink(missing_ok=True)


def _opened(file: Path, settings: Settings) -> Iterator[Path | Refused]:
    """The file itself, or what a zip archive holds."""
    with file.open("rb") as opened:
        is_zip = opened.read(4) == ZIP
    if not is_zip:
        yield file
        return
    try:
        yield from _members(file, settings)
    finally:
        file.unlink(missing_ok=True)


def _members(file: Path, settings: Settings) -> Iterator[Path | Refused]:
    """Files in an archive; their names are looked at only to leave folders out, and never become paths."""
    left = 4 * settings.most_body_bytes  # in all, however small the archive is
    try:
        with zipfile.ZipFile(file) as archive:
            members = [one for one in archive.infolist() if not (one.is_dir() or one.filename.startswith(IGNORED))]
            for member in members[:MOST_PARTS]:
                if member.flag_bits & ENCRYPTED:
                    yield not_understood("An encrypted file in a zip archive")
                    continue
                target = settings.arrival()
                most = min(settings.most_file_bytes, left)
                with archive.open(member) as packed:
                    size = _copied(packed, target, most)
                left -= size
                if size > most:
                    target.unlink(missing_ok=True)
                    yield too_large(most)
                    if left <= 0:
                        return
                    continue
                yield target
            if len(members) > MOST_PARTS:
                yield too_many(MOST_PARTS)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError, RuntimeError) as error:
        yield not_understood(f"A damaged zip archive ({type(error).__name__})")
    except OSError as error:
        if error.errno is not None:
            raise
        yield not_understood("A damaged zip archive")


def _copied(packed: IO[bytes], target: Path, most: int) -> int:
    """Copy at most a byte more than allowed; how many it were."""
    size = 0
    with target.open("wb") as file:
        while size <= most and (chunk := packed.read(min(STEP, most + 1 - size))):
            file.write(chunk)
            size += len(chunk)
    return size


def _parts(body: Path, content_type: str, settings: Settings) -> Iterator[Path | Refused]:
    found = BOUNDARY.search(content_type)
    if found is None or body.stat().st_size == 0:
        raise not_understood("A multipart request without a boundary or a body")
    mark = b"--" + found[1].encode("latin-1")
    with body.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        at, count = content.find(mark), 0
        while at >= 0 and content[at + len(mark) : at + len(mark) + 2] != b"--":  # after the last part
            begin = content.find(b"\r\n\r\n", at)
            end = content.find(b"\r\n" + mark, begin) if begin >= 0 else -1
            if end < 0:
                yield not_understood("A part of a multipart request without its end")
                return
            if count == MOST_PARTS:
                yield too_many(MOST_PARTS)
                return
            if begin + 4 < end and _is_file(content[at:begin]):
                target = settings.arrival()
                with target.open("wb") as part:
                    file.seek(begin + 4)
                    _copy(file, part, end - begin - 4)
                yield target
                count += 1
            at = end + 2


def _is_file(head: bytes) -> bool:
    """Whether a part is a file: of a form those with a file name, of DICOMweb all."""
    lower = head.lower()
    return b"content-disposition: form-data" not in lower or b"filename=" in lower


def _copy(source: IO[bytes], target: IO[bytes], size: int) -> None:
    while size > 0 and (chunk := source.read(min(STEP, size))):
        target.write(chunk)
        size -= len(chunk)
