"""What an explainer costs: its processor time over that of one forward pass of the same image, all findings at once.

    python benchmarks/explainers.py ENCODER SIZE [METHOD …]

One image, 14 findings, random weights; the median of several measurements, pass and explainer in turn. Set
OMP_NUM_THREADS=1: on a busy machine only the processor's own time can be compared.
"""

import sys
import time
from collections.abc import Callable
from statistics import median

import torch

from hilum.explain import explainers
from hilum.models.classifier import classifier
from hilum.schema import ConfigError

QUICK = ("cam", "gradcam", "gradcam_plus_plus", "hirescam", "layercam", "attention_rollout")
TIMES = {True: 15, False: 1}


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def main(encoder: str, size: int, methods: list[str]) -> None:
    torch.manual_seed(0)
    model = classifier(encoder=encoder, outputs=14, channels=3, size=size).eval()
    image = torch.rand(1, 3, size, size)

    def forward() -> None:
        with torch.no_grad():
            model(image=image)

    print(f"{encoder}, {size} px, 14 findings, {torch.get_num_threads()} threads")
    for _ in range(3):
        forward()
    for name in methods:
        try:
            explainers[name](model, image)
        except ConfigError as error:
            print(f"| {name} | refused | {error} |")
            continue
        pairs = []
        for _ in range(TIMES[name in QUICK]):
            plain = min(seconds(forward) for _ in range(3))
            pairs.append((plain, seconds(lambda name=name: explainers[name](model, image))))
        ratio = median(own / plain for plain, own in pairs)
        print(f"| {name} | {ratio:.2f} | {1000 * median(plain for plain, _ in pairs):.0f} ms a pass |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:] or list(QUICK))
