"""What a server is told once, and where its things lie."""

import dataclasses
import json
import uuid
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from hilum.serve.served import Served

LOOPBACK = ("127.0.0.1", "::1", "localhost")
MB, GB = 10**6, 10**9


@dataclass(frozen=True)
class Settings:
    """Of one server.

    Args:
        folder: where everything it keeps lies; no two servers share one.
        runs: the Runs that read, side by side; none for the starter.
        host: address of HTTP.
        port: of HTTP.
        dicom_host: address of C-STORE.
        dicom_port: of C-STORE; 0 for none.
        ae_title: by which modalities call this server.
        callers: application entities that may send; any when empty.
        watch: a folder whose new files are taken in.
        send_to: where results go: `stow:URL`, `dicom:AE@HOST:PORT`, `fhir:URL`.
        objects: what is written of a DICOM image: `sr`, `seg`, `sc`, `gsps`, `fhir`.
        keep_days: after how many days an image goes with all that was made of it; None for never.
        most_waiting: images that may wait to be read.
        most_waiting_bytes: of their files.
        most_file_bytes: of one image.
        most_body_bytes: of one request, which can hold several images.
        least_free_bytes: what stays free on the disk.
        attempts: how often reading an image may break off before it is given up.
        seconds: that reading an image may take.
        device: `auto`, `cpu`, `cuda` …
    """

    folder: Path
    runs: tuple[Served, ...] = ()
    host: str = "127.0.0.1"
    port: int = 8000
    dicom_host: str = "127.0.0.1"
    dicom_port: int = 11112
    ae_title: str = "HILUM"
    callers: tuple[str, ...] = ()
    watch: Path | None = None
    send_to: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    keep_days: int | None = None
    most_waiting: int = 2000
    most_waiting_bytes: int = 20 * GB
    most_file_bytes: int = 256 * MB
    most_body_bytes: int = GB
    least_free_bytes: int = GB
    attempts: int = 3
    seconds: float = 60.0
    device: str = "auto"

    @property
    def served(self) -> tuple[Served, ...]:
        """The Runs that read: those named, else the starter."""
        return self.runs or (Served(Path(str(files("hilum") / "starter"))),)

    @property
    def images(self) -> Path:
        """The files as they came, each under its id."""
        return self.folder / "images"

    @property
    def results(self) -> Path:
        """One file an image with all that was made of it."""
        return self.folder / "results"

    @property
    def arriving(self) -> Path:
        """Files on their way in; none was answered for."""
        return self.folder / "arriving"

    @property
    def database(self) -> Path:
        """The queue, the worklist and the feedback."""
        return self.folder / "index.sqlite"

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach HTTP."""
        return self.host in LOOPBACK

    def arrival(self) -> Path:
        """A path of its own for a file on its way in."""
        return self.arriving / uuid.uuid4().hex

    def to_json(self) -> str:
        """One line, for the process that reads."""
        values = dataclasses.asdict(self)
        return json.dumps(values, default=str)  # of paths

    @classmethod
    def from_json(cls, line: str) -> "Settings":
        """What `to_json` wrote."""
        values: dict[str, Any] = json.loads(line)
        for name in ("folder", "watch"):
            values[name] = Path(values[name]) if values[name] else None
        values["runs"] = tuple(Served(Path(each["folder"]), tuple(each["views"])) for each in values["runs"])
        for name in ("callers", "send_to", "objects"):
            values[name] = tuple(values[name])
        return cls(**values)
