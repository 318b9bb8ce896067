"""A real Spark cluster on the loopback: one master and two workers, each its own process."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

SECONDS_TO_START = 90


@dataclass
class Cluster:
    """Where the master listens, and the worker processes, for a test to kill."""

    master: str
    workers: list["subprocess.Popen[bytes]"]

    def environment(self, **settings: str) -> dict[str, str]:
        """For a process whose Spark session shall use this cluster, with these settings (`a_b` for `spark.a.b`)."""
        chosen = {"executor_memory": "512m", "ui_enabled": "false"} | settings
        flags = [f"--conf spark.{name.replace('_', '.')}={value}" for name, value in chosen.items()]
        return loopback() | {"PYSPARK_SUBMIT_ARGS": f"--master {self.master} {' '.join(flags)} pyspark-shell"}


def loopback() -> dict[str, str]:
    return {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}


def java() -> None:
    """Skip, aloud, where there is no Java runtime and none can be installed."""
    if not shutil.which("java") and shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(["apt-get", "update"], check=False, **quiet)  # type: ignore[call-overload]
        subprocess.run(["apt-get", "install", "-y", "openjdk-17-jre-headless"], check=False, **quiet)  # type: ignore[call-overload]
    if not shutil.which("java"):
        pytest.skip("there is no Java runtime (version 17 or later), which Spark needs")


@pytest.fixture(scope="module")
def spark_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A standalone master and two workers of one core each, from the PySpark package's own scripts."""
    spark = pytest.importorskip("pyspark")
    java()
    logs = tmp_path_factory.mktemp("spark")
    home = Path(spark.__file__).parent
    processes: list[subprocess.Popen[bytes]] = []

    def start(name: str, *arguments: str) -> Path:
        log = logs / f"{name}.log"
        command = [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{arguments[0]}", *arguments[1:]]
        environment = loopback() | {"SPARK_HOME": str(home), "SPARK_DAEMON_MEMORY": "256m"}
        with log.open("wb") as output:
            processes.append(subprocess.Popen(command, stdout=output, stderr=output, env=environment, cwd=logs))
        return log

    try:
        listening = start("master", "master.Master", "--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
        master = said(listening, r"spark://127\.0\.0\.1:[1-9]\d*")
        common = ("--host", "127.0.0.1", "--webui-port", "0", "--cores", "1", "--memory", "1g")
        for name in ("one", "two"):
            log = start(name, "worker.Worker", *common, "--work-dir", str(logs / name), master)
            said(log, "Successfully registered with master")
        yield Cluster(master, processes[1:])
    finally:
        for process in reversed(processes):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def said(log: Path, pattern: str) -> str:
    """Wait until a process has written this to its log; what it wrote."""
    for _ in range(SECONDS_TO_START * 10):
        found = re.search(pattern, log.read_text(errors="replace"))
        if found:
            return found[0]
        time.sleep(0.1)
    raise AssertionError(f"{log} does not say '{pattern}' within {SECONDS_TO_START} s:\n{log.read_text()[-3000:]}")
