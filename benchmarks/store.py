"""How fast a store is built and read, and how much memory that takes.

    python benchmarks/store.py [FOLDER] [--images 3000] [--size 256] [--workers 1 2]
    python benchmarks/store.py --images 100000 --side 128 --workers 2      # memory at scale, from small drawn images

FOLDER holds PNG images; without it images of SIDE pixels are drawn. Gathering is measured on shuffled rows in batches
of 64, against decoding and shrinking the same files on one core.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from hilum.images import Preprocess, Store, build_store, read_image
from images import images

BATCH, DECODED, SECONDS = 64, 60, 2.0


def built(table: pd.DataFrame, preprocess: Preprocess, folder: str, workers: int) -> tuple[Store, float]:
    started = time.perf_counter()
    store = build_store(table, preprocess, folder, name=f"workers{workers}", workers=workers)
    return store, len(table) / (time.perf_counter() - started)


def gathered(store: Store) -> float:
    """Images a second from shuffled rows; the first round, which brings the file into memory, is not counted."""
    order = np.random.default_rng(0).permutation(len(store))
    for start in range(0, len(order), BATCH):
        store.gather(order[start : start + BATCH])
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < SECONDS:
        start = count % max(1, len(order) - BATCH)
        count += len(store.gather(order[start : start + BATCH]))
    return count / (time.perf_counter() - started)


def decoded(paths: list[str], preprocess: Preprocess) -> float:
    cv2.setNumThreads(1)
    started = time.perf_counter()
    for path in paths:
        preprocess.shrink(read_image(path).pixels_8bit)
    return len(paths) / (time.perf_counter() - started)


def peak(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--images", type=int, default=3000)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--side", type=int, default=1024)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    asked = parser.parse_args()
    preprocess = Preprocess(size=asked.size)
    rates = {}
    with tempfile.TemporaryDirectory() as folder, images(asked.folder, asked.images, asked.side) as table:
        for workers in asked.workers:
            store, rates[workers] = built(table, preprocess, folder, workers)
            print(f"built with {workers} worker(s): {rates[workers]:,.0f} images/s, start included")
        memory = peak(resource.RUSAGE_SELF), peak(resource.RUSAGE_CHILDREN)
        one, gather = decoded(table.path.tolist()[:DECODED], preprocess), gathered(store)
    if len(rates) > 1:
        first, *_, last = rates.values()
        print(f"{asked.workers[-1]} workers against {asked.workers[0]}: {last / first:.2f} times")
    print(f"peak memory: {memory[0]:.2f} GiB in this process, {memory[1]:.2f} GiB in the largest worker")
    times = f"{gather / one:,.0f} times decode + shrink ({one:,.0f} images/s)"
    print(f"shuffled gather: {gather:,.0f} images/s of {asked.size} px, {times}")


if __name__ == "__main__":
    main()
