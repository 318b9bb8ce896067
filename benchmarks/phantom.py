"""How fast phantoms are drawn and written: NIH's layout, 512 px, on one core.

python benchmarks/phantom.py [--images 100] [--size 512] [--seed 0]

Both clocks are printed: on a machine that others use at the same time the time on the wall says little.
"""

import argparse
import tempfile
import time

import cv2

from hilum.phantom import layouts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=100)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as warm, tempfile.TemporaryDirectory() as folder:
        layouts["nih14"](warm, images=3, seed=arguments.seed, size=arguments.size, workers=0)  # noise fields are kept
        wall, cpu = time.perf_counter(), time.process_time()
        layouts["nih14"](folder, images=arguments.images, seed=arguments.seed, size=arguments.size, workers=0)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(
        f"{arguments.images} images of {arguments.size} px with masks, one core: {arguments.images / wall:.1f} images/s"
    )
    print(f"of its own time: {arguments.images / cpu:.1f} images a core-second")


if __name__ == "__main__":
    main()
