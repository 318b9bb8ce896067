"""One worker process: both ends of its pipe.

The process is started fresh, never forked: OpenCV, OpenMP and torch keep threads that do not survive a fork. It does
not import the caller's script either, so that one needs no `if __name__ == "__main__"`. It reads batches from its
standard input and ends by itself when that closes: a killed driver leaves no process behind.
"""

import json
import os
import pickle
import signal
import subprocess
import sys
from contextlib import suppress
from threading import Lock
from typing import Any, BinaryIO

from hilum.engine.outcome import Outcome, RowFunction, attempt
from hilum.schema import ConfigError

# Each process has one core: a pool of threads in every worker would only make them wait for each other.
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"), "1"
)
BOOT = "import sys, json; sys.path[:] = json.loads(sys.argv[1]); from hilum.engine.worker import main; main()"
Batch = list[tuple[int, dict[str, Any]]]


class Died(Exception):
    """The process ended before it answered."""


class Worker:
    """A process that keeps one function and answers batches of rows with their outcomes."""

    def __init__(self, function: RowFunction, retries: int) -> None:
        self._function, self._retries = function, retries
        self._lock, self._closed, self._ready = Lock(), False, False
        self._start()

    def run(self, batch: Batch) -> list[Outcome]:
        """The outcomes of a batch; after `Died` the next call works on a fresh process."""
        try:
            if not self._ready:
                refusal = self._ask((self._function, self._retries))
                if refusal is not None:
                    raise ConfigError(
                        f"{self._function!r} cannot be loaded in a worker process ({refusal}). Expected a function "
                        "of an importable module; use workers=0 to work in this process."
                    )
                self._ready = True
            outcomes: list[Outcome] = self._ask(batch)
        except (OSError, EOFError, ValueError, pickle.UnpicklingError):
            code = self._restart()
            raise Died(signal.Signals(-code).name if code < 0 else f"exit code {code}") from None
        return outcomes

    def kill(self) -> None:
        """End the process at once, whatever it does; nothing is lost, as it writes no file. It is not started again."""
        with self._lock:
            self._closed = True
            self._process.kill()

    def reap(self) -> int:
        """Close the pipes of an ended process and give its exit code (minus the signal that ended it)."""
        for channel in (self._process.stdin, self._process.stdout):
            assert channel is not None
            with suppress(BrokenPipeError):  # what was still unsent has nobody to go to
                channel.close()
        return self._process.wait()

    def _ask(self, question: object) -> Any:
        channel_in, channel_out = self._process.stdin, self._process.stdout
        assert channel_in is not None
        assert channel_out is not None
        pickle.dump(question, channel_in)
        channel_in.flush()
        return pickle.load(channel_out)

    def _start(self) -> None:
        command = [sys.executable, "-c", BOOT, json.dumps(sys.path)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **ONE_THREAD}
        )
        self._ready = False

    def _restart(self) -> int:
        self._process.kill()  # for a process that lives but answered nonsense
        code = self.reap()
        with self._lock:
            if not self._closed:
                self._start()
        return code


def main() -> None:
    """The other end: load the function, then answer batches until the driver closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the driver, which then ends this process
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)  # what the function prints must not stand between the answers
        _serve(sys.stdin.buffer, answers)


def _serve(requests: BinaryIO, answers: BinaryIO) -> None:
    function: RowFunction | None = None
    retries = 0
    while True:
        try:
            question: Any = pickle.load(requests)
        except EOFError:
            return
        except Exception as error:  # the function's module is not there: said once, instead of dying on every row
            answer: object = f"{type(error).__name__}: {error}"
        else:
            if function is None:
                (function, retries), answer = question, None
            else:
                answer = [attempt(function, row, values, retries) for row, values in question]
        pickle.dump(answer, answers)
        answers.flush()
