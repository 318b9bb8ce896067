"""A folder whose files are taken in: each once it has stopped to grow, and moved aside when it was answered for."""

import logging
import shutil
import threading
from pathlib import Path

from hilum.schema.files import check_out_folder
from hilum.serve.audit_log import AuditLog
from hilum.serve.intake import Intake
from hilum.serve.refused import Refused

LOG = logging.getLogger("hilum.serve")
TAKEN, REFUSED = "taken", "refused"  # folders in the watched one
EVERY_SECONDS = 2.0


class Watched:
    """Looks at a folder every two seconds.

    Args:
        folder: whose files, also in folders below it, are taken in.
        intake: of the server.
        audit: of the server.
    """

    def __init__(self, folder: Path, intake: Intake, audit: AuditLog) -> None:
        self.folder = check_out_folder(folder)
        self._intake, self._audit = intake, audit
        self._seen: dict[Path, tuple[int, int]] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watched folder", daemon=True)

    def start(self) -> None:
        """Look until `stop`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()
        self._thread.join(timeout=10)

    def look(self) -> int:
        """Take in what has not changed since the last look; how many files."""
        taken, seen = 0, {}
        for file in sorted(self.folder.rglob("*")):
            if file.is_symlink() or not file.is_file() or {TAKEN, REFUSED} & set(file.relative_to(self.folder).parts):
                continue
            if file.name.startswith("."):
                continue
            seen[file] = (file.stat().st_size, file.stat().st_mtime_ns)
            if self._seen.get(file) == seen[file]:
                taken += self._take(file)
        self._seen = seen
        return taken

    def _take(self, file: Path) -> bool:
        copy = self._intake.settings.arrival()
        try:
            shutil.copyfile(file, copy)
            receipt = self._intake.receive(copy, "folder")
        except Refused as refused:
            if refused.retry_after_seconds is not None:  # it stays, and is tried again
                return False
            self._audit.note("watched folder", "submit", outcome=f"refused {refused.http}")
            self._aside(file, REFUSED)
            (self.folder / REFUSED / f"{file.name}.txt").write_text(f"{refused}\n", encoding="utf-8")
            return False
        finally:
            copy.unlink(missing_ok=True)
        self._audit.note("watched folder", "submit", receipt.image_id, receipt.outcome)
        self._aside(file, TAKEN)
        return True

    def _aside(self, file: Path, folder: str) -> None:
        target = self.folder / folder / file.name
        target.parent.mkdir(exist_ok=True)
        file.replace(target)

    def _run(self) -> None:
        while not self._stopping.wait(EVERY_SECONDS):
            try:
                self.look()
            except Exception as error:  # a file that went away, a folder without rights: the next look may do
                LOG.error("the watched folder: %s", type(error).__name__)
