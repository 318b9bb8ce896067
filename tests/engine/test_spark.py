"""Spark gives what this machine gives, also when a worker of the cluster is killed on the way."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from hilum.engine import map_rows
from hilum.engine.spark import _cause
from hilum.images import Preprocess, build_store
from hilum.images.store import store_folder
from hilum.schema import DependencyError

SMALL = Preprocess(size=32)
COUNT = 300
STORE = """
import sys, pandas as pd
from hilum.images import Preprocess, build_store
build_store(pd.read_parquet(sys.argv[1]), Preprocess(size=32), sys.argv[2], name="noise", engine="spark")
"""
MAP = """
import sys, os, signal, json, pandas as pd
from hilum.engine import map_rows
from hilum.engine.spark import _cause

def work(row):
    if row["n"] == 3:
        raise ValueError("three")
    if row["n"] == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"twice": row["n"] * 2}

found = list(map_rows(work, pd.DataFrame({"n": range(8)}), engine="spark", what=None))
print(json.dumps([(outcome.row, outcome.value, outcome.failure) for outcome in found]))
"""


@pytest.fixture
def many(tmp_path: Path) -> pd.DataFrame:
    """Images that take some ten milliseconds each, and one that is none."""
    noise = np.random.default_rng(0)
    folder = tmp_path / "images"
    folder.mkdir()
    paths = [folder / f"{number:04}.png" for number in range(COUNT)]
    for path in paths:
        cv2.imwrite(str(path), noise.integers(0, 256, (1024, 512), np.uint8))
    paths[77].write_bytes(b"no image")
    images = pd.DataFrame({"image_id": [path.stem for path in paths], "path": [str(path) for path in paths]})
    images.to_parquet(tmp_path / "images.parquet")
    return images


@pytest.mark.spark
def test_failures_stay_with_their_rows(spark_cluster) -> None:
    command = [sys.executable, "-c", MAP]
    once = spark_cluster.environment(task_maxFailures="1")  # a killed task is not repeated: the test would only wait
    ran = subprocess.run(command, env=once, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr[-3000:]
    found = pd.DataFrame(json.loads(ran.stdout.splitlines()[-1])).set_axis(["row", "value", "failure"], axis=1)
    assert found.row.tolist() == list(range(8))
    assert found.row[found.failure.notna()].tolist() == [3, 5]
    assert found.failure[3] == "ValueError: three"
    assert "Spark gave this row up" in found.failure[5]
    assert "exited unexpectedly" in found.failure[5]
    assert [value["twice"] for value in found.value.dropna()] == [2 * n for n in range(8) if n not in (3, 5)]


@pytest.mark.spark
def test_a_worker_killed_on_the_way_costs_nothing(spark_cluster, many: pd.DataFrame, tmp_path: Path) -> None:
    here = build_store(many, SMALL, tmp_path / "here", name="noise", workers=0)
    command = [sys.executable, "-c", STORE, str(tmp_path / "images.parquet"), str(tmp_path / "there")]
    driver = subprocess.Popen(command, env=spark_cluster.environment(), stderr=subprocess.PIPE, text=True)
    there = store_folder(tmp_path / "there", "noise", SMALL)
    pixels = there / "pixels.u8"
    began = time.monotonic()
    while not pixels.exists() or pixels.stat().st_size == 0:
        assert driver.poll() is None, driver.communicate()[1][-3000:]
        assert time.monotonic() - began < 200, "Spark gave nothing within 200 s"
        time.sleep(0.01)
    assert pixels.stat().st_size < 0.7 * COUNT * 32 * 32, "too late to kill a worker on the way"
    spark_cluster.workers[0].send_signal(signal.SIGKILL)
    _, said = driver.communicate(timeout=300)
    assert driver.returncode == 0, said[-3000:]
    for name in ("pixels.u8", "index.parquet", "store.json"):
        assert (there / name).read_bytes() == (here.folder / name).read_bytes(), name


def test_without_pyspark_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(DependencyError, match=r"pip install 'hilum\[spark\]'"):
        map_rows(dict, pd.DataFrame({"n": [1]}), engine="spark", what=None)


def test_without_java_the_remedy_is_said(tmp_path: Path) -> None:
    pytest.importorskip("pyspark")
    command = [
        sys.executable,
        "-c",
        "import pandas as pd, hilum.engine as e; e.map_rows(dict, pd.DataFrame(), engine='spark')",
    ]
    ran = subprocess.run(command, env={**os.environ, "JAVA_HOME": str(tmp_path)}, capture_output=True, text=True)
    assert ran.returncode == 1
    assert "DependencyError: Spark does not start (" in ran.stderr
    assert "Java runtime of version 17 or later" in ran.stderr


def test_the_cause_is_taken_out_of_the_trace() -> None:
    trace = (
        "An error occurred while calling o33.getResult.\n: org.apache.spark.SparkException: Job aborted due to stage "
        "failure: Task 0 in stage 5.0 failed 4 times, most recent failure: Lost task 0.3 in stage 5.0 (TID 17) "
        "(10.0.0.7 executor 1): org.apache.spark.SparkException: Python worker exited unexpectedly (crashed)\n\tat org"
    )
    assert _cause(Exception(trace)) == "org.apache.spark.SparkException: Python worker exited unexpectedly (crashed)"
    assert _cause(Exception("[JAVA_GATEWAY_EXITED] Java\nmore")) == "[JAVA_GATEWAY_EXITED] Java"
    assert _cause(Exception()) == "Exception"
