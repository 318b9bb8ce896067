"""Keeps a reading process alive: starts it, hears it, ends it when an image takes too long, and starts another."""

import logging
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

from hilum.serve import queue
from hilum.serve.database import Database
from hilum.serve.settings import Settings

LOG = logging.getLogger("hilum.serve")
FRESH_SECONDS = 10.0  # an idle worker that was not heard for so long is not alive
START_SECONDS = 300.0  # that opening a Run may take
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 30.0


@dataclass
class Heard:
    """What was last heard of the worker; seconds of a clock that nobody sets."""

    state: str = "starting"  # starting, idle, reading, full, changed, broken, ended
    at: float = field(default_factory=time.monotonic)
    image_id: str = ""
    why: str = ""
    ends: int = 0  # how often a worker ended


class Supervisor:
    """One worker and its successors.

    Args:
        settings: of the server.
        database: of it.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings, self._database = settings, database
        self.command = [
            sys.executable,
            "-P",
            "-m",
            "hilum.serve.worker",
        ]  # -P: no module of the folder it is started in
        self.heard = Heard()
        self._expected, self._why = "", "The server ended."
        self._process: subprocess.Popen[str] | None = None
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=task, name=task.__name__, daemon=True) for task in (self._keep, self._guard)
        ]

    def start(self) -> None:
        """Start the first worker, and watch."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the worker; what it had claimed is given back when the server starts again."""
        self._stopping.set()
        self._kill()
        self._threads[0].join(timeout=10)

    def wake(self) -> None:
        """Tell the worker that something waits."""
        process = self._process
        if process is not None and process.stdin is not None:
            try:
                process.stdin.write("\n")
                process.stdin.flush()
            except (OSError, ValueError):  # it just ended; its successor looks by itself
                pass

    @property
    def trouble(self) -> str:
        """Why images are not being read now; empty when they are."""
        heard, silent = self.heard, time.monotonic() - self.heard.at
        if heard.state == "idle" and silent > FRESH_SECONDS:
            return f"The reading process was not heard for {silent:.0f} s."
        return {
            "starting": "The reading process starts.",
            "ended": "The reading process ended and starts again.",
            "full": "The disk is full. Free some space; reading goes on by itself.",
            "changed": "The Run's files were changed while it read. Start the server again to read with the new ones.",
            "broken": f"The Run cannot be opened: {heard.why}",
        }.get(heard.state, "")

    def _keep(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set() and self.heard.state != "changed":
            began = time.monotonic()
            try:
                self._run_one()
            except Exception as error:  # no memory for another process, say: the next turn may have it
                LOG.error("the reading process could not be kept: %s", type(error).__name__)
            if self._stopping.is_set():
                return
            self.heard.ends += 1
            if self.heard.state not in ("broken", "changed"):
                self._hear("ended")
            lived = time.monotonic() - began
            pause = FIRST_PAUSE_SECONDS if lived > LONGEST_PAUSE_SECONDS else min(2 * pause, LONGEST_PAUSE_SECONDS)
            self._stopping.wait(pause)

    def _run_one(self) -> None:
        """Give back what the last worker had claimed, start a worker, and hear it to its end."""
        queue.release(self._database, None, self._why, most=self.settings.attempts)
        self._process = process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert process.stdin is not None
        assert process.stdout is not None
        if self.heard.state != "broken":
            self._hear("starting")
        with suppress(OSError):  # it ended before it heard anything
            process.stdin.write(f"{self.settings.to_json()}\n{self._expected}\n")
            process.stdin.flush()
        for line in process.stdout:
            self._understand(line.strip())
        code = _code(process.wait())
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):  # it ended with a word to it still unsent
                pipe.close()
        if not self._stopping.is_set():
            LOG.warning("the reading process ended: %s", code)
        self._why = f"The reading process ended ({code}) while it read this image."

    def _understand(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word == "ready":
            self._expected = rest
            self._hear("idle")
        elif word in ("idle", "full", "changed"):
            self._hear(word)
        elif word == "claimed":
            self._hear("reading", image_id=rest)
        elif word == "done":
            self._hear("idle")
        elif word == "broken":
            self._hear("broken", why=rest)

    def _hear(self, state: str, *, image_id: str = "", why: str = "") -> None:
        self.heard = Heard(state, image_id=image_id, why=why, ends=self.heard.ends)

    def _guard(self) -> None:
        """End a worker that takes too long: another attempt, or the next image, is better than waiting."""
        while not self._stopping.wait(1.0):
            most = {"reading": self.settings.seconds, "starting": START_SECONDS, "idle": 6 * FRESH_SECONDS}
            if time.monotonic() - self.heard.at > most.get(self.heard.state, float("inf")):
                LOG.warning("the reading process takes too long and is ended")
                self._kill()

    def _kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()


def _code(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
