"""SQLite as the queue's memory: one writer at a time, and what is committed is on the disk."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hilum.schema import DataError
from hilum.serve.refused import broken, disk_full

SCHEMA = """
CREATE TABLE IF NOT EXISTS images (
    number INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order of arrival, which no clock can change
    image_id TEXT NOT NULL UNIQUE,
    sop_uid TEXT NOT NULL UNIQUE,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    format TEXT NOT NULL,
    file TEXT NOT NULL,
    sop_class TEXT NOT NULL, study_uid TEXT NOT NULL, series_uid TEXT NOT NULL,
    modality TEXT NOT NULL, study_date TEXT NOT NULL,
    patient_key TEXT NOT NULL, accession_key TEXT NOT NULL,
    source TEXT NOT NULL,
    received REAL NOT NULL,                    -- seconds since 1970
    state TEXT NOT NULL DEFAULT 'received',    -- received, claimed, read, failed, dead, expired
    attempts INTEGER NOT NULL DEFAULT 0,
    worker TEXT,
    reason TEXT,
    finished REAL,
    result TEXT,                               -- the file under results/
    weights TEXT,
    above INTEGER NOT NULL DEFAULT 0,          -- findings at or above their operating point
    summary TEXT NOT NULL DEFAULT '{}'         -- JSON: what the worklist shows
);
CREATE INDEX IF NOT EXISTS images_state ON images (state, number);
CREATE INDEX IF NOT EXISTS images_patient ON images (patient_key);
CREATE TABLE IF NOT EXISTS objects (
    sop_uid TEXT PRIMARY KEY,
    image_id TEXT NOT NULL REFERENCES images (image_id) ON DELETE CASCADE,
    sop_class TEXT NOT NULL, study_uid TEXT NOT NULL, series_uid TEXT NOT NULL,
    modality TEXT NOT NULL, member TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_image ON objects (image_id);
CREATE TABLE IF NOT EXISTS pushes (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    image_id TEXT NOT NULL REFERENCES images (image_id) ON DELETE CASCADE,
    destination TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',     -- waiting, sent, dead
    attempts INTEGER NOT NULL DEFAULT 0,
    next_try REAL NOT NULL DEFAULT 0,
    reason TEXT,
    UNIQUE (image_id, destination)
);
CREATE TABLE IF NOT EXISTS feedback (
    image_id TEXT NOT NULL REFERENCES images (image_id) ON DELETE CASCADE,
    finding TEXT NOT NULL,
    reader TEXT NOT NULL,
    agrees INTEGER NOT NULL,
    called INTEGER,                            -- whether the model called it; empty without operating points
    probability REAL,
    note TEXT NOT NULL,
    given REAL NOT NULL,
    PRIMARY KEY (image_id, finding, reader)
);
"""
BUSY_SECONDS = 30


class Database:
    """Connections to one file, one a thread.

    Args:
        path: of the file; made when missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._own = threading.local()
        with self.transaction() as rows:
            for statement in SCHEMA.split(";\n"):
                rows.execute(statement)

    @property
    def rows(self) -> sqlite3.Connection:
        """This thread's connection, for reading."""
        connection: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
            connection.row_factory = sqlite3.Row
            for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
                connection.execute(f"PRAGMA {setting}")
            self._own.connection = connection
        return connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write all of a block or nothing of it; on the disk when it ends.

        Raises:
            Refused: when the disk is full or the file damaged.
        """
        with _translated():
            rows = self.rows
            rows.execute("BEGIN IMMEDIATE")
            try:
                yield rows
                rows.execute("COMMIT")
            except BaseException:
                if rows.in_transaction:
                    rows.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close this thread's connection."""
        if hasattr(self._own, "connection"):
            self._own.connection.close()
            del self._own.connection


def check(path: Path) -> None:
    """Refuse a damaged database.

    Raises:
        DataError: with SQLite's own word for what is wrong.
    """
    try:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS)
        try:
            found = connection.execute("PRAGMA quick_check").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        raise DataError(f"{path.name}: a damaged database ({str(found).splitlines()[0]}).")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if "full" in str(error) or "disk I/O" in str(error):
            raise disk_full() from error
        raise
    except sqlite3.IntegrityError:
        raise
    except sqlite3.DatabaseError as error:
        raise broken() from error
