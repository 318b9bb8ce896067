"""Take an image in: stored first, then a row, then the answer. Every way in ends here."""

import errno
import shutil
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hilum.schema.files import FULL
from hilum.serve.database import Database
from hilum.serve.durable import place
from hilum.serve.identity import Identity, identify
from hilum.serve.refused import conflict, disk_full, queue_full, too_large
from hilum.serve.settings import Settings

COLUMNS = ("image_id", "sop_uid", "sha256", "size", "format", "sop_class", "study_uid", "series_uid", "modality",
           "study_date", "patient_key", "accession_key")  # fmt: skip
INSERT = (
    f"INSERT INTO images (file, source, received, {', '.join(COLUMNS)}) "
    f"VALUES (:file, :source, :received, {', '.join(f':{name}' for name in COLUMNS)})"
)


@dataclass(frozen=True)
class Receipt:
    """That an image is kept: from now on it is read or listed as failed.

    Args:
        image_id: what it is called from now on.
        outcome: `accepted`, or `known` when the same image was here before.
        sop_uid: for answers in DICOM alone.
        sop_class: for the same.
    """

    image_id: str
    outcome: Literal["accepted", "known"]
    sop_uid: str
    sop_class: str


@dataclass(frozen=True)
class Intake:
    """The one way in.

    Args:
        settings: of the server.
        database: of it.
        secret: that keys its ids.
        arrived: called when there is something new to read.
    """

    settings: Settings
    database: Database
    secret: bytes
    arrived: Callable[[], None] = lambda: None

    def receive(self, file: Path, source: str) -> Receipt:
        """Keep a file from `arriving`, which is gone afterwards, and answer for it.

        Args:
            file: the file, its bytes as they came.
            source: by which way it came, for the worklist and the metrics.

        Raises:
            Refused: when it is not taken; nothing of it is kept then.
        """
        try:
            found = identify(file, self.secret)
            if found.size > self.settings.most_file_bytes:
                raise too_large(self.settings.most_file_bytes)
            return self.known(found) or self._store(file, found, source)
        except OSError as error:
            if error.errno in FULL or error.errno == errno.ENFILE:
                raise disk_full() from error
            raise
        finally:
            file.unlink(missing_ok=True)

    def check_room(self) -> None:
        """Refuse before a byte is taken when nothing can be.

        Raises:
            Refused: when the queue or the disk is full.
        """
        count, size = self.database.rows.execute(
            "SELECT count(*), coalesce(sum(size), 0) FROM images WHERE state IN ('received', 'claimed')"
        ).fetchone()
        if count >= self.settings.most_waiting or size >= self.settings.most_waiting_bytes:
            raise queue_full(count)
        if shutil.disk_usage(self.settings.folder).free < self.settings.least_free_bytes:
            raise disk_full()

    def known(self, found: Identity) -> Receipt | None:
        """The receipt of an image that is here already, or that this server made itself.

        Raises:
            Refused: when the one that is here has other bytes.
        """
        rows = self.database.rows
        if rows.execute("SELECT 1 FROM objects WHERE sop_uid = ?", (found.sop_uid,)).fetchone():
            return Receipt(found.image_id, "known", found.sop_uid, found.sop_class)
        row = rows.execute("SELECT sha256 FROM images WHERE image_id = ?", (found.image_id,)).fetchone()
        if row is None:
            return None
        if row["sha256"] != found.sha256:
            raise conflict()
        return Receipt(found.image_id, "known", found.sop_uid, found.sop_class)

    def adopt(self, file: Path, source: str) -> bool:
        """Give a stored file its row back; False when it is no image of that name."""
        found = identify(file, self.secret)
        if file != self.settings.images / found.file_name:
            return False
        return self._insert(found, source, file.stat().st_mtime)

    def _store(self, file: Path, found: Identity, source: str) -> Receipt:
        self.check_room()
        target = self.settings.images / found.file_name
        if not place(file, target) and identify(target, self.secret).sha256 != found.sha256:
            raise conflict()
        new = self._insert(found, source, time.time())
        self.arrived()
        return Receipt(found.image_id, "accepted" if new else "known", found.sop_uid, found.sop_class)

    def _insert(self, found: Identity, source: str, received: float) -> bool:
        """Whether the row is new; one that another made at the same time is of the same file."""
        values = {name: getattr(found, name) for name in COLUMNS}
        try:
            with self.database.transaction() as rows:
                rows.execute(INSERT, values | {"file": found.file_name, "source": source, "received": received})
        except sqlite3.IntegrityError:
            return False
        return True
