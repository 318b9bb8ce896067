"""Readers: a reader study as a page, tables and JSON."""

from collections.abc import Sequence
from pathlib import Path

from hilum.evaluation.cuts import Threshold
from hilum.evaluation.reader_study import ReaderStudy, reader_study
from hilum.evaluation.readings import read_readings
from hilum.reports.readers import readers_page
from hilum.schema import Cohort, ConfigError, Predictions
from hilum.schema.files import write_json, write_text


def readers(
    readings: Path,
    cohort: Cohort,
    out: Path,
    *,
    models: Sequence[Path] = (),
    chosen: Sequence[str] = (),
    split: str | None = None,
    prefix: str = "",
    threshold: Threshold | None = None,
    margin: float | None = None,
    correction: str = "holm",
    replicates: int = 1000,
    seed: int = 0,
    interval: str = "wilson",
) -> ReaderStudy:
    """Measure readers, and models beside them; writes readers.html, .csv and .json and further tables into `out`.

    Args:
        readings: the readers' table, as `hilum.evaluation.readings.read_readings` takes it.
        cohort: the images with their reference labels.
        out: the folder.
        models: predictions (Parquet, CSV).
        chosen: only these readers; all if left out.
        split: only one split.
        prefix: what stands before a finding in a model's column, as prob_.
        threshold: where a model's probability becomes a call.
        margin: of non-inferiority and equivalence.
        correction: of p.
        replicates: of the bootstrap.
        seed: of it.
        interval: wilson, percentile or bca.
    """
    names = [path.stem for path in models]
    if len(set(names)) < len(names):
        raise ConfigError(f"Two of the models are called the same: {', '.join(names)}. Rename a file.")
    read = read_readings(readings, cohort.findings)
    read = read.only(chosen) if chosen else read
    tables = {name: Predictions.load(path, prefix) for name, path in zip(names, models, strict=True)}
    found = reader_study(
        read,
        cohort,
        tables,
        split=split,
        threshold=threshold,
        margin=margin,
        correction=correction,
        replicates=replicates,
        seed=seed,
        interval=interval,
    )
    each = {
        "readers": found.comparison.table,
        "matched": found.comparison.readers,
        "average": found.average,
        "modalities": found.modalities,
        "agreement": found.agreement,
    }
    for name, table in each.items():
        if len(table):
            write_text(out / f"{name}.csv", table.to_csv(index=False))
    rows = {name: table.to_dict("records") for name, table in each.items()}
    write_json(out / "readers.json", {"provenance": found.provenance, **rows})
    write_text(out / "readers.html", readers_page(found, title=f"{readings.stem} on {cohort.name}"))
    return found
