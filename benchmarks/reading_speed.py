"""Reading speed: 1024-px PNG files to 14 probabilities by DenseNet-121 at 224 px, on this machine's processor.

python benchmarks/reading_speed.py [FOLDER] [--images 24] [--rounds 5] [--keep FOLDER]

torchxrayvision's documented way (its README's example and its `load_image`: scikit-image decodes and resizes, one
image after the other, fp32) beside Hilum's `read` on one opened Predictor, with each engine. Every round runs all of
them in turn on the same files, and ratios are taken within a round, so that a machine that other programs share is
shared fairly. With each engine the heatmaps of all 14 findings are timed, too: as they are held, and drawn as a page
shows them. Weights are random: they change no speed. int8 is fitted on the same files, without the judgement that a
Run's export must pass. --keep holds the exported networks for the next time; --rounds 0 makes them and no more.
"""

import argparse
import os
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import torch
from prediction import new_run

from hilum.device import Device
from hilum.inference import Predictor, exporting
from hilum.inference.exported import exported_of
from hilum.inference.quantizing import quantized
from hilum.reports.shown_image import heat_uri
from hilum.runs import Run
from hilum.schema import Cohort
from hilum.workflows.read import read
from images import images

Way = Callable[[list[str]], object]


def torchxrayvision_way() -> Way:
    """As its documentation has it."""
    import torchvision
    import torchxrayvision as xrv

    model = xrv.models.DenseNet(num_classes=14, weights=None).eval()
    prepare = torchvision.transforms.Compose([xrv.datasets.XRayCenterCrop(), xrv.datasets.XRayResizer(224)])

    def way(paths: list[str]) -> object:
        with torch.no_grad():
            return [torch.sigmoid(model(torch.from_numpy(prepare(xrv.utils.load_image(path)))[None])) for path in paths]

    return way


def predictors(run: Run, cohort: Cohort, folder: Path) -> dict[str, Predictor]:
    """The Run with each engine."""
    opened = {
        "torch fp32": Predictor.open(run, device="cpu"),
        "torch bf16": Predictor.open(run, device="cpu", precision="bf16"),
    }
    for backend in ("onnx", "openvino"):
        if exported_of(run, backend) is None:
            exporting.export(run, backend)
        opened[f"{backend} fp32"] = Predictor.open(run, backend=backend)
    path = folder / "int8" / "exported_openvino.xml"
    if not path.is_file():
        path.parent.mkdir()
        quantized(run, exporting.written(run, "openvino", path.parent), opened["torch fp32"].source(cohort))
    opened["openvino int8"] = replace(opened["torch fp32"], backend=exporting.opened("openvino", path, "int8"))
    return opened


def ways(opened: Mapping[str, Predictor]) -> dict[str, Way]:
    named: dict[str, Way] = {"torchxrayvision": torchxrayvision_way()}
    for name, predictor in opened.items():
        named[name] = lambda paths, predictor=predictor: read(predictor, paths, method=None)
        if name != "torch bf16":
            named[f"{name}, with 14 heatmaps"] = lambda paths, predictor=predictor: read(predictor, paths)
            named[f"{name}, with 14 heatmaps drawn"] = lambda paths, predictor=predictor: drawn(predictor, paths)
    return named


def drawn(predictor: Predictor, paths: list[str]) -> object:
    """A reading with its heatmaps as the layers of a page."""
    return [heat_uri(each) for each in read(predictor, paths).explanations]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--images", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    versions = f"torch {torch.__version__}, {torch.get_num_threads()} threads"
    print(f"{Device.choose('cpu').facts()['name']}, {versions}, load {os.getloadavg()[0]:.1f} before")
    with images(asked.folder, asked.images, 1024) as table, tempfile.TemporaryDirectory() as temporary:
        cohort = Cohort("images", table.assign(patient_id=table.image_id))
        folder = asked.keep or Path(temporary)
        there = (folder / "run").is_dir()
        run = Run.open(folder / "run") if there else new_run(folder / "run", "nih14-densenet121", cohort)
        opened = predictors(run, cohort, folder)
        if not asked.rounds:
            return
        paths = sorted(set(table.path))
        seconds = timed(ways(opened), paths, asked.rounds)
    print(f"load {os.getloadavg()[0]:.1f} after\n")
    print_table(seconds, len(paths))


def timed(named: Mapping[str, Way], paths: list[str], rounds: int) -> dict[str, list[float]]:
    """Seconds by way and round, each way once before it counts."""
    for way in named.values():
        way(paths[:3])
    seconds: dict[str, list[float]] = {name: [] for name in named}
    for _ in range(rounds):
        for name, way in named.items():
            began = time.perf_counter()
            way(paths)
            seconds[name].append(time.perf_counter() - began)
    return seconds


def print_table(seconds: Mapping[str, list[float]], images: int) -> None:
    theirs = seconds["torchxrayvision"]
    print("| way | images/s | ms an image | times torchxrayvision's speed | times its reading without |")
    print("| --- | --- | --- | --- | --- |")
    for name, own in seconds.items():
        middle = statistics.median(own)
        ratio = _spread([a / b for a, b in zip(theirs, own, strict=True)])
        without = ""
        if "heatmaps" in name:
            without = _spread([a / b for a, b in zip(own, seconds[name.split(",")[0]], strict=True)])
        print(f"| {name} | {images / middle:.1f} | {1000 * middle / images:.1f} | {ratio} | {without} |")


def _spread(ratios: list[float]) -> str:
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


if __name__ == "__main__":
    main()
