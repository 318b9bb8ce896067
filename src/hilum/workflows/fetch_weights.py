"""The file of published weights: on this machine, or fetched from its owner; else one error says where to put it."""

import urllib.request
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from typing import IO

from hilum.models.published import Weights
from hilum.models.published.places import at_hand, place_of
from hilum.runs.run import sha256
from hilum.schema import ConfigError, DependencyError
from hilum.schema.files import replacing

SECONDS = 30  # without an answer
PART = 1 << 20  # bytes at a time


def weights_file(weights: Weights, given: Path | None = None) -> Path:
    """The file, checked against its owner's sha256 where one is known.

    Args:
        weights: of the catalog.
        given: a file that the user has; None to look for it and, failing that, to fetch it.

    Raises:
        DependencyError: when it is not on this machine and cannot be fetched.
        ConfigError: when it is another file than its owner published.
    """
    if given is not None and not given.is_file():
        raise ConfigError(f"{given}: no such file. Expected {_which(weights)}.")
    path = given or at_hand(weights) or _fetched(weights)
    if weights.sha256 and (held := sha256(path)) != weights.sha256:
        raise ConfigError(
            f"{path}: its sha256 is {held}, and {weights.full_name} has {weights.sha256}. Fetch it again."
        )
    return path


class BrokenOff(Exception):
    """The network went away while a file was fetched. No OSError: `replacing` takes those for the disk's."""


def fetch(address: str, place: Path) -> None:
    """Fetch a file, whole or not at all.

    Raises:
        OSError: when nobody answers at the address.
        BrokenOff: when less came than was announced.
    """
    request = urllib.request.Request(address, headers={"User-Agent": "hilum"})
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        expected = answer.headers.get("Content-Length")
        with replacing(place) as temporary, temporary.open("wb") as file:
            for part in _parts(answer):
                file.write(part)
            if expected is not None and file.tell() != int(expected):
                raise BrokenOff(f"{file.tell()} of {expected} bytes came")


def _parts(answer: IO[bytes]) -> Iterator[bytes]:
    while True:
        try:
            part = answer.read(PART)
        except (OSError, HTTPException) as error:
            raise BrokenOff(str(error)) from error
        if not part:
            return
        yield part


def _fetched(weights: Weights) -> Path:
    place = place_of(weights)
    why = "is no single download"
    if weights.direct:
        try:
            fetch(weights.address, place)
            return place
        except (OSError, BrokenOff) as error:  # urllib's errors are OSErrors
            why = f"could not be fetched ({getattr(error, 'reason', None) or error})"
    raise DependencyError(
        f"{weights.full_name}: its file is not on this machine, and {why}. Expected {_which(weights)}: get it where "
        f"there is a network and put it at {place}, or give it with --file."
    )


def _which(weights: Weights) -> str:
    return f"{weights.address} ({weights.megabytes:.0f} MB)"
