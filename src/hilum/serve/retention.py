"""Images go after so many days, with their rows, results and all that was said of them."""

import logging
import threading
import time

from hilum.serve import feedback
from hilum.serve.audit_log import AuditLog
from hilum.serve.database import Database
from hilum.serve.settings import Settings

LOG = logging.getLogger("hilum.serve")
DAY_SECONDS, EVERY_SECONDS = 86400.0, 3600.0


class Retention:
    """Looks every hour.

    Args:
        settings: of the server; `keep_days` is not None.
        database: of it.
        audit: of it.
    """

    def __init__(self, settings: Settings, database: Database, audit: AuditLog) -> None:
        self._settings, self._database, self._audit = settings, database, audit
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="retention", daemon=True)

    def start(self) -> None:
        """Look until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()
        self._thread.join(timeout=10)

    def remove_old(self) -> int:
        """Remove what is older than may be and waits for nothing; how many images.

        The row says `expired` first, so that a process killed on the way leaves what the next look finishes.
        """
        assert self._settings.keep_days is not None
        before = time.time() - self._settings.keep_days * DAY_SECONDS
        with self._database.transaction() as rows:
            rows.execute(
                "UPDATE images SET state = 'expired' WHERE received < ? AND state IN ('read', 'failed', 'dead') "
                "AND NOT EXISTS (SELECT 1 FROM pushes WHERE pushes.image_id = images.image_id AND state = 'waiting')",
                (before,),
            )
            expired = rows.execute("SELECT image_id, file, result FROM images WHERE state = 'expired'").fetchall()
        for row in expired:
            (self._settings.images / row["file"]).unlink(missing_ok=True)
            for result in self._settings.results.glob(f"{row['image_id'][:2]}/{row['image_id']}-*.zip"):
                result.unlink()
        with self._database.transaction() as rows:
            feedback.forget(self._settings.folder, {row["image_id"] for row in expired})
            rows.executemany("DELETE FROM images WHERE image_id = ?", [(row["image_id"],) for row in expired])
        for row in expired:
            self._audit.note("server", "remove", row["image_id"])
        return len(expired)

    def _run(self) -> None:
        while True:
            try:
                self.remove_old()
            except Exception as error:  # a full disk or a damaged database: the next look may do
                LOG.error("old images could not be removed: %s", type(error).__name__)
            if self._stopping.wait(EVERY_SECONDS):
                return
