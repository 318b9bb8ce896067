"""What is to be sent on: to a PACS or a FHIR server, each until it has it, with longer and longer pauses."""

import logging
import threading
import time
from collections.abc import Callable

from hilum.schema import ConfigError
from hilum.serve import results
from hilum.serve.database import Database
from hilum.serve.senders.dicom import send_dicom
from hilum.serve.senders.fhir import send_fhir
from hilum.serve.senders.stow import send_stow
from hilum.serve.settings import Settings

LOG = logging.getLogger("hilum.serve")
Send = Callable[[str, list[bytes], list[bytes]], None]  # where to, DICOM objects, FHIR bundles; raises when not taken
SENDERS: dict[str, Send] = {"stow": send_stow, "dicom": send_dicom, "fhir": send_fhir}
FIRST_PAUSE, LONGEST_PAUSE, EVERY_SECONDS = 2.0, 3600.0, 1.0
MOST_ATTEMPTS = 60  # over two days: then a person has to look


class Outbox:
    """Sends what waits, one after the other.

    Args:
        settings: of the server.
        database: of it.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        for destination in settings.send_to:
            check_destination(destination)
        self._settings, self._database = settings, database
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)

    def start(self) -> None:
        """Send until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Send no more."""
        self._stopping.set()
        self._thread.join(timeout=30)

    def send_due(self) -> int:
        """Send what is due; how many were taken. A clock that was set back makes nothing wait longer than the pause."""
        now, sent = time.time(), 0
        due = self._database.rows.execute(
            "SELECT number, image_id, destination, attempts FROM pushes WHERE state = 'waiting' "
            "AND (next_try <= ? OR next_try > ?) ORDER BY next_try, number LIMIT 50",
            (now, now + LONGEST_PAUSE),
        ).fetchall()
        for row in due:
            if self._stopping.is_set():
                break
            try:
                self._send(row["image_id"], row["destination"])
            except Exception as error:  # whatever a network makes of it; the message could quote what was sent
                self._later(row["number"], row["attempts"] + 1, reason_of(error))
                continue
            with self._database.transaction() as rows:
                rows.execute("UPDATE pushes SET state = 'sent', reason = NULL WHERE number = ?", (row["number"],))
            sent += 1
        return sent

    def _send(self, image_id: str, destination: str) -> None:
        kind, _, where = destination.partition(":")
        row = self._database.rows.execute("SELECT result FROM images WHERE image_id = ?", (image_id,)).fetchone()
        file = self._settings.results / row["result"]
        members = self._database.rows.execute("SELECT member FROM objects WHERE image_id = ?", (image_id,)).fetchall()
        objects = [content for each in members if (content := results.read(file, each["member"])) is not None]
        SENDERS[kind](where, objects, results.bundles(file))

    def _later(self, number: int, attempts: int, reason: str) -> None:
        state = "dead" if attempts >= MOST_ATTEMPTS else "waiting"
        pause = min(FIRST_PAUSE * 2 ** min(attempts - 1, 20), LONGEST_PAUSE)
        with self._database.transaction() as rows:
            rows.execute(
                "UPDATE pushes SET state = ?, attempts = ?, next_try = ?, reason = ? WHERE number = ?",
                (state, attempts, time.time() + pause, reason, number),
            )
        LOG.warning("not sent (attempt %d): %s", attempts, reason)

    def _run(self) -> None:
        while not self._stopping.wait(EVERY_SECONDS):
            try:
                self.send_due()
            except Exception as error:  # a full disk or a damaged database
                LOG.error("the outbox: %s", type(error).__name__)


def check_destination(text: str) -> None:
    """Refuse what names no place to send to.

    Raises:
        ConfigError: with the forms there are.
    """
    kind, _, where = text.partition(":")
    if kind not in SENDERS or not where:
        raise ConfigError(f"{text}: expected stow:URL, dicom:AE@HOST:PORT or fhir:URL.")


def reason_of(error: Exception) -> str:
    """Why something was not taken: our own words as they are, another's by its kind alone."""
    from hilum.schema import HilumError

    return str(error) if isinstance(error, HilumError) else type(error).__name__
