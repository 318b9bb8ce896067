"""Door: all parts of one server, as its routes need them."""

import shutil
import time
from dataclasses import dataclass
from typing import Any

from hilum.serve import queue
from hilum.serve.audit_log import AuditLog
from hilum.serve.database import Database
from hilum.serve.intake import Intake
from hilum.serve.keys import Keys
from hilum.serve.metrics import Metrics
from hilum.serve.settings import Settings
from hilum.serve.supervisor import Supervisor

OLD_SECONDS = 600.0  # an image that waits longer says that reading does not keep up


@dataclass(frozen=True)
class Door:
    """One server.

    Args:
        settings: of it.
        database: its rows.
        intake: the one way in.
        supervisor: of the process that reads.
        keys: who may do what.
        audit: who did what.
        metrics: for Prometheus.
    """

    settings: Settings
    database: Database
    intake: Intake
    supervisor: Supervisor
    keys: Keys
    audit: AuditLog
    metrics: Metrics

    @property
    def is_open(self) -> bool:
        """Whether no key is asked for: only this machine can come in, and none was made."""
        return self.settings.is_local and not self.keys.all()

    def readiness(self) -> dict[str, Any]:
        """Whether images are read, and why not."""
        troubles = [self.supervisor.trouble] if self.supervisor.trouble else []
        waiting: int | None = None
        oldest = 0.0
        try:
            found = queue.counts(self.database)
            waiting, oldest = found.get("received", 0) + found.get("claimed", 0), queue.oldest_seconds(self.database)
        except Exception as error:  # whatever SQLite makes of a damaged file
            troubles.append(f"The database cannot be read ({type(error).__name__}). Start the server again.")
        free = shutil.disk_usage(self.settings.folder).free
        if free < self.settings.least_free_bytes:
            troubles.append("The disk is full: images are refused. Free some space.")
        if oldest > OLD_SECONDS:
            troubles.append(f"The first in line waits for {oldest:.0f} s.")
        return {
            "ready": not troubles,
            "troubles": troubles,
            "worker": self.supervisor.heard.state,
            "worker_heard_seconds": round(time.monotonic() - self.supervisor.heard.at, 1),
            "waiting": waiting,
            "oldest_seconds": round(oldest, 1),
            "free_bytes": free,
        }
