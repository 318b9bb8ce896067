"""Ensemble: several Runs, or several checkpoints of one, that speak together as a Run like any other."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from hilum.evaluation.members import fitted_weights
from hilum.inference import Predictor
from hilum.inference.box_ensemble import check_variants
from hilum.inference.ensemble import EnsemblePredictor
from hilum.runs import Run
from hilum.runs.assemble import assembled, box_ensemble, finished, parts_of
from hilum.runs.ensemble import Ensemble
from hilum.runs.soup import averaged
from hilum.schema import Cohort, ConfigError
from hilum.schema.split import split_hash


def ensemble(
    runs: Sequence[Run],
    out: Path,
    *,
    join: bool = False,
    checkpoints: bool = False,
    combine: Literal["probabilities", "logits"] = "probabilities",
    variants: Sequence[Mapping[str, Any]] = (),
    cohort: Cohort | None = None,
    stores: Path | None = None,
    device: str = "auto",
    boxes: Mapping[str, Any] | None = None,
    gate: Sequence[Run] = (),
) -> Run:
    """Runs, of any encoders, sizes and folds, as one Run that holds copies of them.

    Args:
        runs: one or more; the findings are spelled and ordered as the first has them.
        out: a new folder.
        join: put different findings side by side, as of Runs that learned one finding each.
        checkpoints: each Run's checkpoints in place of its best epoch.
        combine: the mean of `probabilities` or of `logits`.
        variants: further looks at each image, as `{"name": "zoom", "factor": 1.05}` (`hilum ls variants`).
        cohort: images whose validation split, as the Runs know it, chooses the weights; equal weights when left out.
        stores: a folder of stores, used when it holds the cohort's.
        device: `auto`, `cpu`, `cuda` …
        boxes: of detectors: `fusion` (`hilum ls box-fusions`), `shrink`, and of the gate `how` and `least`.
        gate: of detectors: classifiers whose probability comes before the boxes.

    Raises:
        RunError: when findings differ and are not to be joined, or the folder is in use.
        ConfigError: when there is only one Run and nothing to do with it.
    """
    parts = [part for run in runs for part in parts_of(run, checkpoints=checkpoints)]
    if runs[0].task.kind == "boxes":
        check_variants(variants)
        before = [part for run in gate for part in parts_of(run, checkpoints=False)]
        how = box_ensemble(parts, before, boxes or {})
        begun = assembled(parts, out, variants=variants, boxes=how, gate=before)
        assert begun.ensemble is not None
        return finished(begun, begun.ensemble)
    if gate or boxes:
        raise ConfigError(f"{runs[0].folder}: it gives labels. A gate and a fusion are for Runs that give boxes.")
    begun = assembled(parts, out, join=join, combine=combine, variants=variants)
    chosen = begun.ensemble
    assert chosen is not None
    return finished(begun, chosen if cohort is None else _weighed(begun, chosen, cohort, stores, device))


def soup(runs: Sequence[Run], out: Path, *, checkpoints: bool = False) -> Run:
    """One Run with the mean of the weights of several, or of their checkpoints; see `runs.soup.averaged`."""
    return averaged([part for run in runs for part in parts_of(run, checkpoints=checkpoints)], out)


def _weighed(run: Run, chosen: Ensemble, cohort: Cohort, stores: Path | None, device: str) -> Ensemble:
    """The ensemble with the weights that make the log loss on validation images least."""
    if not run.knew(cohort):
        raise ConfigError(
            f"No Run of the ensemble knows an image of '{cohort.name}', so that nobody knows which are validation "
            "images. Expected the cohort that they learned from."
        )
    images = run.readable(run.with_split(cohort)).split("val")
    predictor = Predictor.open(run, device=device)
    assert isinstance(predictor, EnsemblePredictor)
    ids, records = predictor.member_records(predictor.source(images, stores=stores))
    rows = images.images.set_index("image_id").index.get_indexer(pd.Index(ids))
    weights = fitted_weights(records, images.labels_for(run.findings)[rows], chosen.combine)
    members = [
        one.model_copy(update={"weight": float(weight)}) for one, weight in zip(chosen.members, weights, strict=True)
    ]
    fitted_on = {
        "cohort": cohort.name,
        "images": len(ids),
        "patients": images.patients,
        "split": "val",
        "split_hash": split_hash(images),
    }
    return chosen.model_copy(update={"members": tuple(members), "weights_fitted_on": fitted_on})
