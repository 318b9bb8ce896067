"""One row of a report's table: trained or put together, asked about the test images, measured; a folder each.

runs/RECIPE-HASH               its Run, which resumes
stages/NAME-HASH.parquet       features and maps that it is fed (`reproduce_stage`)
rows/NAME/predictions.parquet  what it says of the test images
rows/NAME/evaluation.json      its numbers
rows/NAME/outcome.json         what it was made of, or why it failed; written last
"""

import hashlib
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from hilum.audit.filters import Filters, filtered
from hilum.datasets import datasets
from hilum.evaluation import evaluate, fit_operating_points
from hilum.evaluation.evaluate_boxes import evaluate_boxes
from hilum.evaluation.readers import OF_CALLS, not_of_calls
from hilum.evaluation.reproduction import Outcome, Reproduction, Row, Table, means_of
from hilum.features.lungs import with_masks
from hilum.inference import Predictor
from hilum.runs import Recipe, Run
from hilum.schema import (
    AnyPredictions,
    BoxPredictions,
    Cohort,
    DataError,
    Evaluation,
    Findings,
    HilumError,
    LabelPredictions,
    MaskPredictions,
    as_labels,
)
from hilum.schema.files import write_json
from hilum.schema.predictions import load_predictions
from hilum.workflows.calibrate import choose_cut
from hilum.workflows.constants import said_of_every_image
from hilum.workflows.ensemble import ensemble
from hilum.workflows.reproduce_scale import Scale
from hilum.workflows.reproduce_stage import Stages

ALWAYS = ("auroc", "average_precision", "log_loss")
LONGEST = 600  # characters of a failure's message


class Train(Protocol):
    """`hilum.training.train`, which makes a Run of a recipe and a cohort."""

    def __call__(self, recipe: Recipe, cohort: Cohort, out: Path, *, resume: bool, stores: Path, device: str) -> Run:
        """Train, or go on."""
        ...


