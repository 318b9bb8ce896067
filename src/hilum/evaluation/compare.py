"""Several predictions of the same images: who is better, by how much, and is it more than chance?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from hilum.evaluation.alignment import Aligned, align, images_hash
from hilum.evaluation.bootstrap import Draws, draw
from hilum.evaluation.corrections import corrections
from hilum.evaluation.cuts import Threshold, said, thresholds_of, travelling
from hilum.evaluation.delong import delong_test
from hilum.evaluation.differences import Difference
from hilum.evaluation.evaluate import LEVEL
from hilum.evaluation.macro_delong import macro_delong_test
from hilum.evaluation.matched import at_the_readers_points
from hilum.evaluation.metrics import metrics as registry
from hilum.evaluation.permutation import permutation_p, shuffled
from hilum.evaluation.readers import calls_note, measurable, refuse_scores
from hilum.evaluation.study import Result, Study
from hilum.evaluation.units import PLURAL
from hilum.schema import Cohort, ConfigError, DataError, LabelPredictions
from hilum.schema.errors import listed

TESTS = ("interval", "permutation", "delong")
MEANS = ("macro", "weighted", "micro")
METRICS = ("auroc", "average_precision")
Key = tuple[str, str]  # finding, metric
Results = Mapping[str, Mapping[Key, Result]]  # by model


@dataclass(frozen=True)
class Comparison:
    """Models beside each other.

    Args:
        table: one row a metric, finding and model: `finding`, `metric`, `model`, `value`, `low`, `high`; and against
            the reference, where it is another model: `difference` (this model less the reference), `difference_low`,
            `difference_high`, `difference_interval` (its method), `p`, `p_corrected` (over the findings and models of
            a metric; of a mean, over the models).
        provenance: images, patients, what was left out, reference, test, correction; JSON values.
        readers: where some predictions are calls, 0 or 1: one row a finding, reader, model and side, `recall` (at
            the reader's own specificity) or `specificity` (at its own recall): `reader_value`, `model_value`,
            `difference` (model less reader), `low`, `high`, `p`, `p_corrected` (over all rows of a side), `too_few`.
    """

    table: pd.DataFrame
    provenance: dict[str, Any]
    readers: pd.DataFrame = field(default_factory=pd.DataFrame)


def compare(
    models: Mapping[str, LabelPredictions],
    cohort: Cohort,
    *,
    split: str | None = None,
    reference: str | None = None,
    metrics: Sequence[str] | None = None,
    threshold: Threshold | None = None,
    test: str = "interval",
    correction: str = "holm",
    replicates: int = 1000,
    seed: int = 0,
    interval: str = "wilson",
) -> Comparison:
    """Measure several predictions on the images that all of them hold, and their differences on the same replicates.

    Predictions that hold 0 and 1 alone are a reader's calls: they have no AUROC. Models are measured at the reader's
    own specificity and recall instead.

    Args:
        models: predictions by name.
        cohort: the images with their labels.
        split: only this split.
        reference: which model the others are compared with; the first if left out.
        metrics: names from the registry; AUROC and average precision if left out, AUROC alone for DeLong's test.
        threshold: where a probability becomes a call: one number, or one a finding, for all models; each model's own
            operating points when left out, and 0.5 where none travel with it.
        test: `interval` (the level at which the difference's interval would touch 0), `permutation` (patients'
            predictions change hands), or `delong` (AUROC of each finding and their mean).
        correction: of p over findings and models, `holm` or `benjamini_hochberg`.
        replicates: of the bootstrap, and shuffles of the permutation test.
        seed: of both.
        interval: of values and differences, as in `evaluate`.
    """
    first = _checked(models, reference, metrics, test)
    aligned = align_all(models, cohort, split=split)
    one = next(iter(aligned.values()))
    chosen = measurable(aligned.values(), metrics, ("auroc",) if test == "delong" else METRICS)
    for name, predictions in models.items():
        refuse_scores(predictions, chosen, name)
    draws = draw(one.images.patient_id, replicates=replicates, seed=seed, method=interval)
    points = {name: travelling(each.provenance) if threshold is None else threshold for name, each in models.items()}
    everyone = np.arange(len(one))
    studies = {name: Study(held, chosen, thresholds_of(held, points[name]), draws) for name, held in aligned.items()}
    results = {name: {(r.finding, r.metric): r for r in study.results(everyone)} for name, study in studies.items()}
    rows: list[dict[str, Any]] = []
    for name in models:
        differences = {} if name == first else _differences(results[name], results[first])
        p = _p_values(test, studies[name], studies[first], differences) if differences else {}
        rows.extend(_rows(name, results[name], differences, p, draws))
    provenance = {
        "cohort": cohort.name,
        **_account(models, one, aligned),
        "reference": first, "test": test, "correction": correction,
        "threshold": {name: said(held) for name, held in points.items()},
        "replicates": replicates, "seed": seed, "interval": interval, "level": LEVEL,
        "versions": {name: version(name) for name in ("hilum", "numpy", "pandas", "scipy")},
    }  # fmt: skip
    readers = at_the_readers_points(aligned, draws, LEVEL, corrections[correction])
    return Comparison(_corrected(pd.DataFrame(rows), correction), provenance, readers)


def _checked(
    models: Mapping[str, LabelPredictions], reference: str | None, metrics: Sequence[str] | None, test: str
) -> str:
    """The reference; what cannot be compared or tested is refused."""
    if len(models) < 2:
        raise ConfigError(f"{len(models)} predictions were given to compare. Expected two or more.")
    first = next(iter(models)) if reference is None else reference
    if first not in models:
        raise ConfigError(f"There is no model '{first}' here. Expected one of: {', '.join(models)}.")
    if test not in TESTS:
        raise ConfigError(
            f"There is no test '{test}'. Expected {listed(TESTS)}; the p of a bootstrap is that of the interval "
            "`percentile`."
        )
    if test == "delong" and metrics is not None and set(metrics) != {"auroc"}:
        raise ConfigError(f"There is no test 'delong' of {', '.join(metrics)}. Expected auroc alone.")
    return first


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
        name: align(
            LabelPredictions(table.mask(silent).reset_index(), models[name].provenance, scores=models[name].scores),
            cohort,
            split=split,
        )
        for name, table in tables.items()
    }


def _differences(own: Mapping[Key, Result], reference: Mapping[Key, Result]) -> dict[Key, Difference]:
    return {key: Difference(result, reference[key]) for key, result in own.items()}


def _p_values(test: str, ours: Study, theirs: Study, differences: Mapping[Key, Difference]) -> dict[Key, float]:
    if test == "interval":
        return {key: difference.p(ours.draws) for key, difference in differences.items()}
    if test == "permutation":
        permuted = shuffled(ours, theirs)
        return {
            key: permutation_p(float(differences[key].values[0]), values)
            for key, values in permuted.items()
            if min(differences[key].patients) > 1
        }
    held: dict[Key, float] = dict.fromkeys(differences, float("nan"))
    patient = ours.draws.patient
    for k, finding in enumerate(ours.aligned.findings):
        rows = ours.aligned.known(k)
        scores = (study.aligned.score[rows, k] for study in (ours, theirs))
        held[finding, "auroc"] = delong_test(ours.aligned.present[rows, k], *scores, patient=patient[rows]).p
    both = ours.both_classes(np.arange(len(ours.aligned)))
    if both:  # the mean is over the findings of which both classes are there
        scores = (study.aligned.score[:, both] for study in (ours, theirs))
        held["macro", "auroc"] = macro_delong_test(ours.aligned.present[:, both], *scores, patient=patient).p
    return held


def _rows(
    name: str, own: Mapping[Key, Result], differences: Mapping[Key, Difference], p: Mapping[Key, float], draws: Draws
) -> Iterator[dict[str, Any]]:
    nothing = float("nan"), float("nan"), ""
    for key, result in own.items():
        low, high, method = result.interval(draws, LEVEL)
        difference = differences.get(key)
        ends = nothing if difference is None else difference.interval(draws, LEVEL)
        yield {
            "finding": key[0], "metric": key[1], "model": name, "value": float(result.values[0]),
            "low": low, "high": high, "interval": method, "too_few": result.too_few,
            "present": result.present, "absent": result.absent,
            "difference": float("nan") if difference is None else float(difference.values[0]),
            "difference_low": ends[0], "difference_high": ends[1], "difference_interval": ends[2],
            "p": p.get(key, float("nan")),
        }  # fmt: skip


def _corrected(table: pd.DataFrame, correction: str) -> pd.DataFrame:
    """Adds `p_corrected`: over the findings and models of one metric; of a kind of mean, over the models."""
    corrected = table.p.copy()
    kind = table.finding.where(table.finding.isin(MEANS), "each")
    for _, rows in table.groupby([table.metric, kind]).groups.items():
        corrected[rows] = corrections[correction](table.p[rows])
    order = {name: place for place, name in enumerate(registry)}
    table = table.assign(
        p_corrected=corrected, _order=table.metric.map(order), _place=table.groupby("model").cumcount()
    )
    return table.sort_values(["_order", "_place"], kind="stable", ignore_index=True).drop(columns=["_order", "_place"])


def _account(models: Mapping[str, LabelPredictions], one: Aligned, aligned: Mapping[str, Aligned]) -> dict[str, Any]:
    """The images compared, and how many of each model's are not among them."""
    account = one.account
    left = {name: len(predictions) - len(one) for name, predictions in models.items()}
    shared = set.intersection(*(set(predictions.table.image_id) for predictions in models.values()))
    notes = [note for note in account["notes"] if "no prediction" not in note]
    notes += [
        f"{name}: {len(predictions) - len(shared):,} predicted {PLURAL[account['unit']]} are not compared, as not all "
        "hold them."
        for name, predictions in models.items()
        if len(predictions) > len(shared)
    ]
    notes += [note for name, held in aligned.items() for note in calls_note(held, name)]
    return {
        "models": {name: predictions.provenance for name, predictions in models.items()},
        "unit": account["unit"], "images": len(one), "patients": account["patients"],
        "images_hash": images_hash(one.images.image_id),
        "split": account["split"], "split_hash": account["split_hash"], "images_by_split": account["images_by_split"],
        "images_not_compared": left, "findings": list(one.findings), "notes": notes,
    }  # fmt: skip
