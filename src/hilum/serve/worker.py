"""The process that reads: `python -m hilum.serve.worker`, started and watched by the server.

It takes its settings from the first line of stdin and is woken by further ones; when stdin ends the server is gone, and
so is it. On stdout it says in words what it does, a line each: `ready SIGNATURE`, `idle`, `claimed ID`, `done ID`,
`changed` (a Run is another than the one opened), `full` (the disk), `broken WHY`.
"""

import os
import sys
import threading
import traceback
import uuid
from pathlib import Path
from typing import TextIO

from hilum.schema import HilumError, ImageError
from hilum.schema.files import FULL
from hilum.serve import queue, results
from hilum.serve.database import Database
from hilum.serve.model import folders_of, open_readers, open_runs, signature
from hilum.serve.refused import Refused
from hilum.serve.settings import Settings

NAP_SECONDS = 0.5  # between looks at an empty queue that nobody wakes it for
FULL_NAP_SECONDS = 5.0


class Worker:
    """Reads what waits, one image after the other.

    Args:
        settings: of the server.
        say: where a line goes that the server hears.
        expected: the signature of the Runs that the server started with; empty for the first worker.
    """

    def __init__(self, settings: Settings, say: TextIO, expected: str) -> None:
        self.settings, self._say, self.name = settings, say, uuid.uuid4().hex
        self.woken = threading.Event()
        self.database = Database(settings.database)
        runs = open_runs(settings)
        self._folders = [folder for run in runs for folder in folders_of(run)]
        self._signature = signature(self._folders)
        if expected and self._signature != expected:
            self.tell("changed")
            raise SystemExit(0)
        self.readers = open_readers(settings, runs)

    def tell(self, line: str) -> None:
        """Say a line to the server."""
        self._say.write(line + "\n")
        self._say.flush()

    def work(self) -> None:
        """Read until the server is gone or a Run is exchanged."""
        self.tell(f"ready {self._signature}")
        while True:
            if signature(self._folders) != self._signature:
                self.tell("changed")
                return
            self.woken.clear()
            claim = queue.claim(self.database, self.name)
            if claim is None:
                self.tell("idle")
                self.woken.wait(NAP_SECONDS)
                continue
            self.tell(f"claimed {claim.image_id}")
            full = not self.read(claim)
            self.tell("full" if full else f"done {claim.image_id}")
            if full:
                self.woken.wait(FULL_NAP_SECONDS)

    def read(self, claim: queue.Claim) -> bool:
        """Read one image to its end, good or bad; False when the disk was full and it waits again."""
        from hilum.serve.made import make

        try:
            outcome, members = make(self.readers, claim, self.settings.images / claim.file, self.settings.objects)
            results.write(self.settings.results, outcome, members)
            if not queue.finish(self.database, claim, outcome, self.settings.send_to):
                (self.settings.results / outcome.result).unlink(missing_ok=True)
        except ImageError as error:
            queue.fail(self.database, claim, reason_of(error, claim))
        except (Refused, OSError) as error:
            if not isinstance(error, Refused) and error.errno not in FULL:
                self._give_back(error)
                raise
            queue.release(self.database, self.name, "The disk was full.", most=self.settings.attempts, counted=False)
            return False
        except Exception as error:  # a fresh process is safer than one in which a decoder or a device went wrong
            self._give_back(error)
            raise
        return True

    def _give_back(self, error: Exception) -> None:
        why = f"Reading broke off ({type(error).__name__})."  # the message could quote a tag
        queue.release(self.database, self.name, why, most=self.settings.attempts)


def reason_of(error: Exception, claim: queue.Claim) -> str:
    """Why an image cannot be read, without the folder it lies in."""
    text = str(error)
    for part in text.split():
        if claim.file.rpartition("/")[2] in part:
            text = text.replace(part, "The file:" if part.endswith(":") else "The file", 1)
    return text


def _watch(worker: Worker) -> None:
    """Wake at each line; end the process when there are no more, whatever it is at."""
    for _ in sys.stdin:
        worker.woken.set()
    os._exit(0)


def main() -> None:
    """Run until stdin ends."""
    said = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # what a library prints is no word to the server
    settings, expected = Settings.from_json(sys.stdin.readline()), sys.stdin.readline().strip()
    try:
        worker = Worker(settings, said, expected)
        threading.Thread(target=_watch, args=(worker,), daemon=True).start()
        worker.work()
    except HilumError as error:
        said.write(f"broken {str(error).splitlines()[0].encode('ascii', 'replace').decode()}\n")
        said.flush()
        raise SystemExit(2) from error
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]  # the message could quote a tag: only the place is told
        place = f"{Path(where.filename).name}:{where.lineno}"
        sys.stderr.write(f"hilum serve: the reading process ended: {type(error).__name__} in {place}\n")
        raise SystemExit(3) from None


if __name__ == "__main__":
    main()
