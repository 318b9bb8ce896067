"""The starter: how it was made, and the numbers of its card.

    python benchmarks/starter.py make ROOT RUN    trains the recipe `starter`, calibrates it on validation patients;
                                                  its weights in half precision then lie in src/hilum/starter
    python benchmarks/starter.py card ROOT        measures the starter that ships, and prints its card

ROOT is NIH ChestX-ray14's folder, whole or a part, with the experts' labels beside it for the second table.
"""

import sys
from pathlib import Path

import pandas as pd
from safetensors.torch import load_file, save_file
from two_truths import main as two_truths

from hilum.datasets import datasets
from hilum.evaluation import evaluate
from hilum.runs import load_recipe
from hilum.runs.run import LOG, PROVENANCE, WEIGHTS, sha256
from hilum.runs.starter import starter
from hilum.schema.files import write_json
from hilum.schema.findings import display
from hilum.training import train
from hilum.training.checkpoint import LAST
from hilum.workflows import predict
from hilum.workflows.calibrate import calibrate

SHOWN = "auroc", "average_precision"
SUBGROUPS = "sex", "view"


def make(root: str, out: str) -> None:
    cohort = datasets["nih14"](root)
    run = train(load_recipe("starter"), cohort, out, resume=Path(out).exists())
    calibrate(run, run.with_split(cohort))
    weights = run.folder / WEIGHTS
    save_file({name: tensor.half() for name, tensor in load_file(weights).items()}, weights)
    known = run.provenance["weights"] | {"sha256": sha256(weights), "stored": "half precision"}
    write_json(run.folder / PROVENANCE, run.provenance | {"weights": known})
    for name in (LAST, LOG):
        (run.folder / name).unlink(missing_ok=True)
    print(f"{run.folder}: {sum(path.stat().st_size for path in run.folder.iterdir()) / 1e6:.1f} MB")


def card(root: str) -> None:
    run = starter()
    cohort = datasets["nih14"](root)
    test = run.with_split(cohort).with_files().split("test")
    predictions = predict(run, test)
    print(f"{len(test)} images of {test.patients} patients of the owner's test list, labels mined from reports.\n")
    rows = evaluate(predictions, test, metrics=list(SHOWN), subgroups=list(SUBGROUPS), curves=False).rows
    print("| finding | images with it | AUROC | average precision |\n| --- | --- | --- | --- |")
    present = (test.labels == 1).sum()
    for finding in (*predictions.findings, "macro"):
        own = rows[(rows.finding == finding) & (rows.subgroup == "all")].set_index("metric")
        name, count = ("**mean**", "") if finding == "macro" else (display(finding), present[finding])
        print(f"| {name} | {count} | {' | '.join(_told(own.loc[metric]) for metric in SHOWN)} |")
    print("\n| patients | mean AUROC |\n| --- | --- |")
    for row in rows[(rows.finding == "macro") & (rows.metric == "auroc")].itertuples():
        print(f"| {row.subgroup} | {_told(pd.Series(row._asdict()))} |")
    print("\nThe same predictions against two truths:\n")
    path = Path("starter-predictions.parquet")
    predictions.save(path)
    two_truths(str(path), root)
    path.unlink()


def _told(row: pd.Series) -> str:
    return f"{row['value']:.3f} ({row['low']:.3f} to {row['high']:.3f})"


if __name__ == "__main__":
    {"make": make, "card": card}[sys.argv[1]](*sys.argv[2:])