@dataclass
class Bench:
    """Where rows are made, and with what.

    Args:
        report: whose rows.
        root: the folder of its dataset.
        out: the folder of everything.
        train: makes a Run of a recipe.
        scale: how much.
        stores: folder of packed stores.
        device: `auto`, `cpu`, `cuda` …
        replicates: of the bootstrap.
        masks: of the report's images, in place of the dataset's own.
        say: is told of each stage that is made.
    """

    report: Reproduction
    root: Path
    out: Path
    train: Train
    scale: Scale
    stores: Path
    device: str
    replicates: int
    masks: MaskPredictions | None = None
    say: Callable[[str], None] = print
    cohorts: dict[tuple[str, float], Cohort] = field(default_factory=dict)

    def cohort(self, row: Row | None = None) -> Cohort:
        """The images of a row at this scale, read once; those of the report's dataset when left out."""
        name = self.scale.recipe(row).data.dataset if row and row.recipe else self.report.dataset
        key = (name, row.share if row else 1.0)
        if key not in self.cohorts:
            whole = datasets[name](self.root).with_files()
            if self.masks is not None and name == self.report.dataset:
                whole = with_masks(whole, self.masks.table)
            self.cohorts[key] = self.scale.cohort(whole, key[1])
        return self.cohorts[key]

    def stages(self) -> Stages:
        """The report's stages."""
        cohort = self.cohort()
        hashed = None if self.masks is None else hashlib.sha256(self.masks.table.to_json().encode()).hexdigest()
        part = {"share": self.scale.share, "seed": self.scale.seed, "images": len(cohort), "masks": hashed}
        return Stages(
            self.report,
            self.out / "stages",
            cohort,
            lambda name: Run.open(self.run_folder(self.row(name))),
            lambda name: self._made_of(self.row(name)),
            part,
            self.stores,
            self.device,
            self.say,
        )

    def folder(self, row: Row) -> Path:
        """Of one row."""
        return self.out / "rows" / row.name

    def row(self, name: str) -> Row:
        """One row by its name."""
        return next(row for row in self.report.rows if row.name == name)

    def recipe(self, row: Row) -> Recipe:
        """A row's recipe, with the Run of the row that teaches it and the stages that it is fed."""
        given = [f"task.policy.run={self.run_folder(self.row(row.teacher)).resolve()}"] if row.teacher else []
        if row.stages:
            path = {name: str(self.stages().path(name).resolve()) for name in row.stages}
            given += [f"features.stored.path={json.dumps([path[name] for name in row.stored])}"] if row.stored else []
            given += [f"features.attention.path={json.dumps(path[row.attention])}"] if row.attention else []
        return self.scale.recipe(row, given)

    def run_folder(self, row: Row) -> Path:
        """Of a row's Run: the same one for rows that are trained alike."""
        if not row.recipe:
            return self.out / "runs" / row.name
        made_of = self._made_of(row)
        text = json.dumps([{**made_of["recipe"], "description": ""}, made_of["share"]], sort_keys=True)
        return self.out / "runs" / f"{made_of['recipe']['name']}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"

    def table(self, row: Row) -> Table:
        """The table in which a row stands."""
        return next(table for table in self.report.tables if row in table.rows)

    def outcome(self, row: Row) -> Outcome:
        """What became of a row so far."""
        folder = self.folder(row)
        try:
            held = json.loads((folder / "outcome.json").read_text(encoding="utf-8"))
            failure, facts = str(held["failure"]), dict(held["facts"])
        except FileNotFoundError:
            return Outcome()
        except (OSError, ValueError, KeyError, TypeError) as error:
            return Outcome(failure=f"{folder / 'outcome.json'} is damaged ({error}): give the command again.")
        evaluation = None if failure else Evaluation.load(folder / "evaluation.json")
        return Outcome(evaluation, failure, facts)

    def predictions(self, row: Row) -> LabelPredictions | BoxPredictions:
        """What a measured row says, of labels those of its table's findings."""
        said = load_predictions(self.folder(row) / "predictions.parquet")
        return said if isinstance(said, BoxPredictions) else _only(as_labels(said), self.table(row))

    # --- making one ---------------------------------------------------------------------------------------------------

    def done(self, row: Row) -> bool:
        """Whether a row was measured as it would be now."""
        outcome = self.outcome(row)
        return outcome.evaluation is not None and outcome.facts.get("made_of") == self._made_of(row)

    def make(self, row: Row) -> Outcome:
        """Train or join, predict, measure; what fails is kept as the row's outcome, whatever it is."""
        began, folder = time.monotonic(), self.folder(row)
        (folder / "outcome.json").unlink(missing_ok=True)
        failure, facts = "", {}
        try:
            if row.constant:
                said, cohort = said_of_every_image(self.cohort(), row.constant, self.report.threshold)
                facts = {"made_of": self._made_of(row)}
                self._keep(row, said, cohort)
            else:
                run, cohort = self._joined(row) if row.members else self._trained(row)
                facts = _facts(run) | {"made_of": self._made_of(row)}
                self._measure(row, run, cohort)
        except Exception as error:  # a row that cannot be made must not end the others
            kind = "" if isinstance(error, HilumError) else f"{type(error).__name__}: "
            failure = f"{kind}{error}"[:LONGEST] or kind
        facts["seconds"] = round(time.monotonic() - began, 1)
        write_json(folder / "outcome.json", {"failure": failure, "facts": facts})
        return self.outcome(row)

    def _trained(self, row: Row) -> tuple[Run, Cohort]:
        self._check_there(row)
        for name in row.stages:
            self.stages().make(name)
        recipe, cohort, out = self.recipe(row), self.cohort(row), self.run_folder(row)
        return self.train(recipe, cohort, out, resume=True, stores=self.stores, device=self.device), cohort

    def _joined(self, row: Row) -> tuple[Run, Cohort]:
        self._check_there(row)
        out, members = self.run_folder(row), [self.row(name) for name in row.members]
        if out.is_dir():
            shutil.rmtree(out)  # put together before from other members, or cut off on the way
        runs = [Run.open(self.run_folder(one)) for one in members]
        gate = [Run.open(self.run_folder(self.row(name))) for name in row.gate]
        looks = [{"name": "mirror"}] if row.flips else []
        made = ensemble(runs, out, checkpoints=row.checkpoints, boxes=row.boxes, gate=gate, variants=looks)
        return made, self.cohort(members[0])

    def _check_there(self, row: Row) -> None:
        """Refuse a row before those that it needs."""
        for one in map(self.row, self.report.needs(row)):
            if not self.done(one):
                reason = self.outcome(one).failure
                raise DataError(f"It needs the row {one.name}, which is not measured{f': {reason}' if reason else '.'}")

    def _measure(self, row: Row, run: Run, cohort: Cohort) -> None:
        known = self._first(row)
        readable = known.readable(cohort)

        def chosen(split: str) -> Cohort:
            return readable.where(readable.images.image_id.isin(known.split.index[known.split == split]), split)

        if self.report.threshold and run.task.kind == "labels":
            predictor = Predictor.open(run, device=self.device)
            said = as_labels(predictor.predict(chosen("val"), stores=self.stores))
            points = fit_operating_points(said, chosen("val"), split=None, rule=self.report.threshold)
            run.save_artifact("operating_points", points.to_dict())
        test = filtered(chosen("test"), filters_of(row), run.findings)
        if not len(test):
            raise DataError(f"{row.name}: no test image is left after the recipe's filters. Give a larger part.")
        if run.task.kind == "boxes":  # from which score on a box is drawn is chosen on validation images
            choose_cut(run, known.readable(known.with_split(cohort)), stores=self.stores, device=self.device)
            run = Run.open(run.folder)
        predictions = Predictor.open(run, device=self.device).predict(test, stores=self.stores)
        self._keep(row, predictions, test)

    def _keep(self, row: Row, predictions: AnyPredictions, test: Cohort) -> None:
        """Keep what was said of the test images, and its numbers."""
        predictions.save(self.folder(row) / "predictions.parquet")
        self._measured(row, predictions, test).save(self.folder(row) / "evaluation.json")

    def _measured(self, row: Row, predictions: AnyPredictions, test: Cohort) -> Evaluation:
        if isinstance(predictions, BoxPredictions):
            return evaluate_boxes(predictions, test, replicates=self.replicates)
        table = self.table(row)
        names = dict.fromkeys([*ALWAYS, *(metric for metric, _ in means_of(table, self.report.dataset))])
        if row.constant in ("absent", "no_finding"):  # calls, of which metrics of curves are not defined
            names = dict.fromkeys(name for name in names if name not in not_of_calls()) or dict.fromkeys(OF_CALLS)
        said = _only(as_labels(predictions), table)
        return evaluate(said, test, metrics=list(names), replicates=self.replicates)

    def _first(self, row: Row) -> Run:
        """The Run that knows which images are test images: a row's own, or its first member's."""
        return Run.open(self.run_folder(self.row(row.members[0]) if row.members else row))

    def _made_of(self, row: Row) -> Any:
        """What decides a row's numbers: its recipe and share, or its members', and how and on what it is asked."""
        if row.constant:
            return [row.constant, self.report.threshold, self.scale.share, self.scale.seed]
        if row.members:
            parts = [self._made_of(self.row(name)) for name in (*row.members, *row.gate)]
            how = {"boxes": row.boxes, "flips": row.flips, "images": list(row.images)}
            how = {name: one for name, one in how.items() if one or name != "images"}
            return [*parts, how] if any(how.values()) else parts
        made = {"recipe": self.recipe(row).model_dump(mode="json"), "share": min(row.share, self.scale.share)}
        return made | ({"images": list(row.images)} if row.images else {})


def filters_of(row: Row) -> Filters:
    """Which test images a row is measured on, of those that its recipe keeps."""
    return Filters.of(row.images, f"row {row.name}, images")


def _only(predictions: LabelPredictions, table: Table) -> LabelPredictions:
    """The predictions of a table's findings alone, so that means go over the same ones in each row."""
    wanted = Findings.of(table.findings)
    kept = [name for name in predictions.findings if name in wanted]
    if not kept:
        raise DataError(f"It speaks of {', '.join(predictions.findings)}, and the table of {', '.join(wanted)}.")
    return replace(predictions, table=predictions.table[["image_id", *kept]])


def _facts(run: Run) -> dict[str, Any]:
    held = run.provenance
    return {
        "recipe": run.recipe.name,
        "train": held.get("cohort", {}).get("train"),
        "val": held.get("cohort", {}).get("val"),
        "epochs": run.recipe.training.epochs,
        "best_epoch": held["weights"].get("epoch"),
        "size": run.recipe.preprocess.size,
        "machine": held.get("machine", {}),
        "model_notes": held.get("model", {}).get("notes", []),
    }
