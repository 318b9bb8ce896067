"""What a start finds: a damaged database, files without rows, results without commits, and sets it right.

The files are the truth. A row can be made again of a file, and what a row says of a reading of its result.
"""

import fcntl
import logging
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from hilum.schema import ConfigError, DataError
from hilum.schema.files import check_out_folder
from hilum.serve import queue, results
from hilum.serve.database import Database, check
from hilum.serve.feedback import replay
from hilum.serve.identity import SUFFIX, secret_of
from hilum.serve.intake import Intake
from hilum.serve.refused import Refused
from hilum.serve.settings import Settings

LOG = logging.getLogger("hilum.serve")
SOURCE = "found"  # of an image whose row was lost with the way it came by


@dataclass(frozen=True)
class Opened:
    """A server's folder, in order.

    Args:
        database: its rows.
        secret: that keys its ids.
        lock: held as long as the server lives.
        notes: what was set right, in sentences.
    """

    database: Database
    secret: bytes
    lock: int
    notes: tuple[str, ...]

    def close(self) -> None:
        """Let another server have the folder."""
        self.database.close()
        os.close(self.lock)


def open_folder(settings: Settings) -> Opened:
    """Make the folder or set it right.

    Raises:
        ConfigError: when another server has it.
    """
    check_out_folder(settings.folder)
    settings.folder.mkdir(parents=True, exist_ok=True)
    lock = _lock(settings.folder)
    settings.folder.chmod(0o700)  # patients' images
    shutil.rmtree(settings.arriving, ignore_errors=True)  # none of them was answered for
    for folder in (settings.images, settings.results, settings.arriving):
        folder.mkdir(exist_ok=True)
    secret = secret_of(settings.folder / "secret")
    notes = _set_aside(settings.database)
    database = Database(settings.database)
    queue.release(database, None, "The server ended.", most=settings.attempts, counted=False)
    found = _find_images(Intake(settings, database, secret))
    adopted = _find_results(settings, database)
    if notes:
        replay(database, settings.folder)
    if found:
        notes.append(f"{found:,} stored images without a row have one again.")
    if adopted:
        notes.append(f"{adopted:,} finished readings without a row have one again.")
    for note in notes:
        LOG.warning(note)
    return Opened(database, secret, lock, tuple(notes))


def _lock(folder: Path) -> int:
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise ConfigError(f"{folder}: another server has it. Stop that one, or give another --folder.") from error
    return handle


def _set_aside(database: Path) -> list[str]:
    """Rename a damaged database, so that a new one is made; what was done."""
    if not database.is_file():
        return []
    try:
        check(database)
    except DataError as error:
        aside = database.with_name(f"{database.name}.damaged-{time.time_ns()}")
        for suffix in ("-wal", "-shm"):
            side = database.with_name(database.name + suffix)
            if side.exists():
                side.rename(aside.with_name(aside.name + suffix))
        database.rename(aside)
        return [f"{error} It lies in {aside.name}, and a new one was made of the stored files."]
    return []


def _find_images(intake: Intake) -> int:
    """Rows for stored files that have none: their sender was never answered, or the database is new."""
    rows = {row["file"] for row in intake.database.rows.execute("SELECT file FROM images")}
    found = 0
    for file in intake.settings.images.glob("??/*"):
        if str(file.relative_to(intake.settings.images)) in rows or file.suffix not in SUFFIX.values():
            continue
        try:
            found += intake.adopt(file, SOURCE)
        except Refused as refused:
            LOG.warning("%s is no image: %s", file.name, refused)
    return found


def _find_results(settings: Settings, database: Database) -> int:
    """Take up results that were written but not committed, and remove those that another took the place of."""
    state = {row["image_id"]: row for row in database.rows.execute("SELECT image_id, state, result FROM images")}
    adopted = 0
    for image_id, path in results.all_results(settings.results):
        row = state.get(image_id)
        if row is not None and row["result"] == str(path.relative_to(settings.results)):
            continue
        outcome = results.outcome_of(settings.results, path)
        if outcome is not None and row is not None and row["state"] == "received" and row["result"] is None:
            claim = _claimed(database, image_id)
            adopted += queue.finish(database, claim, outcome, settings.send_to)
            state[image_id] = {"image_id": image_id, "state": "read", "result": outcome.result}
        else:
            path.unlink()
    for path in settings.results.glob(f"??/{results.WRITING}*"):
        path.unlink()
    return adopted


def _claimed(database: Database, image_id: str) -> queue.Claim:
    with database.transaction() as rows:
        row = rows.execute(
            "UPDATE images SET state = 'claimed', worker = 'start', attempts = attempts + 1 WHERE image_id = ? "
            "RETURNING attempts, file, format, received",
            (image_id,),
        ).fetchone()
    return queue.Claim(image_id, "start", row["attempts"], row["file"], row["format"], row["received"])
