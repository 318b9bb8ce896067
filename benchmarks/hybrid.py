"""Report 5 on a part of NIH, with EfficientNet-Lite0 in place of ResNet-18: its ImageNet weights install as a package.

    python benchmarks/hybrid.py ROOT OUT [--masks lungs.parquet] [--size 112] [ROW …]

Rows are those of `hilum reproduce report5`; given again it goes on. `--segment RUN` first writes lungs.parquet.
"""

import argparse
from pathlib import Path

import yaml

from hilum.datasets import datasets
from hilum.evaluation.reproduction import FOLDER
from hilum.inference import Predictor
from hilum.runs import Run
from hilum.schema import MaskPredictions
from hilum.training import train
from hilum.workflows.reproduce import reproduce
from hilum.workflows.reproduce_scale import Scale

LITE = ["model.encoder=tf_efficientnet_lite0", "preprocess.channels=3", "preprocess.equalize=none"]
EARLY = ["conv_stem", "bn1", *(f"blocks.{place}" for place in range(4))]
TUNED = "{{epochs: 3, optimizer: adam, lr: 1.0e-3, schedule: constant, frozen: [{}]}}".format(
    ", ".join(f"encoder.network.{name}" for name in EARLY)
)
NETWORKS = {
    "resnet18": ("nih14-lite0", ["findings=nih15", "training.ema_decay=0.9", f"training.phases=[{TUNED}]"]),
    "imagenet": ("report5-resnet18-imagenet", LITE),
}


def with_lite(out: Path) -> Path:
    """The report with another encoder, as a file of its own."""
    report = yaml.safe_load((FOLDER / "report5.yaml").read_text(encoding="utf-8"))
    for table in report["tables"]:
        table["rows"] = [row for row in table["rows"] if row["name"] != "resnet18-unequalized"]
        for row in table["rows"]:
            if row["name"] in NETWORKS:
                row["recipe"], row["set"] = NETWORKS[row["name"]]
            elif row.get("recipe") == "report5-soft-mask":
                row["set"] = [*row.get("set", []), *LITE]
    out.mkdir(parents=True, exist_ok=True)
    path = out / "lite.yaml"
    path.write_text(yaml.safe_dump(report, sort_keys=False, width=1000), encoding="utf-8")
    return path


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("root", type=Path)
    words.add_argument("out", type=Path)
    words.add_argument("rows", nargs="*")
    words.add_argument("--masks", type=Path)
    words.add_argument("--segment", type=Path, help="a Run of lungs, whose masks are written to --masks before")
    words.add_argument("--size", type=int, default=112)
    given = words.parse_args()
    if given.segment:
        cohort = datasets["nih14"](given.root).with_files()
        Predictor.open(Run.open(given.segment)).predict(cohort, batch_size=16).save(given.masks)
    masks = MaskPredictions.load(given.masks) if given.masks else None
    reproduce(
        with_lite(given.out),
        given.root,
        given.out,
        train=train,
        rows=given.rows or None,
        scale=Scale(size=given.size),
        masks=masks,
        replicates=300,
    )


if __name__ == "__main__":
    main()
