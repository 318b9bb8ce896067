"""Who did what, a JSON line each, chained by hash: a line that is changed or taken out shows.

No line names a patient: images stand under their ids. `python -m hilum.serve.audit_log FILE` checks a file. What is cut
off at the end shows only against a hash that was noted elsewhere.
"""

import hashlib
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from hilum.schema import DataError

FILE = "audit.jsonl"
START = "0" * 64


class AuditLog:
    """Appends to one file.

    Args:
        folder: of the server.
    """

    def __init__(self, folder: Path) -> None:
        self._file, self._lock = folder / FILE, threading.Lock()
        self._number, self._last = 0, START
        if self._file.is_file():
            content = self._file.read_bytes()
            whole = content.rfind(b"\n") + 1  # behind it is what a killed process was writing
            if whole < len(content):
                os.truncate(self._file, whole)
            if whole:
                last = json.loads(content[:whole].splitlines()[-1])
                self._number, self._last = last["number"], last["hash"]

    def note(self, who: str, what: str, image_id: str = "", outcome: str = "done") -> None:
        """Append a line.

        Args:
            who: the name of a key, or an application entity.
            what: as in `submit`, `open reading`.
            image_id: of the image.
            outcome: how it went.
        """
        with self._lock:
            line: dict[str, Any] = {
                "number": self._number + 1,
                "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "who": who,
                "what": what,
                "image_id": image_id,
                "outcome": outcome,
                "previous": self._last,
            }
            line["hash"] = hash_of(line)
            with self._file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(line) + "\n")
            self._number, self._last = self._number + 1, line["hash"]


def hash_of(line: dict[str, Any]) -> str:
    """SHA-256 of a line without its hash."""
    kept = {name: value for name, value in line.items() if name != "hash"}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def verify(file: Path) -> int:
    """How many lines a sound file has.

    Raises:
        DataError: with the first line that was changed, or behind which one is missing.
    """
    last, number = START, 0
    for text in file.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        if line["previous"] != last or line["number"] != number + 1 or line["hash"] != hash_of(line):
            raise DataError(f"{file}: line {number + 1} does not follow the one before it. Lines were changed.")
        last, number = line["hash"], number + 1
    return number


if __name__ == "__main__":
    print(f"{verify(Path(sys.argv[1])):,} lines, each following the one before it.")
