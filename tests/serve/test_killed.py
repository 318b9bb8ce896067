"""kill -9 of server and reading process while images arrive: what was answered for is read, once."""

import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

import pytest

from hilum.serve.audit_log import verify

SCRIPT = Path(__file__).with_name("server_of_nothing.py")
IMAGES, KILLS = 20, 4

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no signal kills there without asking")


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def start(folder: Path, port: int, run: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, str(SCRIPT), str(folder), str(port), str(run)], stderr=subprocess.DEVNULL)


def reader_of(server: "subprocess.Popen[bytes]") -> int | None:
    """The reading process of a server."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == server.pid:
            return int(entry.parent.name)
    return None


def send(port: int, content: bytes) -> int | None:
    """The answer's code; None where no answer came."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/v1/images", data=content)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except (OSError, urllib.error.URLError):
        return None


def test_nothing_that_was_answered_for_is_lost_and_nothing_read_twice(tmp_path: Path, dicom: Any) -> None:
    folder, run, port = tmp_path / "serve", tmp_path / "run", free_port()
    run.mkdir()
    draw = random.Random(0)
    contents = [dicom(seed=seed) for seed in range(IMAGES)]
    kills = sorted(draw.sample(range(IMAGES), KILLS))
    server, sent = start(folder, port, run), 0
    try:
        while sent < IMAGES:
            if send(port, contents[sent]) is None:
                if server.poll() is not None:
                    server = start(folder, port, run)
                time.sleep(0.05)
                continue
            if sent in kills:
                time.sleep(draw.random() * 0.1)
                victim = server.pid if kills.index(sent) % 2 == 0 else reader_of(server)
                if victim is not None:
                    os.kill(victim, signal.SIGKILL)
                if victim == server.pid:
                    server.wait()
            sent += 1
        rows = ended(folder, server, lambda: start(folder, port, run))
    finally:
        server.kill()
        server.wait()
    assert len(rows) == IMAGES
    assert {state for state, _, _ in rows} <= {"read", "dead"}
    assert sum(state == "read" for state, _, _ in rows) >= IMAGES - 1
    assert all(
        zipfile.ZipFile(folder / "results" / result).testzip() is None for state, _, result in rows if state == "read"
    )
    assert all(reason for state, reason, _ in rows if state == "dead")
    assert verify(folder / "audit.jsonl") >= IMAGES


def ended(folder: Path, server: "subprocess.Popen[bytes]", restart: Any) -> list[tuple[str, str, str]]:
    """State, reason and result of every image once none waits."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        connection = sqlite3.connect(folder / "index.sqlite", timeout=10)
        rows = connection.execute("SELECT state, reason, result FROM images").fetchall()
        connection.close()
        if rows and not {state for state, _, _ in rows} & {"received", "claimed"}:
            return rows
        time.sleep(0.1)
    raise AssertionError(f"Images still wait: {rows}")
