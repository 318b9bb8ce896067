"""Several predictions of the same images: who is better, by how much, and is it more than chance?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hilum.evaluation.alignment import Aligned, align, images_hash
from hilum.evaluation.bootstrap import Draws, bootstrap_p, draw
from hilum.evaluation.corrections import corrections
from hilum.evaluation.delong import delong_test
from hilum.evaluation.evaluate import LEVEL, thresholds_of
from hilum.evaluation.metrics import metrics as registry
from hilum.evaluation.metrics.sums import Values
from hilum.evaluation.permutation import permutation_p, shuffled
from hilum.evaluation.study import Result, Study
from hilum.schema import Cohort, ConfigError, DataError, LabelPredictions
from hilum.schema.errors import listed

TESTS = ("bootstrap", "permutation", "delong")
MEANS = ("macro", "weighted", "micro")
Key = tuple[str, str]  # finding, metric


@dataclass(frozen=True)
class Comparison:
    """Models beside each other.

    Args:
        table: one row a metric, finding and model: `finding`, `metric`, `model`, `value`, `low`, `high`; and against
            the reference, where it is another model: `difference` (this model less the reference), `difference_low`,
            `difference_high`, `p`, `p_corrected` (over the findings; of a mean, the p itself).
        provenance: images, patients, what was left out, reference, test, correction; JSON values.
    """

    table: pd.DataFrame
    provenance: dict[str, Any]


def compare(
    models: Mapping[str, LabelPredictions],
    cohort: Cohort,
    *,
    split: str | None = None,
    reference: str | None = None,
    metrics: Sequence[str] = ("auroc", "average_precision"),
    threshold: float | Mapping[str, float] = 0.5,
    test: str = "bootstrap",
    correction: str = "holm",
    replicates: int = 1000,
    seed: int = 0,
    interval: str = "wilson",
) -> Comparison:
    """Measure several predictions on the images that all of them hold, and their differences on the same replicates.

    Args:
        models: predictions by name.
        cohort: the images with their labels.
        split: only this split.
        reference: which model the others are compared with; the first if left out.
        metrics: names from the registry.
        threshold: where a probability becomes a call: one number, or one a finding.
        test: `bootstrap`, `permutation` (patients' predictions change hands), or `delong` (AUROC of each finding).
        correction: of p over the findings, `holm` or `benjamini_hochberg`.
        replicates: of the bootstrap, and shuffles of the permutation test.
        seed: of both.
        interval: of the values, as in `evaluate`; that of a difference comes from the paired replicates.
    """
    if len(models) < 2:
        raise ConfigError(f"{len(models)} predictions were given to compare. Expected two or more.")
    first = next(iter(models)) if reference is None else reference
    if first not in models:
        raise ConfigError(f"There is no model '{first}' here. Expected one of: {', '.join(models)}.")
    if test not in TESTS or (test == "delong" and set(metrics) != {"auroc"}):
        raise ConfigError(f"There is no test '{test}' of {', '.join(metrics)}. Expected {listed(TESTS)} (AUROC only).")
    aligned = align_all(models, cohort, split=split)
    one = next(iter(aligned.values()))
    draws = draw(one.images.patient_id, replicates=replicates, seed=seed, method=interval)
    thresholds, everyone = thresholds_of(one, threshold), np.arange(len(one))
    studies = {name: Study(held, list(metrics), thresholds, draws) for name, held in aligned.items()}
    results = {name: {(r.finding, r.metric): r for r in study.results(everyone)} for name, study in studies.items()}
    rows: list[dict[str, Any]] = []
    for name in models:
        p = {} if name == first else _p_values(test, studies[name], studies[first], results[name], results[first])
        rows.extend(_rows(name, results[name], results[first] if p else {}, p, draws))
    table = _corrected(pd.DataFrame(rows), correction)
    provenance = {
        "cohort": cohort.name,
        **_account(models, one),
        "reference": first, "test": test, "correction": correction, "threshold": threshold,
        "replicates": replicates, "seed": seed, "interval": interval, "level": LEVEL,
    }  # fmt: skip
    return Comparison(table, provenance)


def align_all(
    models: Mapping[str, LabelPredictions], cohort: Cohort, *, split: str | None = None
) -> dict[str, Aligned]:
    """Every model on the same images, findings and labels: those that all of them have.

    Raises:
        DataError: when they have no image or finding in common.
    """
    images, findings = None, None
    for predictions in models.values():
        ids, names = predictions.table.image_id, predictions.findings
        images = ids if images is None else images[images.isin(ids)]
        findings = names if findings is None else findings.shared(names)
    if images is None or findings is None or not len(images) or not len(findings):
        raise DataError(
            f"{listed(models)} have no image or no finding in common. Expected predictions of the same images."
        )
    tables = {}
    for name, predictions in models.items():
        own = [predictions.findings[predictions.findings.position(finding)] for finding in findings]
        tables[name] = predictions.table.set_index("image_id").loc[images, own].set_axis(list(findings), axis=1)
    silent = np.any([table.isna() for table in tables.values()], axis=0)  # where one says nothing, none is judged
    return {
        name: align(LabelPredictions(table.mask(silent).reset_index()), cohort, split=split)
        for name, table in tables.items()
    }


def _p_values(
    test: str, ours: Study, theirs: Study, own: Mapping[Key, Result], reference: Mapping[Key, Result]
) -> dict[Key, float]:
    differences = {key: result.values - reference[key].values for key, result in own.items()}
    drawn = slice(1, 1 + ours.draws.replicates)
    if test == "bootstrap":
        return {key: bootstrap_p(values[drawn]) for key, values in differences.items()}
    if test == "permutation":
        return {
            key: permutation_p(float(differences[key][0]), values) for key, values in shuffled(ours, theirs).items()
        }
    held: dict[Key, float] = dict.fromkeys(own, float("nan"))
    patient = ours.draws.patient
    for k, finding in enumerate(ours.aligned.findings):
        rows = ours.aligned.known(k)
        scores = (study.aligned.score[rows, k] for study in (ours, theirs))
        held[finding, "auroc"] = delong_test(ours.aligned.present[rows, k], *scores, patient=patient[rows]).p
    return held


def _rows(
    name: str, own: Mapping[Key, Result], reference: Mapping[Key, Result], p: Mapping[Key, float], draws: Draws
) -> Iterator[dict[str, Any]]:
    for key, result in own.items():
        low, high, method = result.interval(draws, LEVEL)
        row = {"finding": key[0], "metric": key[1], "model": name, "value": float(result.values[0])}
        difference: Values = result.values - reference[key].values if key in reference else np.full(1, np.nan)
        ends = draws.interval(difference, level=LEVEL)
        yield {
            **row, "low": low, "high": high, "interval": method, "too_few": result.too_few,
            "present": result.present, "absent": result.absent,
            "difference": float(difference[0]), "difference_low": ends[0], "difference_high": ends[1],
            "p": p.get(key, float("nan")),
        }  # fmt: skip


def _corrected(table: pd.DataFrame, correction: str) -> pd.DataFrame:
    """Adds `p_corrected`: over the findings of one metric and model; of a mean, the p itself."""
    corrected = table.p.copy()
    single = table[~table.finding.isin(MEANS)]
    for _, rows in single.groupby(["metric", "model"]).groups.items():
        corrected[rows] = corrections[correction](table.p[rows])
    order = {name: place for place, name in enumerate(registry)}
    table = table.assign(
        p_corrected=corrected, _order=table.metric.map(order), _place=table.groupby("model").cumcount()
    )
    return table.sort_values(["_order", "_place"], kind="stable", ignore_index=True).drop(columns=["_order", "_place"])


def _account(models: Mapping[str, LabelPredictions], aligned: Aligned) -> dict[str, Any]:
    """The images compared, and how many of each model's are not among them."""
    account = aligned.account
    left = {name: len(predictions) - len(aligned) for name, predictions in models.items()}
    shared = set.intersection(*(set(predictions.table.image_id) for predictions in models.values()))
    notes = [note for note in account["notes"] if "no prediction" not in note]
    notes += [
        f"{name}: {len(predictions) - len(shared):,} predicted images are not compared, as not all hold them."
        for name, predictions in models.items()
        if len(predictions) > len(shared)
    ]
    return {
        "models": {name: predictions.provenance for name, predictions in models.items()},
        "images": len(aligned), "patients": account["patients"], "images_hash": images_hash(aligned.images.image_id),
        "split": account["split"], "split_hash": account["split_hash"], "images_by_split": account["images_by_split"],
        "images_not_compared": left, "findings": list(aligned.findings), "notes": notes,
    }  # fmt: skip
