"""The feedback as a dataset of the site's own, which `hilum calibrate`, `evaluate` and `readers` take as any other.

images.csv          image, patient (keyed), view, sex, age, and a finding a column as the readers called it
table.yaml          what the columns mean: the folder is a `table`
readings.csv        each reader's calls
predictions.csv     the model's Predictions of the same images; predictions-RUN.csv of each of several Runs
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from hilum.schema import DataError
from hilum.schema.files import write_csv, write_text
from hilum.serve import feedback
from hilum.serve.database import Database
from hilum.serve.settings import Settings

CALLS = {1: "present", 0: "absent", -1: "uncertain"}


def export_site(settings: Settings, out: Path) -> int:
    """Write the dataset; how many images it has.

    Args:
        settings: of the server, of which only the folder matters; it may run.
        out: the folder of the dataset.

    Raises:
        DataError: when nobody has said anything yet.
    """
    if not settings.database.is_file():
        raise DataError(f"{settings.folder}: no server's folder. Expected what --folder named for hilum serve.")
    database = Database(settings.database)
    try:
        readings = feedback.readings_table(database)
        if readings.empty:
            raise DataError(f"{settings.folder}: no reader has said anything of a called finding yet.")
        images = _images(database, settings, consensus(readings))
        write_csv(out / "readings.csv", readings)
        write_csv(out / "predictions.csv", feedback.predictions_table(database))
        runs = feedback.runs_of(database)
        for run in runs if len(runs) > 1 else ():
            write_csv(out / f"predictions-{run}.csv", feedback.predictions_table(database, run))
    finally:
        database.close()
    write_csv(out / "images.csv", images)
    write_text(out / "table.yaml", yaml.safe_dump(_meaning(settings, list(readings.columns[2:])), sort_keys=False))
    return len(images)


def consensus(readings: pd.DataFrame) -> pd.DataFrame:
    """What most readers called, by image: `uncertain` where they are even, nothing where none spoke."""
    findings = list(readings.columns[2:])
    shares = readings.groupby("image_id")[findings].mean()
    return pd.DataFrame({finding: shares[finding].map(_call) for finding in findings})


def _call(share: float) -> str | None:
    if np.isnan(share):
        return None
    return CALLS[-1] if share == 0.5 else CALLS[int(share > 0.5)]


def _images(database: Database, settings: Settings, calls: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for image_id, said in calls.iterrows():
        row = database.rows.execute(
            "SELECT file, patient_key, summary FROM images WHERE image_id = ?", (image_id,)
        ).fetchone()
        summary: dict[str, Any] = json.loads(row["summary"])
        rows.append({
            "image_id": image_id, "patient": row["patient_key"] or image_id, "file": str(settings.images / row["file"]),
            "view": summary.get("view"), "sex": summary.get("sex"), "age_years": summary.get("age_years"), **said,
        })  # fmt: skip
    return pd.DataFrame(rows)


def _meaning(settings: Settings, findings: list[str]) -> dict[str, Any]:
    return {
        "name": "site",
        "table": "images.csv",
        "images": str(settings.images),
        "columns": {"image_id": "image_id", "patient_id": "patient", "path": "file", "view": "view", "sex": "sex",
                    "age_years": "age_years"},
        "findings": {finding: finding for finding in findings},
        "labels": {value: [value] for value in CALLS.values()},
        "views": {view: view for view in ("PA", "AP", "LATERAL")},
        "sexes": {sex: sex for sex in ("F", "M")},
    }  # fmt: skip
