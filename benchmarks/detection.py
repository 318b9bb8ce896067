"""Detectors on the RSNA pneumonia images that are at hand: trained, then asked about test images.

    python benchmarks/detection.py train data/rsna OUT rsna-fasterrcnn-small [--name NAME] [--set key=value]
    python benchmarks/detection.py measure data/rsna OUT > table

The images are split once in three by patient, stratified, and each Run in OUT keeps that split: a quarter of all for
testing and a fifth of the rest for validation, both with seed 0. `measure` takes what is in OUT: each detector, behind
the classifier `rsna-gate-small` too, and all ImageNet-started ones together. Cuts of scores are chosen on validation
images; what is printed is of test images. Nothing of a patient is printed.
"""

import argparse
import json
import resource
import time
from collections.abc import Iterator
from pathlib import Path

from hilum.datasets import datasets
from hilum.evaluation.compare_boxes import compare_boxes
from hilum.evaluation.evaluate_boxes import evaluate_boxes
from hilum.inference import Predictor
from hilum.runs import Run, load_recipe
from hilum.schema import BoxPredictions, Cohort, Evaluation
from hilum.schema.files import write_json
from hilum.schema.split import hold_out
from hilum.training import train
from hilum.workflows.calibrate import choose_cut
from hilum.workflows.ensemble import ensemble

TEST, VAL, SEED = 0.25, 0.2, 0
GATE, SCRATCH = "rsna-gate-small", "scratch"
SHOWN = ("rsna_score", "box_average_precision", "froc_sensitivity@0.25", "froc_sensitivity@1", "image_auroc")


def split_in_three(root: Path) -> Cohort:
    """The images whose files are there, in train, val and test."""
    cohort = datasets["rsna_pneumonia"](root).with_files()
    cohort = hold_out(cohort, fraction=TEST, seed=SEED, into="test")
    return hold_out(cohort, fraction=VAL, seed=SEED, into="val")


def trained(recipe: str, root: Path, out: Path, name: str, settings: list[str]) -> None:
    """Train one, and write down how long it took and how much memory."""
    began, cpu = time.monotonic(), time.process_time()
    train(load_recipe(recipe, settings), split_in_three(root), out / name, stores=out / "stores", device="cpu")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    facts = {"minutes": (time.monotonic() - began) / 60, "cpu_minutes": (time.process_time() - cpu) / 60}
    write_json(out / f"{name}.json", facts | {"memory_mb": memory, "recipe": recipe, "settings": settings})


def candidates(out: Path) -> Iterator[tuple[str, Run]]:
    """Each detector; each behind the gate; all that began from ImageNet together, with and without gate and flips."""
    runs = {
        path.stem: Run.open(out / path.stem)
        for path in sorted(out.glob("rsna-*.json"))
        if (out / path.stem / "provenance.json").is_file()
    }
    gate = [runs.pop(GATE)] if GATE in runs else []
    begun = [run for name, run in runs.items() if SCRATCH not in name]
    for name, run in runs.items():
        yield name, run
        if gate:
            yield f"{name}, gate", joined(out, f"{name}-gated", [run], gate=gate)
    if len(begun) > 1:
        yield "together", joined(out, "together", begun)
        if gate:
            yield "together, gate", joined(out, "together-gated", begun, gate=gate)


def joined(out: Path, name: str, runs: list[Run], gate: list[Run] | None = None) -> Run:
    """Detectors fused, made once."""
    folder = out / "joined" / name
    if (folder / "provenance.json").is_file():
        return Run.open(folder)
    return ensemble(runs, folder, gate=gate or [])


def measured(root: Path, out: Path, replicates: int) -> None:
    """Print the tables."""
    cohort, rows, said = split_in_three(root), [], dict[str, BoxPredictions]()
    test = cohort.split("test")
    for name, run in candidates(out):
        choose_cut(run, cohort, stores=out / "stores", device="cpu")
        began = time.monotonic()
        predictions = Predictor.open(Run.open(run.folder), device="cpu").predict(test, stores=out / "stores")
        seconds = time.monotonic() - began
        assert isinstance(predictions, BoxPredictions)
        predictions.save(out / "predictions" / f"{name}.parquet")
        evaluation = evaluate_boxes(predictions, test, replicates=replicates)
        evaluation.save(out / "evaluations" / f"{name}.json")
        said[name] = predictions
        rows.append(
            {"": name, **cells(evaluation), **costs(out / f"{name}.json"), "images/s": f"{len(test) / seconds:.1f}"}
        )
        print(rows[-1], flush=True)
    print(table(rows))
    print(differences(said, test, replicates))


def cells(evaluation: Evaluation) -> dict[str, str]:
    """Each figure with its interval."""
    rows = evaluation.rows
    held = rows[(rows.finding == "Lung Opacity") & (rows.subgroup == "all")].set_index("metric")
    return {name: f"{held.value[name]:.3f} ({held.low[name]:.3f} to {held.high[name]:.3f})" for name in SHOWN}


def costs(path: Path) -> dict[str, str]:
    """Minutes of training and memory, where it was trained here."""
    if not path.is_file():
        return {"minutes": "", "CPU minutes": "", "MB": ""}
    held = json.loads(path.read_text(encoding="utf-8"))
    return {
        "minutes": f"{held['minutes']:.0f}",
        "CPU minutes": f"{held['cpu_minutes']:.1f}",
        "MB": f"{held['memory_mb']:.0f}",
    }


def differences(said: dict[str, BoxPredictions], test: Cohort, replicates: int) -> str:
    """Paired differences: what the gate adds to each, and ImageNet's start over none."""
    lines = []
    for name in said:
        base = name.removesuffix(", gate")
        pair = base if name.endswith(", gate") else name.replace("fasterrcnn-scratch", "fasterrcnn-small")
        if pair == name or pair not in said:
            continue
        first, second = (pair, name) if name.endswith(", gate") else (name, pair)
        found = compare_boxes({first: said[first], second: said[second]}, test, replicates=replicates).table
        for row in found[(found.model == second) & found.metric.isin(SHOWN[:2])].to_dict("records"):
            low, high = row["difference_low"], row["difference_high"]
            lines.append(
                f"{second} less {first}, {row['metric']}: {row['difference']:+.3f} ({low:+.3f} to {high:+.3f})"
            )
    return "\n".join(lines)


def table(rows: list[dict[str, str]]) -> str:
    """Markdown."""
    names = list(rows[0])
    lines = [names, ["---"] * len(names), *([row[name] for name in names] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["train", "measure"])
    parser.add_argument("root", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("recipe", nargs="?", default="")
    parser.add_argument("--name", default="")
    parser.add_argument("--set", action="append", default=[], dest="settings")
    parser.add_argument("--replicates", type=int, default=1000)
    given = parser.parse_args()
    if given.what == "train":
        trained(given.recipe, given.root, given.out, given.name or given.recipe, given.settings)
    else:
        measured(given.root, given.out, given.replicates)
